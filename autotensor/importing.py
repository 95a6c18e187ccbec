"""How packages show their names: those of all modules, or parts imported when first asked for; and
how ``import autotensor.nn`` finds ``nn``.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from types import FunctionType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from autotensor.doors import place_doors

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object  # that module takes five milliseconds to import

__all__ = [
    "awaited", "contents", "import_extra", "list_public", "on_demand", "on_first_call", "open_door",
    "other_names", "public_names", "published",
]  # fmt: skip

_PACKAGE = __name__.partition(".")[0] + "."

_awaited: dict[str, tuple[str, ...]] = {}
"""By package, the names that ``on_demand`` imports for it."""


def public_names(package: str) -> list[str]:
    """``__all__`` of a package or module: the functions and classes that it defines, what it has
    imported of ``__all__`` of its modules, and what comes on demand.  A module without ``__all__``
    shows what it defines.
    """
    known = vars(sys.modules[package])
    modules = [value for value in known.values() if isinstance(value, ModuleType)]
    return (
        _defined_in(sys.modules[package])
        + [
            name
            for module in modules
            if module.__name__.startswith(package + ".")
            for name in vars(module).get("__all__", _defined_in(module))
            if name in known
        ]
        + list(_awaited.get(package, ()))
    )


def published(package: str, names: Sequence[str] | None = None) -> list[str]:
    """``names``, or ``public_names``, each put behind a door, and ``dir()`` lists no others.
    Operators are so where ``autotensor`` shows them, after they have imported each other: within
    the engine nobody goes through doors.

    Example:

        >>> import sys, types
        >>> from autotensor.extend import published
        >>> library = sys.modules["library"] = types.ModuleType("library")
        >>> published("library", ["half"])
        ['half']
        >>> _ = sys.modules.pop("library")
    """
    names = public_names(package) if names is None else list(names)
    place_doors(package, names)
    list_public(package)
    return names


def list_public(package: str) -> None:
    """Makes ``dir()`` of a package or module, and so ``help()`` and completion, leave out what it
    has imported for itself.

    Example:

        >>> import sys, types
        >>> from autotensor.extend import list_public
        >>> library = sys.modules["library"] = types.ModuleType("library")
        >>> library.__all__, library.np = ["half"], np
        >>> list_public("library")
        >>> "np" in dir(library)
        False
        >>> _ = sys.modules.pop("library")
    """
    vars(sys.modules[package])["__dir__"] = lambda: _listed(package)


def _listed(package: str) -> list[str]:
    """``__all__``, or what is not hidden by an underscore, no module and not for packages alone;
    what comes on demand; and Python's own names."""
    known = vars(sys.modules[package])
    names = known.get("__all__") or [
        name
        for name, value in known.items()
        if name[0] != "_"
        and name != "TYPE_CHECKING"
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", "") != __name__
    ]
    pythons = [name for name in known if name.startswith("__")]
    on_demand = (name for name in _awaited.get(package, ()) if name[0] != "_")
    return sorted({*names, *on_demand, *pythons})


def _defined_in(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, (type, FunctionType))
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]


def awaited(package: str) -> str:
    """The names that ``on_demand`` imports for a package, as another ``on_demand`` takes them.

    Example:

        >>> import autotensor.utils
        >>> from autotensor.extend import awaited
        >>> "tensorboard" in awaited("autotensor.utils").split()
        True
    """
    return " ".join(_awaited[_other_names.loaded_as(package)])


def on_demand(
    package: str, *submodules: str, names: Mapping[str, str] = MappingProxyType({})
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package: Python calls the former for a name that is not
    there, the latter to list all names (PEP 562).  So ``import`` itself is quick.

    Args:
        package: its ``__name__``.
        submodules: names of modules in it, to be imported when first asked for.
        names: by module, given by its full name, what it defines that is imported likewise:
            ``{"nn.optim.adaptive": "Adagrad RMSprop"}``.

    Example:

        >>> import sys, types
        >>> from autotensor.extend import on_demand
        >>> library = sys.modules["library"] = types.ModuleType("library")
        >>> find, listed = on_demand("library", names={"json": "dumps loads"})
        >>> library.__getattr__, library.__dir__ = find, listed
        >>> library.dumps([1, 2])  # here json is loaded
        '[1, 2]'
        >>> _ = sys.modules.pop("library")
    """
    homes = {
        name: _other_names.loaded_as(module)
        for module, listed in names.items()
        for name in listed.split()
    }
    _awaited[package] = (*submodules, *homes)

    def missing(name: str) -> Any:
        if name in submodules:
            return import_module(f"{package}.{name}")  # which leaves it in the package
        if name not in homes:
            reason = _why_left_out(f"{package}.{name}")
            words = f"module {package!r} has no attribute {name!r}" + (reason and f": {reason}")
            raise AttributeError(words, name=name, obj=sys.modules[package])
        module = import_module(homes[name])
        place_doors(homes[name], [name])
        value = getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    return missing, lambda: _listed(package)


def on_first_call(module: str, name: str) -> Callable[..., Any]:
    """The function ``name`` of ``module``, which is imported when it is first called.

    For methods that only show things: how a thing looks is nothing it depends on, and where nobody
    looks nothing of it is loaded.

    Example:

        >>> from autotensor.extend import on_first_call
        >>> dump = on_first_call("json", "dumps")  # json is loaded when it is called
        >>> dump({"a": 1})
        '{"a": 1}'
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(_other_names.loaded_as(module)), name)(*args, **kwargs)

    call.__name__ = call.__qualname__ = name
    return call


def import_extra(module: str, extra: str, who: str) -> Any:
    """``module`` of a package that only the extra ``extra`` installs, imported now for ``who``.

    Raises:
        ModuleNotFoundError: the package is not installed; says how it is.  What else goes wrong
            while it is imported, a package missing that it needs itself, is raised as it is.
    """
    package = module.partition(".")[0]
    try:
        import_module(package)
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
    raise ModuleNotFoundError(
        f"{who}: the package {package} is not installed: pip install 'autotensor[{extra}]'",
        name=package,
    )


def _why_left_out(name: str) -> str:
    """Why a name of PyTorch's, given in full, is not here, and what to do; "" for any other."""
    reasons: Mapping[str, str] = import_module(f"{_PACKAGE}left_out").REASONS
    for theirs, ours in _other_names.homes.items():
        home = _other_names.loaded_as(ours)
        if name.startswith(f"{home}.") and f"{theirs}{name.removeprefix(home)}" in reasons:
            return reasons[f"{theirs}{name.removeprefix(home)}"]
    return reasons.get(name, "")


def contents(package: str, **families: ModuleType | Sequence[str]) -> str:
    """What a package shows, for its docstring and so for ``help()``: a paragraph for each family,
    given as the module that has them in ``__all__`` or as names; the others come last.

    Example:

        >>> import autotensor.signal
        >>> from autotensor.extend import contents
        >>> contents("autotensor.signal", Windows=["windows"]).split()[:2]
        ['Windows:', 'windows']
    """
    left = {name for name in _listed(package) if name[0] != "_"}
    lines = [""]
    for title, family in (*families.items(), ("and", sorted(left))):
        names = sorted(
            left & set(vars(family)["__all__"] if isinstance(family, ModuleType) else family)
        )
        left.difference_update(names)
        lines += ["", title.replace("_", " ") + ":", "   "]
        for name in names:
            if len(lines[-1]) + len(name) > 95:
                lines.append("   ")
            lines[-1] += f" {name}"
    return "\n".join(lines)


# -- PyTorch's names of modules that stand elsewhere -----------------------------------------------


class _OtherNames:
    """A finder of Python's, asked first: it knows modules of ``nn`` by PyTorch's names as well.

    Both names give one module.  Where the user has a file ``nn.py`` or a folder ``nn``, that one
    keeps the name, and ours, which stands beside this package, is loaded as ``autotensor.nn``.  Its
    files say ``from nn.module import …`` all the same: ``_Loader`` lets them mean ours.
    """

    def __init__(self) -> None:
        self.homes: Mapping[str, str] = {}
        self.guests: Mapping[str, str] = {}
        self.prefix: str | None = None
        """What stands before ``nn`` in the names of our modules; None before anyone asked."""

    def loaded_as(self, name: str) -> str:
        """What our module ``name`` is called in ``sys.modules``."""
        return f"{self.prefix}{name}" if self.prefix and f"{name}.".startswith("nn.") else name

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in self.guests:
            return _followed(PathFinder.find_spec(name, path), self.guests[name])
        above = [one for one in self.homes if f"{name}.".startswith(f"{one}.")]
        if not above:
            return None
        beside = os.path.dirname(os.path.dirname(__file__))
        if self.prefix is None:
            self.prefix = "" if _is_at("nn", os.path.join(beside, "nn")) else _PACKAGE
        nearest = max(above, key=len)
        home = self.loaded_as(self.homes[nearest] + name.removeprefix(nearest))
        if home != name:
            return ModuleSpec(name, _Alias(home)) if find_spec(home) else None
        spec = PathFinder.find_spec(name, [beside] if name == f"{_PACKAGE}nn" else path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


def _is_at(name: str, folder: str) -> bool:
    """Whether ``import name`` gives, or would give, the package in ``folder``."""
    if name in sys.modules:
        file = getattr(sys.modules[name], "__file__", None)
    else:
        spec = find_spec(name)
        file = spec.origin if spec else None
    return file is not None and os.path.dirname(os.path.realpath(file)) == os.path.realpath(folder)


class _Alias(Loader):
    """Lets a name in ``sys.modules`` stand for the module that has another there."""

    def __init__(self, home: str) -> None:
        self.home = home

    def create_module(self, spec: ModuleSpec) -> None:
        """None: Python makes an empty one, to be replaced."""

    def exec_module(self, module: ModuleType) -> None:
        sys.modules[module.__name__] = import_module(self.home)


class _Loader(SourceFileLoader):
    """Loads a file of ours whose ``from nn… import`` is not the user's ``nn``.

    An import statement calls the ``__import__`` of its module's builtins.
    """

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": self.import_}
        super().exec_module(module)

    @staticmethod
    def import_(
        name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> ModuleType:
        home = name if level else _other_names.loaded_as(name)
        found = builtins.__import__(home, globals, locals, fromlist, level)
        return found if home == name or fromlist else sys.modules[_other_names.loaded_as("nn")]


class _LeftOut:
    """A finder of Python's, asked last: it says why a module of PyTorch's is not here."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        ours = name.startswith(_PACKAGE) or (name.startswith("nn.") and not _other_names.prefix)
        reason = ours and _why_left_out(name)
        if reason:
            raise ImportError(f"{name}: {reason}", name=name)


_other_names, _left_out = _OtherNames(), _LeftOut()


def other_names() -> dict[str, str]:
    """What ``open_door`` was told."""
    return dict(_other_names.homes)


def _followed(spec: ModuleSpec | None, module: str) -> ModuleSpec | None:
    """The same; when what it finds has been loaded, ``register()`` of ``module`` is called."""
    if spec is not None and spec.loader is not None:
        load = spec.loader.exec_module

        def load_and_follow(loaded: ModuleType) -> None:
            load(loaded)
            import_module(module).register()

        vars(spec.loader)["exec_module"] = load_and_follow
    return spec


def open_door(homes: Mapping[str, str], guests: Mapping[str, str] = MappingProxyType({})) -> None:
    """From now on ``import`` finds modules under names of PyTorch's, and says what is left out.

    Args:
        homes: by PyTorch's name, where the module is: ``{"autotensor.optim": "nn.optim"}``.  What
            is in it is found with it.
        guests: by module of another library, which module of ours makes itself known to it: its
            ``register()`` is called as soon as both are imported, and the other need never be.
    """
    _other_names.homes, _other_names.guests = homes, guests
    for library in guests.keys() & sys.modules.keys():
        import_module(guests[library]).register()
    if _other_names not in sys.meta_path:
        sys.meta_path.insert(0, _other_names)
        sys.meta_path.append(_left_out)
