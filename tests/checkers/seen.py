"""What mypy sees of the packages: every public name, and how many signatures say ``Any``.

``python -m tests.checkers.seen`` prints it.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from mypy import build, nodes, options, types
from mypy.modulefinder import BuildSource

ROOT = Path(__file__).resolve().parents[2]

#: The modules that users import or reach by a dot.
MODULES = """
    autotensor autotensor.accelerator autotensor.autograd autotensor.autograd.functional
    autotensor.backends autotensor.cuda autotensor.distributions autotensor.extend
    autotensor.func autotensor.linalg autotensor.random autotensor.special autotensor.types
    autotensor.utils autotensor.utils.checkpoint nn nn.data nn.data.transforms nn.functional
    nn.init nn.optim nn.optim.lr_scheduler nn.optim.swa_utils nn.parameter nn.training nn.utils
    nn.utils.parametrizations nn.utils.parametrize nn.utils.rnn nn.utils.stateless
""".split()  # noqa: SIM905


class Seen(NamedTuple):
    """A public function or method, and what mypy takes its result for."""

    name: str
    result: types.Type | None


def shown(module: ModuleType) -> list[str]:
    return [name for name in dir(module) if name[0] != "_"]


def read() -> dict[str, nodes.MypyFile]:
    """The modules as mypy reads them for a user."""
    chosen = options.Options()
    chosen.mypy_path = [str(ROOT)]
    chosen.cache_dir = str(ROOT / ".mypy_cache" / "seen")
    chosen.incremental = True
    chosen.follow_imports = "silent"
    text = "\n".join(f"import {name}" for name in MODULES)
    built = build.build([BuildSource(None, "user", text)], chosen)
    return {name: built.files[name] for name in MODULES}


def missing(files: dict[str, nodes.MypyFile]) -> list[str]:
    """Public names that mypy does not see."""
    return [
        f"{module}.{name}"
        for module, file in files.items()
        for name in shown(importlib.import_module(module))
        if name not in file.names or not file.names[name].module_public
    ]


def signatures(files: dict[str, nodes.MypyFile]) -> Iterator[Seen]:
    """Every public function, and every public method of every public class, once."""
    met: set[str] = set()
    for module, file in files.items():
        for name in shown(importlib.import_module(module)):
            symbol = file.names.get(name)
            node = symbol.node if symbol else None
            if node is None or node.fullname in met:
                continue
            met.add(node.fullname)
            if isinstance(node, nodes.TypeInfo):
                yield from _methods(node, met)
            else:
                yield from _results(f"{module}.{name}", node)


def _methods(info: nodes.TypeInfo, met: set[str]) -> Iterator[Seen]:
    for owner in info.mro:
        ours = owner.fullname.startswith(("autotensor.", "nn."))
        for name, symbol in owner.names.items() if ours else ():
            hidden = name.startswith("_") and name != "__call__"
            if not hidden and symbol.node is not None and symbol.node.fullname not in met:
                met.add(symbol.node.fullname)
                yield from _results(f"{info.fullname}.{name}", symbol.node)


def _results(name: str, node: nodes.SymbolNode) -> Iterator[Seen]:
    if isinstance(node, nodes.Decorator):
        node = node.var if node.func.is_property else node.func
    if isinstance(node, nodes.OverloadedFuncDef):
        for item in node.items:
            yield from _results(name, item)
    elif isinstance(node, nodes.FuncDef | nodes.Var):
        kind = types.get_proper_type(node.type)
        if isinstance(kind, types.CallableType):
            yield Seen(name, types.get_proper_type(kind.ret_type))
        elif isinstance(node, nodes.FuncDef):
            yield Seen(name, None)
        elif isinstance(kind, types.AnyType) and inspect.isroutine(_found(name)):
            yield Seen(name, kind)


def _found(name: str) -> object:
    """What stands under a full name at run time."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for part in parts[count:]:
            value = getattr(value, part, None)
        return value
    return None


def vague(all_seen: list[Seen]) -> list[str]:
    """Those whose result is ``Any``, said or unsaid."""
    return [
        one.name for one in all_seen if one.result is None or isinstance(one.result, types.AnyType)
    ]


if __name__ == "__main__":
    found = read()
    everything = list(signatures(found))
    print("not seen:", *missing(found))
    bad = vague(everything)
    print(f"{len(everything)} signatures, {len(bad)} give Any:", *bad, sep="\n  ")
