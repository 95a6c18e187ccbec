"""Are the derivatives right?  They are compared with differences of the function's values.

``gradcheck`` compares first derivatives, ``gradgradcheck`` the derivatives of those.  Both want
float64: a difference of float32 values has no digits left to compare.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autotensor.engine.backward import as_list, grad
from autotensor.engine.dtypes import float64
from autotensor.engine.modes import enable_grad
from autotensor.engine.tensor import Tensor, wrap

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(RuntimeError):
    """A derivative differs from the difference quotient, or cannot be checked.

    Example:

        >>> class Wrong(at.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         return 3 * x
        ...
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         return 2 * g
        >>> x = at.ones(1, dtype=at.float64, requires_grad=True)
        >>> try:
        ...     at.autograd.gradcheck(Wrong.apply, x)
        ... except at.GradcheckError as error:
        ...     print("is 2 according to backward" in str(error))
        True
    """


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
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
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
        check_grad_dtypes, fast_mode: without effect: dtypes are always checked, and every element.
        check_batched_grad, masked: without effect: here batches of gradients are a loop, and
            nothing is sparse.
        check_forward_ad, check_batched_forward_grad: refused, for there is no forward mode.
        check_backward_ad: True, or there would be nothing to check.

    Raises:
        GradcheckError: what differs: function, input, position, output, both numbers; or no output
            requires grad, but they depend on the inputs; or an output changes its shape.
        ValueError: no input requires grad; a check that there is not.

    Example:
        >>> import autotensor as at
        >>> x = at.tensor([0.5, 2.0], dtype=at.float64, requires_grad=True)
        >>> at.gradcheck(lambda x: x.sin() * x, x)
        True
    """
    _need_backward_mode(
        "gradcheck",
        check_forward_ad=(check_forward_ad, False),
        check_batched_forward_grad=(check_batched_forward_grad, False),
        check_backward_ad=(check_backward_ad, True),
    )
    check = _Check(func, as_list(inputs), "gradcheck")
    try:
        check.need_memory_of_their_own()
        outputs = check.outputs()
        if not outputs:
            check.need_constants(eps)
        for number, output in enumerate(outputs):
            check.compare(number, output, eps, atol, rtol, nondet_tol)
        if check_undefined_grad and len(outputs) > 1:
            check.compare_missing_gradients()
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _need_backward_mode(caller: str, **settings: tuple[bool, bool]) -> None:
    """Refuses settings, (given, wanted) by name, that ask for forward mode, or for no backward."""
    for name, (given, wanted) in settings.items():
        if bool(given) is not wanted:
            raise ValueError(
                f"{caller}: {name} must be {wanted}, got {given!r}: what is checked are "
                "derivatives by backward, and there is no forward mode"
            )


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
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """``gradcheck`` of the derivatives of ``func``: are its second derivatives right?

    The gradients of ``func`` are differentiated with respect to the inputs and to the gradients
    that come in.

    The inputs are best float64.

    Args:
        grad_outputs: those incoming gradients, one for each output; random ones without.
        gen_non_contig_grad_outputs: make the random ones non-contiguous.
        eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes,
            check_batched_grad, fast_mode, masked: as for ``gradcheck``.
        check_fwd_over_rev: refused, for there is no forward mode.
        check_rev_over_rev: True, or there would be nothing to check.

    Raises:
        GradcheckError: a second derivative is wrong, unless ``raise_exception`` is False.
        ValueError: a check that there is not.

    Example:

        >>> x = at.tensor([1.0, 2.0], dtype=at.float64, requires_grad=True)
        >>> at.autograd.gradgradcheck(lambda x: x.exp() * x, x)
        True
    """
    _need_backward_mode(
        "gradgradcheck",
        check_fwd_over_rev=(check_fwd_over_rev, False),
        check_rev_over_rev=(check_rev_over_rev, True),
    )
    arguments = as_list(inputs)
    check = _Check(func, arguments, "gradgradcheck")
    check.need_memory_of_their_own()
    if grad_outputs is None:
        generator = np.random.default_rng(0)
        incoming = tuple(
            _random_like(output, generator, gen_non_contig_grad_outputs)
            for output in check.outputs()
        )
    else:
        incoming = tuple(one.detach().clone().requires_grad_() for one in as_list(grad_outputs))

    def first_derivative(*given: Any) -> tuple[Tensor, ...]:
        with enable_grad():
            outputs = check.outputs(given[: len(arguments)])
            wanted = [given[position] for position in check.moved]
            seeds = given[len(arguments) :]
            found = grad(outputs, wanted, seeds, create_graph=True, allow_unused=True)
        return tuple(one for one in found if one is not None)

    first_derivative.__name__ = f"the derivative of {check.name}"
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


def _random_like(output: Tensor, generator: np.random.Generator, apart: bool) -> Tensor:
    shape = (*output.shape, 2) if apart else output.shape
    array = np.asarray(generator.standard_normal(shape)).astype(output.dtype)
    # Last but not least, every second element: so the ones used have gaps between them.
    return wrap(array[..., 0] if apart else array).requires_grad_()


class _Check:
    """A function, its arguments, and which of these are moved: those that require grad."""

    def __init__(self, func: Callable[..., Any], arguments: Sequence[Any], caller: str) -> None:
        self.func = func
        self.name = getattr(func, "__name__", None) or type(func).__name__
        self.arguments = arguments
        self.caller = caller
        self.moved = [
            position
            for position, one in enumerate(arguments)
            if isinstance(one, Tensor) and one.requires_grad
        ]
        self.inputs: list[Tensor] = [arguments[position] for position in self.moved]
        if not self.moved:
            raise ValueError(
                f"{caller}: expects at least one input with requires_grad=True, or there is "
                "nothing to check"
            )

    def need_memory_of_their_own(self) -> None:
        """Refuses inputs whose elements share memory; warns where differences are too coarse."""
        for position, tensor in zip(self.moved, self.inputs, strict=True):
            if tensor.dtype != float64:
                warnings.warn(
                    f"{self.caller}: input {position} requires grad and is of dtype "
                    f"{tensor.dtype}, not float64; differences are too coarse there and the check "
                    "will likely fail",
                    stacklevel=4,
                )
            strides = zip(tensor.array.strides, tensor.shape, strict=True)
            if tensor.numel() and any(step == 0 and size > 1 for step, size in strides):
                raise GradcheckError(
                    f"{self.caller}: elements of input {position} (shape {tensor.shape}) share "
                    "memory, so that one cannot be moved without the others; pass input.clone()"
                )

    def outputs(self, arguments: Sequence[Any] | None = None) -> list[Tensor]:
        """What the function gives that can be differentiated."""
        return [one for one in self.results(arguments) if one.requires_grad]

    def results(self, arguments: Sequence[Any] | None = None) -> list[Tensor]:
        """What the function gives."""
        with enable_grad():
            results = as_list(self.func(*(self.arguments if arguments is None else arguments)))
        for result in results:
            if not isinstance(result, Tensor):
                raise TypeError(
                    f"{self.name} must give a Tensor or several, got {type(result).__name__}"
                )
        return list(results)

    def need_constants(self, eps: float) -> None:
        """Refuses results that depend on the inputs, where none of them requires grad."""
        for number, result in enumerate(self.results()):
            for position in self.moved if result.is_floating_point() else ():
                for element, numeric in self.differences(position, number, eps, self.results):
                    if (numeric != 0).any():
                        where = tuple(int(one) for one in np.argwhere(numeric != 0)[0])
                        raise GradcheckError(
                            f"{self.name}: no output requires grad, but output {number} (shape "
                            f"{result.shape}) depends on input {position}: d output{list(where)} / "
                            f"d input{list(element)} is {numeric[where]:.8g} according to "
                            "differences; does the function use detach() or item()?"
                        )

    def compare(
        self, number: int, output: Tensor, eps: float, atol: float, rtol: float, nondet: float
    ) -> None:
        """Compares all derivatives of one output."""
        analytic, again = self.analytic(number), self.analytic(number)
        for at, position in enumerate(self.moved):
            difference = np.abs(analytic[at] - again[at])
            if difference.size and not (difference.max() <= nondet or np.isnan(difference).all()):
                raise GradcheckError(
                    f"{self.name} is not deterministic: two backward passes over the same inputs "
                    f"give gradients of input {position} that differ by {difference.max():.3g} "
                    f"(nondet_tol {nondet})"
                )
            for element, numeric in self.differences(position, number, eps, self.outputs):
                found = analytic[at][(..., *element)].reshape(output.shape)
                # Equal infinities and NaN on both sides agree.
                agree = np.isclose(found, numeric, rtol, atol, equal_nan=True)
                if agree.all():
                    continue
                where = tuple(int(one) for one in np.argwhere(~agree)[0])
                raise GradcheckError(
                    f"{self.name}: output {number} (shape {output.shape}, made by "
                    f"{output.grad_fn}) has a wrong derivative by input {position} (shape "
                    f"{self.inputs[at].shape}): d output{list(where)} / d input{list(element)} is "
                    f"{found[where]:.8g} according to backward, but {numeric[where]:.8g} according "
                    "to differences"
                )

    def analytic(self, number: int) -> list[Any]:
        """For each moved input an array (elements of the output, *shape of the input)."""
        output = self.outputs()[number]
        rows: list[list[np.ndarray]] = [[] for _ in self.moved]
        for element in np.ndindex(output.shape):
            seed = np.zeros(output.shape, output.dtype)
            seed[element] = 1
            gradients = self.gradients(output, wrap(seed))
            for row, gradient, source in zip(rows, gradients, self.inputs, strict=True):
                if gradient.dtype != source.dtype:
                    raise GradcheckError(
                        f"{self.name}: a gradient has dtype {gradient.dtype}, "
                        f"its input {source.dtype}"
                    )
                row.append(gradient.array)
        pairs = zip(rows, self.inputs, strict=True)
        return [np.array(row).reshape(output.array.size, *source.shape) for row, source in pairs]

    def gradients(self, outputs: Any, seeds: Any) -> tuple[Any, ...]:
        return grad(outputs, self.inputs, seeds, True, allow_unused=True, materialize_grads=True)

    def differences(
        self, position: int, number: int, eps: float, give: Callable[[], list[Tensor]]
    ) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """For each element of one input, the central difference of one of the Tensors that
        ``give`` gives."""
        # In its own memory: a func may reach it without being given it, as a model its parameters.
        array = self.arguments[position].array
        shapes = [one.shape for one in give()]

        def value() -> np.ndarray:
            # A func that differentiates records for itself; outputs lets it.
            given = give()
            found = [one.shape for one in given]
            if found != shapes:
                raise GradcheckError(
                    f"{self.name}: the shapes of the outputs change from {shapes} to {found} when "
                    f"input{list(element)} of input {position} is moved by {eps:g}"
                )
            return given[number].array.astype(np.float64)

        for element in np.ndindex(array.shape):
            here = array[element]
            try:
                array[element] = here + eps
                above = value()
                array[element] = here - eps
                below = value()
            finally:
                array[element] = here
            yield element, (above - below) / (2 * eps)

    def compare_missing_gradients(self) -> None:
        """Leaving an output without a gradient must be the same as giving it zeros."""
        for left_out in range(len(self.outputs())):
            outputs = self.outputs()
            seeds = [wrap(np.ones_like(one.array)) for one in outputs]
            seeds[left_out] = wrap(np.zeros_like(outputs[left_out].array))
            given = self.gradients(outputs, seeds)
            del outputs[left_out], seeds[left_out]
            missing = self.gradients(outputs, seeds)
            for position, one, other in zip(self.moved, given, missing, strict=True):
                if not np.allclose(one.array, other.array, equal_nan=True):
                    raise GradcheckError(
                        f"{self.name}: the gradient of input {position} changes when output "
                        f"{left_out} is given no gradient instead of zeros"
                    )
