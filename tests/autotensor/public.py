"""The names of all public operators."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages

import autotensor as at
from autotensor import operators
from tests.autotensor.cases import NOT_OPERATORS

#: Every module of operators, with its public names.
FAMILIES: dict[str, set[str]] = {
    module.name: set(getattr(import_module(module.name), "__all__", ()))
    for module in walk_packages(operators.__path__, "autotensor.operators.")
    if not module.ispkg and module.name.count(".") > 2  # below a family
}

#: The public operators, those in a namespace with it: ``linalg.inv``.
OPERATORS: set[str] = (
    set.union(*FAMILIES.values()) - NOT_OPERATORS
    | {f"linalg.{name}" for name in at.linalg.__all__ if callable(getattr(at.linalg, name))}
    | {f"special.{name}" for name in at.special.__all__}
) - {"linalg.LinAlgError"}
