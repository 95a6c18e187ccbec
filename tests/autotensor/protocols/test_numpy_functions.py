"""NumPy's functions on Tensors against NumPy's on arrays: values, dtypes, shapes, derivatives."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest

import autotensor as at
from tests.autotensor.protocols.numpy_calls import CALLS, EDGES, UFUNC_CALLS, arrays


def split(line: str) -> list[str]:
    return [call.strip() for call in re.split(r";\s+(?=np\.|x @)", line)]


LINES = [line for line in (CALLS + UFUNC_CALLS).splitlines() if line and line[0] != "#"]


def names_in(call: str) -> list[str]:
    words = re.findall(r"(?<![\w.'\"])([a-z])\b(?!\s*=[^=])(?!['\"])", call)
    return [name for name in dict.fromkeys(words) if name in arrays()]


def run(call: str, values: dict[str, Any]) -> list[Any]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.filterwarnings("ignore", "'where' used without 'out'")
        warnings.filterwarnings("ignore", module="numpy")
        result = eval(call, {"np": np, **values})
    return list(result) if isinstance(result, (tuple, list)) else [result]


def available(call: str) -> bool:
    """Whether this NumPy knows the function and its arguments: some came with 2.1 to 2.5."""
    if np.lib.NumpyVersion(np.__version__) >= "2.5.0":
        return "np.fix(" not in call  # which it wants nobody to call
    try:
        run(call, arrays())
    except (AttributeError, TypeError):
        return False
    except Exception:
        return True  # an error is compared as well
    return True


UNSAID = ("np.log(x, where", "np.sqrt(x, where", "np.divide(x, y, where", "where=False")
"""Calls that leave elements out: their values are whatever there was."""


def same(call: str, found: list[Any], expected: list[Any], rtol: float) -> None:
    assert len(found) == len(expected), call
    for ours, theirs in zip(found, map(np.asarray, expected), strict=True):
        assert isinstance(ours, at.Tensor), call
        assert tuple(ours.shape) == theirs.shape, call
        assert ours.array.dtype == theirs.dtype, call
        if not any(one in call for one in UNSAID):
            np.testing.assert_allclose(ours.array, theirs, rtol, rtol / 10, err_msg=call)


def each(line: str) -> list[str]:
    calls = [call for call in split(line) if available(call)]
    if not calls:
        pytest.skip("not in this NumPy")
    return calls


@pytest.mark.parametrize("line", LINES)
def test_values_are_numpys(line: str) -> None:
    for call in each(line):
        for dtype, rtol in (("float64", 1e-12), ("float32", 2e-5)):
            values = arrays(dtype)
            expected = run(call, values)
            plain = {name: at.tensor(array) for name, array in values.items()}
            same(call, run(call, plain), expected, rtol)
            wanted = {name: at.tensor(array, requires_grad=True) for name, array in values.items()}
            found = run(call, wanted)
            same(call, found, expected, rtol)
            assert any(one.requires_grad for one in found), call


@pytest.mark.parametrize("line", LINES)
def test_gradients_are_right(line: str) -> None:
    values = arrays()
    for call in each(line):
        names = names_in(call)
        tensors = [at.tensor(values[name], requires_grad=True) for name in names]

        def function(*given: Any, call: str = call, names: list[str] = names) -> Any:
            found = run(call, {**values, **dict(zip(names, given, strict=True))})
            wanted = tuple(one for one in found if one.requires_grad)
            return wanted if len(wanted) > 1 else wanted[0]

        assert at.gradcheck(function, tensors), call
        assert at.gradgradcheck(function, tensors), call


def outcome(call: str, values: dict[str, Any]) -> list[Any] | Exception:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return run(call, values)
    except Exception as error:
        return error


@pytest.mark.parametrize("line", [one for one in EDGES.splitlines() if one and one[0] != "#"])
def test_edges_are_numpys(line: str) -> None:
    """With a gradient and without: the value, or the error.  Backward goes through."""
    values = arrays()
    values["i"] = np.array([[1.0, np.inf, -np.inf], [0.0, np.nan, 2.0]])
    values["g"], values["k"] = np.zeros((2, 0)), np.array([1.0, 1.0, 2.0, 2.0, -0.0])
    for call in each(line):
        expected = outcome(call, values)
        for grad in (False, True):
            given = {name: at.tensor(one, requires_grad=grad) for name, one in values.items()}
            found = outcome(call, given)
            if isinstance(expected, Exception):
                assert isinstance(found, type(expected)), call
                continue
            assert not isinstance(found, Exception), call
            same(call, found, expected, 1e-10)
            for one in found:
                if one.requires_grad:
                    one.sum().backward(retain_graph=True)
