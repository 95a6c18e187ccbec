"""What the wheel alone can do, in an environment with nothing else: every module, every example.

    python -I -W error …/tests/smoke.py

Imports each module of both packages, runs the examples of all docstrings, and asks for what takes
an extra: that must name it.  pytest is not needed; ``.ci/run wheel`` runs it so.
"""

from __future__ import annotations

import doctest
import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import packages_distributions
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import numpy as np

import autotensor as at
import nn
from nn import optim

# What an example may use without an import, as in NumPy's documentation.
KNOWN = {"at": at, "nn": nn, "F": nn.functional, "optim": optim, "np": np}

#: What asks for each extra that code asks for.
ASKING: dict[str, Callable[[], object]] = {
    "einops": lambda: nn.layers.einops.Rearrange("a b -> b a"),
    "mpi": lambda: _as_a_rank(at.distributed.init_process_group),
    "onnx": lambda: nn.onnx.export(nn.Linear(2, 1), at.ones(1, 2)),
    "plot": lambda: nn.training.History(loss=[1.0]).plot(),
    "safetensors": lambda: at.save({"x": at.ones(2)}, "x.safetensors"),
    "scipy": lambda: optim.minimize(lambda: at.ones(1), [at.ones(1, requires_grad=True)]),
    "sklearn": lambda: nn.sklearn.Classifier(),
}


def _as_a_rank(ask: Callable[[], object]) -> None:
    """As ``mpiexec`` would start it."""
    os.environ["PMI_RANK"] = "0"
    try:
        ask()
    finally:
        del os.environ["PMI_RANK"]


def modules() -> Iterator[ModuleType]:
    """Both packages and every module in them, but those of extras that are not installed."""
    for package in (at, nn):
        yield package
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            try:
                module = import_module(found.name)
            except ImportError as error:
                need_an_extra(error)
            else:
                yield module


def need_an_extra(error: ImportError) -> None:
    """Raises it, unless it says that an extra is not installed."""
    if "is not installed: pip install 'autotensor[" not in str(error):
        raise error


def published(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What a module publishes of ours."""
    for name in getattr(module, "__all__", dir(module)):
        try:
            found = None if name.startswith("_") else getattr(module, name)
        except ImportError as error:
            need_an_extra(error)
            continue
        home = found.__name__ if isinstance(found, ModuleType) else found.__class__.__module__
        if str(getattr(found, "__module__", home)).startswith(("autotensor", "nn")):
            yield name, found


def public_modules(module: ModuleType, seen: list[ModuleType]) -> list[ModuleType]:
    """A module, and those that it and they publish, after those ``seen`` before."""
    if module not in seen:
        seen.append(module)
        for _, found in published(module):
            if isinstance(found, ModuleType):
                public_modules(found, seen)
    return seen


def described() -> tuple[dict[str, str], dict[str, str]]:
    """The public functions and classes by their docstrings, and the methods and properties of the
    classes that have one of their own; of several names for a docstring the first."""
    functions: dict[str, str] = {}
    methods: dict[str, str] = {}
    for module in public_modules(nn, public_modules(at, [])):
        for name, found in published(module):
            if not callable(found) or isinstance(found, ModuleType):
                continue
            functions.setdefault(found.__doc__ or f"nothing at {name}", name)
            for key, one in vars(found).items() if isinstance(found, type) else ():
                if not key.startswith("_") and (callable(one) or isinstance(one, property)):
                    methods.setdefault(one.__doc__ or "", f"{name}.{key}")
    return functions, {text: path for text, path in methods.items() if text not in functions}


def examples() -> list[doctest.DocTest]:
    """The docstrings with examples, each where it is written, not where it is imported, and once
    where several names share them; then those that are written nowhere, but made."""
    finder, parser = doctest.DocTestFinder(), doctest.DocTestParser()
    found = [one for module in [*modules()] for one in finder.find(module, globs=KNOWN)]
    for names in described():
        found += [parser.get_doctest(text, KNOWN, name, None, None) for text, name in names.items()]
    several = {tuple((line.source, line.want) for line in one.examples): one for one in found[::-1]}
    return [one for one in reversed(several.values()) if one.examples]


def wrong_examples() -> list[str]:
    """What the examples report that do not do what they show."""
    report: list[str] = []
    for one in examples():
        doctest.DocTestRunner().run(one, out=report.append)
    return report


def extras_that_are_not_asked_for() -> list[str]:
    """The extras that are not named where their package is missing."""
    found = []
    for extra, ask in ASKING.items():
        try:
            ask()
        except ModuleNotFoundError as error:
            if not str(error).endswith(f"is not installed: pip install 'autotensor[{extra}]'"):
                found.append(f"{extra}: {error}")
        else:
            found.append(f"{extra}: nothing was raised")
    return found


def main() -> None:
    installed = {name for names in packages_distributions().values() for name in names}
    if strange := installed - {"autotensor", "numpy", "pillow", "pip", "setuptools", "tqdm"}:
        sys.exit(f"this environment has more than the wheel needs: {sorted(strange)}")
    count = len(list(modules()))
    problems = wrong_examples() + extras_that_are_not_asked_for()
    print(f"{count} modules, {len(examples())} docstrings with examples, {len(ASKING)} extras")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
