"""One function, two libraries: what it gives here and in PyTorch must be the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F

#: What a user's mistake may raise; anything else is a bare error of NumPy or Python.
REFUSALS = (TypeError, ValueError, IndexError, RuntimeError, NotImplementedError)

TOLERANCES = {"float16": 2e-3, "float32": 2e-5, "float64": 1e-11}


forks_beside_threads = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)
"""For tests that fork on purpose: from Python 3.12 on it warns where there are threads."""


def array_of(value: Any) -> np.ndarray:
    """The values of a Tensor of either library, or of a number."""
    if isinstance(value, at.Tensor):
        return value.detach().numpy()
    if hasattr(value, "detach"):
        return value.detach().numpy(force=True)
    return np.asarray(value)


def flat(result: Any) -> list[Any]:
    """The Tensors and numbers in a result, in order."""
    if isinstance(result, (tuple, list)):
        return [one for part in result for one in flat(part)]
    return [result]


def is_tensor(value: Any) -> bool:
    return hasattr(value, "requires_grad")


def to_library(library: ModuleType, array: Any, grads: bool) -> Any:
    """``array`` as a Tensor with the same order in memory; other things as they are."""
    if not isinstance(array, (np.ndarray, np.generic)):
        return array
    array = np.asarray(array)
    copy = np.empty_like(array)  # keeps the order of the axes, if not gaps
    copy[...] = array
    tensor = library.from_numpy(copy)
    return tensor.requires_grad_() if grads and array.dtype.kind == "f" else tensor


def assert_same(
    ours: Any, theirs: Any, what: str = "result", tolerance: float | None = None
) -> None:
    """Both are the same in kind, shape, dtype and value."""
    if not is_tensor(theirs):
        assert not is_tensor(ours), f"{what}: {ours!r} should be {theirs!r}"
        assert type(ours) is type(theirs), f"{what}: {ours!r} should be {theirs!r}"
        np.testing.assert_equal(ours, theirs, err_msg=what)
        return
    assert isinstance(ours, at.Tensor), f"{what}: {ours!r} should be {theirs!r}"
    assert isinstance(ours.array, np.ndarray), f"{what}: a bare NumPy scalar in a Tensor"
    mine, other = array_of(ours), array_of(theirs)
    assert mine.shape == other.shape, f"{what}: shape {mine.shape} should be {other.shape}"
    assert mine.dtype == other.dtype, f"{what}: dtype {mine.dtype} should be {other.dtype}"
    if mine.dtype.kind == "f":
        limit = TOLERANCES[mine.dtype.name] if tolerance is None else tolerance
        np.testing.assert_allclose(mine, other, rtol=limit, atol=limit, err_msg=what)
    else:
        np.testing.assert_array_equal(mine, other, err_msg=what)


def narrowed(values: Sequence[Any]) -> list[Any]:
    """``values`` with float64 arrays as float32."""
    return [
        one.astype(np.float32)
        if isinstance(one, (np.ndarray, np.generic)) and one.dtype == np.float64
        else one
        for one in values
    ]


def attempt(action: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return action(), None
    except Exception as error:
        return None, error


def compare(
    torch: ModuleType,
    function: Callable[..., Any],
    *arrays: Any,
    constants: Sequence[Any] = (),
    order: int = 2,
    tolerance: float | None = None,
) -> Any:
    """Runs ``function(library, *tensors, *constants)`` in both libraries and compares everything.

    Value, shape, dtype, ``requires_grad``, gradients, second derivatives (``order=2``); and where
    PyTorch raises, this library must raise too, with an error meant for the user.  ``constants``
    are Tensors too, but no gradients are wanted of them.
    """
    inputs, others = (
        [to_library(library, one, order > 0) for one in arrays]
        + [to_library(library, one, False) for one in constants]
        for library in (at, torch)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own; a warning of ours is an error below
        theirs, refused = attempt(lambda: function(torch, *others))
    ours, error = attempt(lambda: function(at, *inputs))
    if isinstance(refused, NotImplementedError):
        return None  # a kernel that PyTorch lacks is no rule
    if refused is not None:
        assert error is not None, f"PyTorch raises {refused!r}, but this gives {ours!r}"
        assert isinstance(error, REFUSALS), f"not an error for users: {error!r}"
        return error
    if error is not None:
        raise AssertionError(f"PyTorch gives {theirs!r}, but this raises {error!r}") from error
    pairs = list(zip(flat(ours), flat(theirs), strict=True))
    for number, (mine, other) in enumerate(pairs):
        assert_same(mine, other, f"output {number}", tolerance)
        if is_tensor(other):
            assert mine.requires_grad == other.requires_grad, f"output {number}: requires_grad"
    if order:
        compare_gradients(torch, pairs, inputs, others, order, tolerance)
    return ours


def agree(
    torch: ModuleType,
    function: Callable[..., Any],
    *arrays: np.ndarray,
    constants: Sequence[np.ndarray] = (),
    kind: str = "float64",
) -> None:
    """``compare`` of ``function(functions, *tensors, *constants)``, the floats of dtype ``kind``.

    ``functions`` are those of networks: ``nn.functional`` here and ``torch.nn.functional`` there.
    Unlike in ``compare``, a refusal is a failure.
    """

    def call(library: ModuleType, *tensors: Any) -> Any:
        return function(F if library is at else torch.nn.functional, *tensors)

    given, fixed = (
        [one.astype(kind) if one.dtype.kind == "f" else one for one in several]
        for several in (arrays, constants)
    )
    result = compare(torch, call, *given, constants=fixed)
    assert isinstance(result, at.Tensor), f"refused: {result!r}"


def compare_gradients(
    torch: ModuleType,
    pairs: Sequence[tuple[Any, Any]],
    inputs: Sequence[Any],
    others: Sequence[Any],
    order: int,
    tolerance: float | None = None,
) -> None:
    """Gradients of weighted outputs, then the gradients of weighted gradients.

    The first are taken twice: by the fast rules on arrays, and by those that record.  The second
    are also those by the weights, which are the gradients that come in.
    """
    generator = np.random.default_rng(7)
    wanted = [
        (f"input {position}", inputs[position], one)
        for position, one in enumerate(others)
        if is_tensor(one) and one.requires_grad
    ]
    for depth in range(1, order + 1):
        pairs = [pair for pair in pairs if is_tensor(pair[1]) and pair[1].requires_grad]
        if not pairs or not wanted:
            return
        more = depth < order
        weights = [
            np.asarray(generator.uniform(0.5, 1.5, other.shape)).astype(array_of(other).dtype)
            for _, other in pairs
        ]
        ours = [at.from_numpy(one).requires_grad_(more) for one in weights]
        theirs = [torch.from_numpy(one.copy()).requires_grad_(more) for one in weights]
        try:
            expected = torch.autograd.grad(
                [other for _, other in pairs],
                [other for _, _, other in wanted],
                theirs,
                create_graph=more,
                allow_unused=True,
                materialize_grads=True,
            )
        except RuntimeError as error:
            if "not implemented" in str(error):
                return  # a derivative that PyTorch lacks is no rule
            raise
        # Where PyTorch gives zeros that depend on something, a constant will do here.
        ready = [
            (pair[0], one) for pair, one in zip(pairs, ours, strict=True) if pair[0].requires_grad
        ]
        mine = [one for _, one, _ in wanted]
        for create_graph in (False, True) if more else (False,):
            found = (
                at.grad(
                    [output for output, _ in ready],
                    mine,
                    [one for _, one in ready],
                    retain_graph=more,
                    create_graph=create_graph,
                    allow_unused=True,
                    materialize_grads=True,
                )
                if ready
                else [at.zeros_like(one) for one in mine]
            )
            for (name, _, _), one, other in zip(wanted, found, expected, strict=True):
                limit = None if tolerance is None else tolerance * 10**depth
                if limit is None and one.array.dtype.kind == "f":
                    limit = TOLERANCES[one.array.dtype.name] * 10 ** (depth - 1)
                how = "recorded" if create_graph else "fast"
                assert_same(one, other, f"gradient {depth} of {name}, {how}", limit)
        pairs = list(zip(found, expected, strict=True))
        wanted += [
            (f"incoming gradient {number}", *both)
            for number, both in enumerate(zip(ours, theirs, strict=True))
        ]
