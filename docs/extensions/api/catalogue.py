"""What is public: every name of both packages, each thing once, under all the names that it has."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import autotensor
from autotensor.elsewhere import HOMES

ROOT = Path(autotensor.__file__).resolve().parents[1]

#: The modules whose names are public.  A thing that several of them show is first of all what the
#: first one calls it.
NAMESPACES = """
    autotensor autotensor.linalg autotensor.special autotensor.signal.windows autotensor.func
    autotensor.autograd autotensor.autograd.functional autotensor.autograd.graph
    autotensor.utils.checkpoint autotensor.utils.dlpack autotensor.utils.tensorboard
    autotensor.utils.model_zoo autotensor.utils.downloads autotensor.hub autotensor.types
    autotensor.testing
    autotensor.distributions autotensor.distributions.constraints
    autotensor.distributions.transforms autotensor.random autotensor.array_api
    autotensor.array_api.linalg
    nn nn.functional nn.init nn.parameter nn.attention nn.layers.einops nn.utils nn.utils.rnn
    nn.utils.parametrize nn.utils.parametrizations nn.utils.prune nn.utils.stateless nn.parallel
    nn.onnx
    nn.modules.module nn.modules.lazy nn.modules.batchnorm nn.modules.utils
    nn.optim nn.optim.lr_scheduler nn.optim.swa_utils nn.data nn.data.transforms nn.training
    nn.sklearn
    nn.insight.summary nn.insight.doctor nn.insight.findings
    autotensor.extend autotensor.amp autotensor.multiprocessing autotensor.compiler autotensor.jit
    autotensor.fx autotensor.accelerator autotensor.cpu autotensor.cuda autotensor.cuda.amp
    autotensor.mps autotensor.xpu autotensor.distributed autotensor.distributed.algorithms
    autotensor.distributed.nn.functional autotensor.distributed.run autotensor.distributed.elastic
    autotensor.version
    autotensor.backends.cpu autotensor.backends.cuda autotensor.backends.cudnn
    autotensor.backends.mha autotensor.backends.mkl autotensor.backends.mkldnn
    autotensor.backends.mps autotensor.backends.openmp autotensor.backends.opt_einsum
""".split()  # noqa: SIM905

#: Those that consist of what others define.
GATHERED = {"autotensor.func", "autotensor.autograd.functional", "autotensor.utils.checkpoint"}


class Thing(NamedTuple):
    """A public function, class or constant."""

    names: list[str]
    """With their modules; the first is what it is called first of all."""
    value: Any
    home: str
    """The module whose source has it."""

    @property
    def kind(self) -> str:
        """What Sphinx's domain for Python calls it."""
        if isinstance(self.value, type):
            return "exception" if issubclass(self.value, BaseException) else "class"
        return "function" if callable(self.value) and hasattr(self.value, "__name__") else "data"


def ours(value: Any) -> bool:
    module = getattr(inspect.unwrap(value), "__module__", None) or ""
    return module.partition(".")[0] in ("autotensor", "nn")


def shown(namespace: str) -> Iterator[tuple[str, Any]]:
    """The public names of a module, with what they stand for; no modules among them."""
    module = import_module(namespace)
    listed = vars(module).get("__all__")
    for name in listed or dir(module):
        if name[0] == "_":
            continue
        value = getattr(module, name)
        if not isinstance(value, ModuleType) and (listed or _defined_by(value, name, namespace)):
            yield name, value


def _defined_by(value: Any, name: str, namespace: str) -> bool:
    """Whether a module without ``__all__`` shows a thing, and has not just imported it."""
    if "__dir__" in vars(sys.modules[namespace]) or namespace in GATHERED:
        return True  # its dir() lists what is public
    return name in _lines(_file(namespace))


def _file(module: str) -> Path:
    return Path(str(sys.modules[module].__file__))


@functools.cache
def _lines(file: Path) -> dict[str, tuple[int, str]]:
    """By qualified name, the line where a file defines it, and the string below an assignment."""
    found: dict[str, tuple[int, str]] = {}

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for here, below in zip(body, [*body[1:], None], strict=False):
            match here:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    found.setdefault(prefix + name, (here.lineno, ""))
                    if isinstance(here, ast.ClassDef):
                        visit(here.body, f"{prefix}{name}.")
                case (
                    ast.Assign(targets=[ast.Name(id=name)])
                    | ast.AnnAssign(target=ast.Name(id=name))
                ):
                    match below:
                        case ast.Expr(value=ast.Constant(value=str(text))):
                            found.setdefault(prefix + name, (here.lineno, text))
                        case _:
                            found.setdefault(prefix + name, (here.lineno, ""))
                case ast.If() | ast.Try() | ast.With():
                    visit(here.body, prefix)
                    visit(getattr(here, "orelse", []), prefix)

    visit(ast.parse(file.read_text(encoding="utf-8")).body, "")
    return found


def place(value: Any, name: str, home: str) -> tuple[str, int] | None:
    """The file in the repository, and the line, where something stands; None if nobody knows."""
    file = _file(home)
    value = inspect.unwrap(value)
    for known in (getattr(value, "__qualname__", name), getattr(value, "__name__", name), name):
        if known in _lines(file):
            return file.relative_to(ROOT).as_posix(), _lines(file)[known][0]
    return None


def text_below(name: str, home: str) -> str:
    """What a constant's module says of it, in the string below its assignment."""
    return _lines(_file(home)).get(name, (0, ""))[1]


def _home(value: Any, name: str, namespace: str) -> str:
    value = inspect.unwrap(value)
    if callable(value) and ours(value) and value.__module__ in sys.modules:
        return str(value.__module__)
    if place(value, name, namespace):
        return namespace
    for module in list(sys.modules.values()):  # a constant, from further within
        within = module.__name__.startswith(("autotensor.", "nn."))
        if within and name in vars(module).get("__all__", ()) and vars(module)[name] is value:
            return module.__name__
    return namespace


@functools.cache
def things() -> tuple[Thing, ...]:
    """Everything public."""
    found: dict[Any, Thing] = {}
    for namespace in NAMESPACES:
        for name, value in shown(namespace):
            full = f"{namespace}.{name}"
            key: Any = id(inspect.unwrap(value)) if callable(value) else full
            if key not in found:
                found[key] = Thing([], value, _home(value, name, namespace))
            found[key].names.append(full)
    for one in found.values():  # acos is acos first, and arccos second
        own = getattr(one.value, "__name__", "")
        namespace = one.names[0].rpartition(".")[0]
        if f"{namespace}.{own}" in one.names[1:]:
            one.names.sort(key=lambda name: name != f"{namespace}.{own}")
    return tuple(found.values())


def of_module(name: str) -> list[Thing]:
    """What has its source in a module, or, if that is nothing, in the modules of a package."""
    own = [thing for thing in things() if thing.home == name]
    return own or [thing for thing in things() if thing.home.startswith(f"{name}.")]


def aliases() -> dict[str, str]:
    """PyTorch's names of whole modules that stand elsewhere here."""
    return dict(HOMES)
