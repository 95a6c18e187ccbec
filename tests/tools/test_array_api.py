"""The array API standard's namespace against the standard's own reference, array-api-strict."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import warnings
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.errors import HypothesisWarning
from hypothesis.extra.array_api import make_strategies_namespace

import autotensor as at
from autotensor import array_api as xp
from tests.tools import array_api_table as table
from tests.tools.array_api_calls import CALLS

agrees = pytest.mark.works_with(
    "array-api-strict", "every function of the standard that is here gives the same, random calls"
)


@pytest.fixture(scope="module")
def strict() -> ModuleType:
    return pytest.importorskip(
        "array_api_strict", reason="array-api-strict is not installed: pip install -e .[tools]"
    )


@agrees
@pytest.mark.parametrize("name", CALLS)
def test_random_calls_give_what_the_reference_gives(name: str, strict: ModuleType) -> None:
    table.trial(name, strict, 15)()


@agrees
def test_every_function_that_is_here_is_called(strict: ModuleType) -> None:
    here = {name for name in table.names() if table.is_here(name)}
    constants = " ".join(table.STANDARD[one] for one in ("Constants", "Data types", "Inspection"))
    by_themselves = {
        "array.__array_namespace__", "array.__dlpack__", "array.__dlpack_device__", "array.device",
        "array.to_device",
    }  # fmt: skip
    assert CALLS.keys() == here - set(constants.split()) - by_themselves


@agrees
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


@agrees
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


@agrees
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


# -- users of the standard -------------------------------------------------------------------------


def users(library: str) -> dict[str, str]:
    """What is wrong with the calls of a library, in a process that has the standard switched on."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.tools.array_api_users", library],
        cwd=table.PAGE.parents[2],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.works_with("SciPy", "Tensors in, Tensors out, where its array API support is on")
def test_scipy_computes_with_tensors() -> None:
    import_or_skip("scipy", "1.17")
    found = users("scipy")
    assert len(found) > 15
    assert not {name: wrong for name, wrong in found.items() if wrong}


@pytest.mark.works_with("scikit-learn", "Tensors in, Tensors out, with array_api_dispatch=True")
def test_scikit_learn_computes_with_tensors() -> None:
    import_or_skip("sklearn", "1.9")
    found = users("sklearn")
    assert len(found) > 12
    assert not {name: wrong for name, wrong in found.items() if wrong}


def import_or_skip(name: str, least: str) -> Any:
    return pytest.importorskip(name, least, reason=f"needs {name} {least}: pip install -e .[tools]")


@pytest.mark.works_with("scikit-learn", "metrics, splits and scalers take Tensors as arrays")
def test_what_takes_arrays_still_takes_tensors() -> None:
    """Where nobody has switched the standard on, it changes nothing."""
    import_or_skip("sklearn", "1.6")
    metrics = pytest.importorskip("sklearn.metrics")
    model_selection = pytest.importorskip("sklearn.model_selection")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    y, guess = at.tensor([0, 1, 1, 0]), at.tensor([0, 1, 0, 0])
    assert metrics.accuracy_score(y, guess) == 0.75
    assert metrics.confusion_matrix(y, guess).tolist() == [[2, 0], [1, 1]]
    left, right = model_selection.train_test_split(at.arange(10.0), random_state=0, test_size=3)
    assert isinstance(left, at.Tensor)
    assert sorted([*left.tolist(), *right.tolist()]) == list(range(10))
    scaled = preprocessing.MinMaxScaler().fit_transform(at.tensor([[0.0], [2.0]]))
    assert type(scaled).__name__ == "ndarray"
    assert scaled.tolist() == [[0.0], [1.0]]


@pytest.mark.works_with("array-api-compat", "finds the namespace, the device, the size of a Tensor")
def test_array_api_compat_knows_tensors() -> None:
    compat = import_or_skip("array_api_compat", "1.11")
    x = at.ones(2, 3, requires_grad=True)
    assert compat.array_namespace(x, at.ones(1), 2.0) is xp
    assert compat.array_namespace(x, api_version="2024.12") is xp
    assert compat.is_array_api_obj(x)
    assert not any(
        known(x) for known in (compat.is_numpy_array, compat.is_torch_array, compat.is_lazy_array)
    )
    assert compat.size(x) == 6
    assert compat.device(x) == at.device("cpu")
    assert compat.to_device(x, "cpu") is x
    with pytest.raises(TypeError):
        compat.array_namespace(x, __import__("numpy").ones(2))


@pytest.mark.works_with("array-api-extra", "pad, kron, cov, one_hot and more on Tensors, gradients")
def test_array_api_extra_computes_with_tensors() -> None:
    extra = import_or_skip("array_api_extra", "0.8")
    x = at.tensor([3.0, 1.0, 2.0], requires_grad=True)
    doubled = extra.apply_where(x > 1.5, x, lambda one: one * 2, fill_value=0.0)
    assert doubled.tolist() == [6.0, 0.0, 4.0]
    doubled.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [2.0, 0.0, 2.0]
    y = x.detach()
    assert extra.pad(y, 1).tolist() == [0.0, 3.0, 1.0, 2.0, 0.0]
    assert extra.kron(y, y).tolist() == at.kron(y, y).tolist()
    assert extra.atleast_nd(y, ndim=3).shape == (1, 1, 3)
    assert extra.nunique(at.tensor([1, 2, 2])).item() == 2
    assert extra.setdiff1d(at.tensor([1, 2, 3]), at.tensor([2])).tolist() == [1, 3]
    assert extra.one_hot(at.tensor([1, 0]), 2).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert extra.create_diagonal(y).tolist() == at.diag(y).tolist()
    assert extra.at(y)[0].set(9.0).tolist() == [9.0, 1.0, 2.0]
    table_ = at.tensor([[1.0, 2.0, 4.0], [3.0, 1.0, 0.0]])
    assert at.allclose(extra.cov(table_), at.cov(table_).double())


def test_hypothesis_draws_tensors() -> None:
    made = make_strategies_namespace(xp, api_version="2024.12")
    dtypes = made.boolean_dtypes() | made.real_dtypes()

    @settings(max_examples=50, derandomize=True, database=None, deadline=None)
    @given(made.arrays(dtypes, made.array_shapes(min_dims=0, max_dims=3)))
    def check(x: at.Tensor) -> None:
        assert isinstance(x, at.Tensor)
        assert xp.all(xp.equal(x, x) | (x != x))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)  # of dtypes that are left out
        check()
