"""Writes tests/formulas/defaults.json: the arguments of every public callable and their defaults.

    python -m tests.formulas.defaults

Of what PyTorch has as well they are PyTorch's, which must be installed; of the rest they are ours
as they are now.  ``test_defaults.py`` compares them with ours, without PyTorch.  What PyTorch
takes and we do not is printed.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Callable, Iterator
from enum import Enum, EnumMeta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, get_overloads

import numpy as np

PAGE = Path(__file__).with_name("defaults.json")

#: Each public module of ours, and the module of PyTorch that has its names.
MODULES = {
    "autotensor": "torch",
    "autotensor.autograd": "torch.autograd",
    "autotensor.autograd.functional": "torch.autograd.functional",
    "autotensor.cuda": "torch.cuda",
    "autotensor.distributions": "torch.distributions",
    "autotensor.distributions.constraints": "torch.distributions.constraints",
    "autotensor.distributions.utils": "torch.distributions.utils",
    "autotensor.func": "torch.func",
    "autotensor.linalg": "torch.linalg",
    "autotensor.special": "torch.special",
    "autotensor.utils.checkpoint": "torch.utils.checkpoint",
    "nn": "torch.nn",
    "nn.functional": "torch.nn.functional",
    "nn.init": "torch.nn.init",
    "nn.optim": "torch.optim",
    "nn.optim.lr_scheduler": "torch.optim.lr_scheduler",
    "nn.optim.swa_utils": "torch.optim.swa_utils",
    "nn.utils": "torch.nn.utils",
    "nn.utils.parametrizations": "torch.nn.utils.parametrizations",
    "nn.utils.parametrize": "torch.nn.utils.parametrize",
    "nn.utils.rnn": "torch.nn.utils.rnn",
    "nn.utils.stateless": "torch.nn.utils.stateless",
    "nn.data": "torch.utils.data",
    "nn.data.transforms": "",
    "nn.insight.doctor": "",
    "nn.insight.findings": "",
    "nn.insight.summary": "",
    "nn.training": "",
}

#: What stands in the file for an argument without a default, and for one that only some of
#: PyTorch's overloads take: there None stands for the others.
REQUIRED, SOMETIMES = "<required>", "<in some overloads>"

#: Memory, devices and Python's typing, of which there is only one kind here.
OF_NO_CONCERN = {"layout", "memory_format", "names", "out", "pin_memory", "self"}

Arguments = dict[str, Any]


def plain(value: Any) -> Any:
    """A default as JSON has it; what it cannot hold, by name."""
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if value is ...:
        return SOMETIMES
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.dtype) or type(value).__name__ == "dtype":
        return str(value).removeprefix("torch.")
    if callable(value):
        return f"<{value.__name__.strip('_')}>"
    return f"<{type(value).__name__}>"


def of_signature(function: Callable[..., Any]) -> Arguments | None:
    """The arguments of a function or class of Python's; None if it hides them."""
    if isinstance(function, EnumMeta):  # its signature is Python's, and changes with it
        return None
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    return {
        one.name: REQUIRED if one.default is one.empty else plain(one.default)
        for one in parameters
        if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD) and one.name not in OF_NO_CONCERN
    }


def has_defaults(arguments: Arguments) -> bool:
    return any(default != REQUIRED for default in arguments.values())


# -- ours ------------------------------------------------------------------------------------------


def is_ours(found: Any) -> bool:
    return callable(found) and str(getattr(found, "__module__", "")).startswith(
        ("autotensor", "nn")
    )


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module publishes; of a file that says nothing of it, what it defines, if anything."""
    names = [name for name in getattr(module, "__all__", dir(module)) if not name.startswith("_")]
    found = {name: one for name in sorted(names) if is_ours(one := getattr(module, name))}
    if not hasattr(module, "__all__") and not hasattr(module, "__path__"):
        own = {name: one for name, one in found.items() if one.__module__ == module.__name__}
        found = own or found
    yield from found.items()


def own_methods(found: type) -> Iterator[tuple[str, Any]]:
    """Public methods of a class that stand in it."""
    for name, one in sorted(vars(found).items()):
        if not name.startswith("_") and inspect.isfunction(one):
            yield name, one


def callables() -> dict[str, Any]:
    """Every public function, class and method by its path, each where it is met first."""
    found: dict[str, Any] = {}
    classes: set[type] = set()
    for path in MODULES:
        for name, one in public(import_module(path)):
            found[f"{path}.{name}"] = one
            if isinstance(one, type) and one not in classes:
                classes.add(one)
                found |= {f"{path}.{name}.{key}": item for key, item in own_methods(one)}
    return found


def module_of(path: str) -> str:
    return max((one for one in MODULES if path.startswith(f"{one}.")), key=len)


def attributes_of(found: type) -> Arguments:
    """Numbers, texts and switches of a class, which its users may set."""
    names = [name for name in dir(found) if not name.startswith("_")]
    values = {name: getattr(found, name) for name in names}
    return {name: one for name, one in values.items() if isinstance(one, (bool, int, float, str))}


def our_arguments() -> dict[str, Arguments]:
    """The arguments of all that is public; of classes that are only ours, the attributes too."""
    listed = {}
    for path, found in callables().items():
        arguments = of_signature(found)
        if arguments is not None:
            only_ours = isinstance(found, type) and not MODULES[module_of(path)]
            listed[path] = arguments | (attributes_of(found) if only_ours else {})
    return listed


# -- PyTorch's -------------------------------------------------------------------------------------


def counterpart(path: str) -> tuple[str, Any]:
    """PyTorch's callable for the path of one of ours, and its path; None if there is none."""
    module = module_of(path)
    names = path.removeprefix(f"{module}.").split(".")
    homes = [MODULES[module]] if MODULES[module] else []
    if module == "autotensor":
        homes = ["torch", "torch.nn.functional", "torch.autograd", "torch.nn"]
        if names[0] in import_module("nn.functional").__all__:
            homes[:2] = homes[1::-1]  # what is the same function in both is described better there
    for home in homes:
        found: Any = import_module(home)
        for name in names:
            found = getattr(found, name, None)
        if callable(found):
            return ".".join([home, *names]), found
    return "", None


def of_schemas(torch: ModuleType, path: str) -> list[Arguments]:
    """The arguments of each overload of an operator of PyTorch's core."""
    name = re.sub(r"^torch\.(nn\.functional\.|Tensor\.)?", "", path).replace(".", "_")
    overloads = []
    for schema in torch._C._jit_get_schemas_for_operator(f"aten::{name}"):
        types = {str(one.type) for one in (*schema.arguments, *schema.returns)}
        if not any("Tensor" in one for one in types) or "Dimname" in str(schema):
            continue  # of numbers and lists, for compiled Python
        overload: Arguments = {}
        for one in schema.arguments:
            value = plain(one.default_value) if one.has_default_value() else REQUIRED
            if isinstance(value, list) and len(set(value)) == 1:
                value = value[0]  # one for all dimensions
            if one.name == "dtype" and isinstance(value, int):
                value = {4: "int64"}[value]  # a number of PyTorch's list of dtypes
            overload["input" if one.name == "self" else one.name] = value
        overloads.append(overload)
    return overloads


def of_docstring(torch: ModuleType, name: str, text: str) -> list[Arguments]:
    """The arguments in each line of a docstring that calls the function."""
    argument = re.compile(
        r"(\w+)(?:\s*:\s*([\w\[\]. |]+))?(?:\s*=\s*(\([^)]*\)|\[[^]]*\]|[^,\[(]+))?(?:,|$)"
    )
    head = rf"^\s*(?:\.\. (?:function|method):: )?{name}\((.*?)\)(?:\s*->.*|\s*)$"
    overloads = []
    for line in re.findall(head, text.partition("Example")[0], re.MULTILINE):
        overload: Arguments = {}
        for key, kind, value in argument.findall(line):
            overload[key] = SOMETIMES if "Optional" in kind else REQUIRED
            if value:
                try:
                    overload[key] = plain(eval(value, {"torch": torch}))
                except Exception:  # a word of prose
                    del overload[key]
        overloads.append(overload)
    return overloads


def merged(overloads: list[Arguments]) -> Arguments:
    """One set of arguments: a default that says more than None goes before."""
    out: Arguments = {}
    for name in dict.fromkeys(name for one in overloads for name in one):
        given = [one[name] for one in overloads if name in one]
        defaults = sorted((one for one in given if one != REQUIRED), key=lambda one: one is None)
        if defaults:
            out[name] = defaults[0]
        else:
            out[name] = REQUIRED if len(given) == len(overloads) else SOMETIMES
    return out


def their_arguments(torch: ModuleType, path: str, found: Any) -> Arguments:
    """What a callable of PyTorch's takes, from where it is said best."""
    home, _, name = path.rpartition(".")
    if home == "torch.nn.functional":  # several pooling functions choose between two by a flag
        found = getattr(torch.nn.functional, f"{name}_with_indices", found)
    maker = getattr(found, "__init__", found) if isinstance(found, type) else found
    declared = get_overloads(maker) if inspect.isfunction(maker) else ()
    arguments = merged([of_signature(one) or {} for one in (*declared, found)])
    if not arguments:
        overloads = of_schemas(torch, path)
        described = merged(of_docstring(torch, name, found.__doc__ or ""))
        arguments = merged(overloads) if overloads else described
        for key, value in described.items():
            vague = arguments.get(key, REQUIRED) in (None, REQUIRED, SOMETIMES)
            if vague and value not in (REQUIRED, None if key in arguments else REQUIRED):
                arguments[key] = value
    return {key: one for key, one in arguments.items() if key not in OF_NO_CONCERN}


def main() -> None:
    import torch

    parts: dict[str, dict[str, Arguments]] = {"pytorch": {}, "own": {}}
    for path, arguments in our_arguments().items():
        where, found = counterpart(path)
        listed = arguments if found is None else their_arguments(torch, where, found)
        if not_taken := sorted(listed.keys() - arguments.keys()):
            print(f"{path} does not take {', '.join(not_taken)}")
        kept = {key: listed[key] for key in arguments if key in listed}
        if has_defaults(arguments) or has_defaults(kept):
            parts["own" if found is None else "pytorch"][path] = kept
    lines = [f'{{\n"version": {json.dumps(torch.__version__.split("+")[0])}']
    for part, entries in parts.items():
        rows = ",\n".join(
            f"  {json.dumps(key)}: {json.dumps(one)}" for key, one in sorted(entries.items())
        )
        lines.append(f'"{part}": {{\n{rows}\n}}')
    PAGE.write_text(",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
