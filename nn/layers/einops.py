"""The layers of ``einops``: ``Rearrange``, ``Reduce`` and ``EinMix``, for patterns within a model.

Each needs the package ``einops``: ``pip install 'autotensor[einops]'``.  Its functions, such as
``einops.rearrange``, take Tensors as they are.  ``from einops.layers.autotensor import Rearrange``
finds this module as well.
"""

from __future__ import annotations

from typing import Any

import autotensor as at
from autotensor import Parameter, Tensor
from autotensor.extend import import_extra
from nn.init import uniform_
from nn.module import Module

__all__ = ["EinMix", "Rearrange", "Reduce"]


class Rearrange(Module):
    """``einops.rearrange`` with a pattern that stays::

        Rearrange("b c h w -> b (c h w)")

    Args:
        pattern: see ``einops``.
        axes_lengths: lengths of axes in the pattern, by name.

    Raises:
        ImportError: ``einops`` is not installed.
        einops.EinopsError: a pattern that makes no sense; in ``forward``, an input that it does not
            fit.
    """

    def __init__(self, pattern: str, **axes_lengths: int) -> None:
        super().__init__()
        self.pattern = pattern
        self.axes_lengths = axes_lengths
        # Theirs finds what is wrong with the pattern, whatever the input.
        import_extra("einops.layers", "einops", "Rearrange").RearrangeMixin(pattern, **axes_lengths)

    def forward(self, input: Tensor) -> Tensor:
        return import_extra("einops", "einops", "Rearrange").rearrange(
            input, self.pattern, **self.axes_lengths
        )

    def extra_repr(self) -> str:
        return _shown(repr(self.pattern), self.axes_lengths)


class Reduce(Module):
    """``einops.reduce`` with a pattern that stays: ``Reduce("b c (h 2) (w 2) -> b c h w", "max")``.

    Args:
        pattern: see ``einops``.
        reduction: ``"min"``, ``"max"``, ``"sum"``, ``"mean"``, ``"prod"``, ``"any"`` or ``"all"``.
        axes_lengths: lengths of axes in the pattern, by name.

    Raises:
        ImportError: ``einops`` is not installed.
        einops.EinopsError: as with ``Rearrange``.
    """

    def __init__(self, pattern: str, reduction: str, **axes_lengths: int) -> None:
        super().__init__()
        self.pattern = pattern
        self.reduction = reduction
        self.axes_lengths = axes_lengths
        import_extra("einops.layers", "einops", "Reduce").ReduceMixin(
            pattern, reduction, **axes_lengths
        )

    def forward(self, input: Tensor) -> Tensor:
        return import_extra("einops", "einops", "Reduce").reduce(
            input, self.pattern, self.reduction, **self.axes_lengths
        )

    def extra_repr(self) -> str:
        return _shown(f"{self.pattern!r}, {self.reduction!r}", self.axes_lengths)


class EinMix(Module):
    """A product with weights, both by pattern: a linear layer, of each head, over channels, ...::

        EinMix("b t (h i) -> b t (h o)", "h i o", bias_shape="h o", h=8, i=16, o=16)

    Args:
        pattern: axes of the input and the output.
        weight_shape: axes of the weight.
        bias_shape: axes of the bias; None for no bias.
        axes_lengths: the length of each axis of the weight and the bias, by name.

    Attributes:
        weight, bias: uniform between ``±√(3 / n)`` and ``±√(1 / n)``, ``n`` being how many inputs
            an output is made of.

    Raises:
        ImportError: ``einops`` is not installed.
        einops.EinopsError: as with ``Rearrange``.
    """

    def __init__(
        self, pattern: str, weight_shape: str, bias_shape: str | None = None, **axes_lengths: int
    ) -> None:
        super().__init__()
        self.pattern = pattern
        self.weight_shape = weight_shape
        self.bias_shape = bias_shape
        self.axes_lengths = axes_lengths
        plan = _plan_of(pattern, weight_shape, bias_shape, axes_lengths)
        self.einsum_pattern: str = plan.einsum_pattern
        self.pre_rearrange, self.post_rearrange = (
            None if before is None else Rearrange(before, **lengths)
            for before, lengths in plan.around
        )
        (shape, bound), (shape_of_bias, bound_of_bias) = plan.parameters
        self.weight = Parameter(uniform_(at.empty(shape), -bound, bound))
        self.bias = None
        if shape_of_bias is not None:
            self.bias = Parameter(uniform_(at.empty(shape_of_bias), -bound_of_bias, bound_of_bias))

    def forward(self, input: Tensor) -> Tensor:
        if self.pre_rearrange is not None:
            input = self.pre_rearrange(input)
        output = at.einsum(self.einsum_pattern, input, self.weight)
        if self.bias is not None:
            output = output + self.bias
        return output if self.post_rearrange is None else self.post_rearrange(output)

    def extra_repr(self) -> str:
        axes = (self.pattern, self.weight_shape, self.bias_shape)
        shown = ", ".join(repr(one) for one in axes if one is not None)
        return _shown(shown, self.axes_lengths)


def _plan_of(
    pattern: str, weight_shape: str, bias_shape: str | None, axes_lengths: dict[str, int]
) -> Any:
    """What ``einops`` makes of the arguments of ``EinMix``: it tells its frameworks' layers."""
    its_own = import_extra("einops.layers._einmix", "einops", "EinMix")

    class Plan(its_own._EinmixMixin):  # type: ignore[name-defined]  # imported by name
        def _create_rearrange_layers(
            self, before: str | None, its: Any, after: str | None, and_its: Any
        ) -> None:
            self.around = (before, its), (after, and_its)

        def _create_parameters(
            self, shape: Any, bound: float, shape_of_bias: Any, bound_of_bias: float
        ) -> None:
            self.parameters = (shape, bound), (shape_of_bias, bound_of_bias)

    return Plan(pattern, weight_shape, bias_shape, **axes_lengths)


def _shown(settings: str, axes_lengths: dict[str, int]) -> str:
    return ", ".join([settings, *(f"{axis}={length}" for axis, length in axes_lengths.items())])
