"""The array API standard's namespace against the standard's own reference, array-api-strict."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import pytest

import autotensor as at
from autotensor import array_api as xp
from tests.tools import array_api_table as table
from tests.tools.array_api_calls import CALLS

pytestmark = pytest.mark.works_with(
    "array-api-strict", "every function of the standard that is here gives the same, random calls"
)


@pytest.fixture(scope="module")
def strict() -> ModuleType:
    return pytest.importorskip(
        "array_api_strict", reason="array-api-strict is not installed: pip install -e .[tools]"
    )


@pytest.mark.parametrize("name", CALLS)
def test_random_calls_give_what_the_reference_gives(name: str, strict: ModuleType) -> None:
    table.trial(name, strict, 15)()


def test_every_function_that_is_here_is_called(strict: ModuleType) -> None:
    here = {name for name in table.names() if table.is_here(name)}
    constants = " ".join(table.STANDARD[one] for one in ("Constants", "Data types", "Inspection"))
    by_themselves = {
        "array.__array_namespace__", "array.__dlpack__", "array.__dlpack_device__", "array.device",
        "array.to_device",
    }  # fmt: skip
    assert CALLS.keys() == here - set(constants.split()) - by_themselves


def test_the_reference_has_the_same_names(strict: ModuleType) -> None:
    listed = {name for name in table.names() if "." not in name and not name.startswith("__")}
    functions = {
        name for name, one in vars(strict).items() if name[0] != "_" and inspect.isfunction(one)
    }
    assert {name for name in functions if "flags" not in name} <= listed
    parts = {name.partition(".")[2] for name in table.names() if name.startswith("linalg.")}
    assert parts == {*strict.linalg.__all__, "eig", "eigvals"}
    assert all(hasattr(strict.linalg, name) for name in parts)
    transforms = {name.partition(".")[2] for name in table.names() if name.startswith("fft.")}
    assert transforms == set(strict.fft.__all__)


def test_arguments_are_those_of_the_reference(strict: ModuleType) -> None:
    for name in table.names():
        if name.startswith(("array.", "fft.", "_")) or not table.is_here(name):
            continue
        ours: Any = xp
        theirs: Any = strict
        for part in name.split("."):
            ours, theirs = getattr(ours, part), getattr(theirs, part)
        if not inspect.isfunction(theirs):
            continue
        pair = [
            {
                key: (one.kind, one.default)
                for key, one in inspect.signature(function).parameters.items()
            }
            for function in (ours, theirs)
        ]
        if name in ("astype", "from_dlpack"):  # whose defaults there say "not given"
            pair = [{key: kind for key, (kind, _) in one.items()} for one in pair]
        assert pair[0] == pair[1], name


def test_constants_are_those_of_the_reference(strict: ModuleType) -> None:
    for name in table.STANDARD["Constants"].split():
        ours, theirs = getattr(xp, name), getattr(strict, name)
        assert ours == theirs or (ours != ours and theirs != theirs)
    assert xp.__array_api_version__ == strict.__array_api_version__
    info = xp.__array_namespace_info__()
    there = strict.__array_namespace_info__()
    assert info.capabilities() == there.capabilities()
    for kind in (None, "bool", "signed integer", "integral", "real floating", ("bool", "numeric")):
        known = {
            name for name in there.dtypes(kind=kind) if name not in ("uint16", "uint32", "uint64")
        }
        assert info.dtypes(kind=kind).keys() == {
            name for name in known if not name.startswith("complex")
        }
    assert info.default_dtypes()["indexing"] == at.int64
