"""How packages show their names: those of all modules, or parts imported when first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any

from autotensor.doors import place_doors

__all__ = ["awaited", "on_demand", "public_names", "published"]

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
            for name in getattr(module, "__all__", None) or _defined_in(module)
            if name in known
        ]
        + list(_awaited.get(package, ()))
    )


def published(package: str) -> list[str]:
    """``public_names``, each put behind a door.  Operators are so where ``autotensor`` shows them,
    after they have imported each other: within the engine nobody goes through doors."""
    names = public_names(package)
    place_doors(package, names)
    return names


def _defined_in(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(module).items()
        if isinstance(value, (type, FunctionType))
        and value.__module__ == module.__name__
        and not name.startswith("_")
    ]


def awaited(package: str) -> str:
    """The names that ``on_demand`` imports for a package, as another ``on_demand`` takes them."""
    return " ".join(_awaited[package])


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
    """
    homes = {name: module for module, listed in names.items() for name in listed.split()}
    _awaited[package] = (*submodules, *homes)

    def missing(name: str) -> Any:
        if name in submodules:
            return import_module(f"{package}.{name}")  # which leaves it in the package
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(homes[name])
        place_doors(homes[name], [name])
        value = getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    def all_names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *submodules, *homes})

    return missing, all_names
