"""Are the derivatives right?  They are compared with differences of the function's values.

``gradcheck`` compares first derivatives, ``gradgradcheck`` the derivatives of those.  Both want
float64: a difference of float32 values has no digits left to compare.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autotensor.engine.backward import grad
from autotensor.engine.dtypes import float64
from autotensor.engine.modes import enable_grad
from autotensor.engine.tensor import Tensor, wrap

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A derivative differs from the difference quotient, or cannot be checked."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
) -> bool:
    """Whether ``backward`` through ``func`` agrees with ``(f(x + eps) - f(x - eps)) / (2 · eps)``.

    Every element of every input that requires grad is moved, one at a time, and every element of
    every output is compared: ``|analytic - numeric| <= atol + rtol · |numeric|``.

    Args:
        func: takes Tensors, gives a Tensor or several.  Must be deterministic.
        inputs: the arguments; those that require grad should be float64.
        eps: how far an element is moved to each side.
        atol, rtol: how much the two may differ, absolute and relative.
        raise_exception: raise where they differ; else return False.
        nondet_tol: how much two passes over the same inputs may differ.
        check_undefined_grad: with several outputs, check also that leaving some of them without a
            gradient is the same as giving them zeros.

    Raises:
        GradcheckError: what differs: function, input, position, output, both numbers.
        ValueError: no input requires grad.

    Example:
        >>> import autotensor as at
        >>> x = at.tensor([0.5, 2.0], dtype=at.float64, requires_grad=True)
        >>> at.gradcheck(lambda x: x.sin() * x, x)
        True
    """
    arguments = _as_tuple(inputs)
    try:
        moved = _differentiable(arguments, "gradcheck")
        outputs = _outputs(func, arguments)
        for number, output in enumerate(outputs):
            _check_output(func, arguments, moved, number, output, eps, atol, rtol, nondet_tol)
        if check_undefined_grad and len(outputs) > 1:
            _check_missing_gradients(func, arguments, moved)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
) -> bool:
    """``gradcheck`` of the derivatives of ``func``: are its second derivatives right?

    The gradients of ``func`` are differentiated with respect to the inputs and to the gradients
    that come in.

    Args:
        grad_outputs: those incoming gradients, one for each output; random ones without.
        gen_non_contig_grad_outputs: make the random ones non-contiguous.
        eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad: as for ``gradcheck``.
    """
    arguments = _as_tuple(inputs)
    moved = _differentiable(arguments, "gradgradcheck")
    if grad_outputs is None:
        generator = np.random.default_rng(0)
        incoming = tuple(
            _random_like(output, generator, gen_non_contig_grad_outputs)
            for output in _outputs(func, arguments)
        )
    else:
        incoming = tuple(one.detach().clone().requires_grad_() for one in _as_tuple(grad_outputs))

    def first_derivative(*given: Any) -> tuple[Tensor, ...]:
        with enable_grad():
            outputs = _outputs(func, given[: len(arguments)])
            wanted = [given[position] for position in moved]
            found = grad(
                outputs, wanted, given[len(arguments) :], create_graph=True, allow_unused=True
            )
        return tuple(one for one in found if one is not None)

    first_derivative.__name__ = f"the derivative of {_name(func)}"
    return gradcheck(
        first_derivative,
        (*arguments, *incoming),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
    )


# -- what is checked -------------------------------------------------------------------------------


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, Tensor) else tuple(value)


def _name(func: Callable[..., Any]) -> str:
    return getattr(func, "__name__", None) or type(func).__name__


def _differentiable(arguments: tuple[Any, ...], caller: str) -> list[int]:
    """The positions of the arguments to move; refuses those whose elements share memory."""
    moved = [
        position
        for position, one in enumerate(arguments)
        if isinstance(one, Tensor) and one.requires_grad
    ]
    if not moved:
        raise ValueError(
            f"{caller}: expects at least one input with requires_grad=True, or there is nothing "
            "to check"
        )
    for position in moved:
        tensor = arguments[position]
        if tensor.dtype != float64:
            warnings.warn(
                f"{caller}: input {position} requires grad and is of dtype {tensor.dtype}, not "
                "float64; differences are too coarse there and the check will likely fail",
                stacklevel=3,
            )
        strides = zip(tensor.array.strides, tensor.shape, strict=True)
        if tensor.numel() and any(step == 0 and size > 1 for step, size in strides):
            raise GradcheckError(
                f"{caller}: elements of input {position} (shape {tensor.shape}) share memory, so "
                "that one cannot be moved without the others; pass input.clone()"
            )
    return moved


def _outputs(func: Callable[..., Any], arguments: tuple[Any, ...]) -> list[Tensor]:
    """What ``func`` gives that can be differentiated."""
    with enable_grad():
        results = func(*arguments)
    results = [results] if isinstance(results, Tensor) else list(results)
    for result in results:
        if not isinstance(result, Tensor):
            raise TypeError(
                f"{_name(func)} must give a Tensor or several, got {type(result).__name__}"
            )
    return [one for one in results if one.requires_grad]


def _random_like(output: Tensor, generator: np.random.Generator, apart: bool) -> Tensor:
    shape = (*output.shape, 2) if apart else output.shape
    array = np.asarray(generator.standard_normal(shape)).astype(output.dtype)
    # Last but not least, every second element: so the ones used have gaps between them.
    return wrap(array[..., 0] if apart else array).requires_grad_()


# -- the comparison --------------------------------------------------------------------------------


def _check_output(
    func: Callable[..., Any],
    arguments: tuple[Any, ...],
    moved: list[int],
    number: int,
    output: Tensor,
    eps: float,
    atol: float,
    rtol: float,
    nondet_tol: float,
) -> None:
    """Compares all derivatives of one output."""
    analytic = _analytic(func, arguments, moved, number)
    again = _analytic(func, arguments, moved, number)
    for at, position in enumerate(moved):
        difference = np.abs(analytic[at] - again[at])
        if difference.size and not (difference.max() <= nondet_tol or np.isnan(difference).all()):
            raise GradcheckError(
                f"{_name(func)} is not deterministic: two backward passes over the same inputs "
                f"give gradients of input {position} that differ by {difference.max():.3g} "
                f"(nondet_tol {nondet_tol})"
            )
        columns = _differences(func, arguments, position, number, eps)
        for element, numeric in columns:
            found = analytic[at][(..., *element)].reshape(output.shape)
            # Equal infinities and NaN on both sides agree.
            agree = np.isclose(found, numeric, rtol, atol, equal_nan=True)
            if agree.all():
                continue
            where = tuple(int(one) for one in np.argwhere(~agree)[0])
            raise GradcheckError(
                f"{_name(func)}: output {number} (shape {output.shape}, made by {output.grad_fn}) "
                f"has a wrong derivative by input {position} (shape {arguments[position].shape}): "
                f"d output{list(where)} / d input{list(element)} is {found[where]:.8g} according "
                f"to backward, but {numeric[where]:.8g} according to differences"
            )


def _analytic(
    func: Callable[..., Any], arguments: tuple[Any, ...], moved: list[int], number: int
) -> list[Any]:
    """For each moved input an array (elements of the output, *shape of the input)."""
    output = _outputs(func, arguments)[number]
    inputs = [arguments[position] for position in moved]
    rows: list[list[np.ndarray]] = [[] for _ in moved]
    for element in np.ndindex(output.shape):
        seed = np.zeros(output.shape, output.dtype)
        seed[element] = 1
        found = grad(
            output, inputs, wrap(seed), retain_graph=True, allow_unused=True, materialize_grads=True
        )
        for row, gradient, source in zip(rows, found, inputs, strict=True):
            assert gradient is not None
            if gradient.dtype != source.dtype:
                raise GradcheckError(
                    f"{_name(func)}: a gradient has dtype {gradient.dtype}, "
                    f"its input {source.dtype}"
                )
            row.append(gradient.array)
    return [
        np.array(row).reshape(output.array.size, *source.shape)
        for row, source in zip(rows, inputs, strict=True)
    ]


def _differences(
    func: Callable[..., Any], arguments: tuple[Any, ...], position: int, number: int, eps: float
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """For each element of one input, the central difference of one output."""
    # A copy with the strides of the original: they may be what is to be tested.
    source = arguments[position]
    array = np.copy(source.array, order="K") if source.is_contiguous() else _with_gaps(source.array)
    probe = wrap(array).requires_grad_()
    given = (*arguments[:position], probe, *arguments[position + 1 :])

    def value() -> np.ndarray:
        # A func that differentiates records for itself; _outputs lets it.
        return _outputs(func, given)[number].array.astype(np.float64)

    for element in np.ndindex(array.shape):
        here = array[element]
        array[element] = here + eps
        above = value()
        array[element] = here - eps
        below = value()
        array[element] = here
        yield element, (above - below) / (2 * eps)


def _with_gaps(array: np.ndarray) -> np.ndarray:
    """A copy of ``array`` that is not contiguous either."""
    return np.stack([array, array], axis=-1)[..., 0]


def _check_missing_gradients(
    func: Callable[..., Any], arguments: tuple[Any, ...], moved: list[int]
) -> None:
    """Leaving an output without a gradient must be the same as giving it zeros."""
    inputs = [arguments[position] for position in moved]
    count = len(_outputs(func, arguments))
    for left_out in range(count):

        def gradients(*, zeros: bool, left_out: int = left_out) -> tuple[Tensor | None, ...]:
            outputs = _outputs(func, arguments)
            seeds = [wrap(np.ones_like(one.array)) for one in outputs]
            if zeros:
                seeds[left_out] = wrap(np.zeros_like(outputs[left_out].array))
            else:
                del outputs[left_out], seeds[left_out]
            return grad(outputs, inputs, seeds, allow_unused=True, materialize_grads=True)

        pairs = zip(moved, gradients(zeros=True), gradients(zeros=False), strict=True)
        for position, given, missing in pairs:
            assert given is not None
            assert missing is not None
            if not np.allclose(given.array, missing.array, equal_nan=True):
                raise GradcheckError(
                    f"{_name(func)}: the gradient of input {position} changes when output "
                    f"{left_out} is given no gradient instead of zeros"
                )
