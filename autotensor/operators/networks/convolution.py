"""Convolution and transposed convolution in 1, 2 and 3 dimensions, in groups, with dilation.

Three operators are each other's derivatives: the convolution ``y = C(x, w)``; the transposed
convolution ``T(g, w)``, its VJP by the input ``x``; and ``V(x, g)``, its VJP by the weight ``w``.
All three are linear in both arguments, so the derivative of each by either is one of the other two.
How they are computed, by im2col and products of matrices, stands in ``kernels.convolution``.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from autotensor.engine import dtypes
from autotensor.engine.operator import operator
from autotensor.kernels.convolution import Geometry, convolve, input_gradient, weight_gradient
from autotensor.kernels.windows import KEPT
from autotensor.operators.arguments import as_batch, keys_of, need_tensor, numbers
from autotensor.operators.faces import face
from autotensor.operators.structure.copying import computed_in_float32
from autotensor.remedies import unlike_dtypes

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
]  # fmt: skip

# -- the three operators ---------------------------------------------------------------------------


@computed_in_float32
@operator(
    input=lambda g, weight, shape, geometry: _conv_transpose(g, weight, shape[2:], geometry),
    weight=lambda g, input, kernel, geometry: _conv_weight(input, g, kernel, geometry),
    bias=lambda g: g.sum((0, *range(2, g.ndim))),
)
def _conv(input: Any, weight: Any, bias: Any, geometry: Any, kernel: Any) -> Any:
    """``C(input, weight) + bias``.

    d input = conv_transpose(g, weight), d weight = conv_weight(input, g), d bias = Σ g: over all
    but the channels.
    """
    return convolve(input, weight, bias, geometry)


@operator(
    input=lambda g, weight, geometry: _conv(g, weight, None, geometry, weight.shape[2:]),
    weight=lambda g, input, weight, geometry: _conv_weight(g, input, weight.shape[2:], geometry),
)
def _conv_transpose(input: Any, weight: Any, sizes: Any, geometry: Any) -> Any:
    """``T(input, weight)``.  d input = conv(g, weight), d weight = conv_weight(g, input)."""
    return input_gradient(input, weight, sizes, geometry)


@operator(
    input=lambda g, other, shape, geometry: _conv_transpose(other, g, shape[2:], geometry),
    other=lambda g, input, kernel, geometry: _conv(input, g, None, geometry, kernel),
)
def _conv_weight(input: Any, other: Any, kernel: Any, geometry: Any) -> Any:
    """``V(input, other)``.  d input = conv_transpose(other, g), d other = conv(input, g)."""
    return weight_gradient(input, other, kernel, geometry)


# -- their public faces ----------------------------------------------------------------------------


_Facts = namedtuple("_Facts", "name ndim input weight bias kinds")
"""Shapes of what is convolved, and the dtypes: what follows from them is remembered by them."""


def _facts_of(name: str, ndim: int, input: Any, weight: Any, bias: Any) -> _Facts:
    x, w = need_tensor(input, name), need_tensor(weight, name, "weight")
    shapes, kinds = (x.shape, w.shape), (x.dtype, w.dtype)
    if bias is None:
        return _Facts(name, ndim, *shapes, None, kinds)
    b = need_tensor(bias, name, "bias")
    return _Facts(name, ndim, *shapes, b.shape, (*kinds, b.dtype))


def _need_weight(facts: _Facts, groups: Any) -> None:
    name, ndim, _, weight, _, kinds = facts
    if len(set(kinds)) > 1:
        raise unlike_dtypes(name, **dict(zip(("input", "weight", "bias"), kinds, strict=False)))
    if kinds[0] == dtypes.bool:
        raise RuntimeError(f"{name}: expected numbers, got dtype bool; convert with .float()")
    if len(weight) != ndim + 2:
        raise RuntimeError(f"{name}: weight must have {ndim + 2} dimensions, got shape {weight}")
    if not weight[0] or 0 in weight[2:]:
        raise RuntimeError(
            f"{name}: weight must have at least one first channel and one position in every "
            f"dimension, got shape {weight}"
        )
    if isinstance(groups, bool) or not isinstance(groups, int) or groups < 1:
        raise ValueError(f"{name}: groups must be a positive int, got {groups!r}")
    if weight[0] % groups:
        raise ValueError(
            f"{name}: the {weight[0]} first channels of weight {weight} cannot be divided into "
            f"{groups} groups"
        )


def _remedy(facts: _Facts, channels: int) -> str:
    """What to do about an input whose channels, of which there should be so many, stand elsewhere
    or nowhere."""
    if channels == 1 and facts.input[0] == 1:
        return "; if these are samples without channels: .unsqueeze(1)"
    if facts.input[-1] == channels:
        order = (0, facts.ndim + 1, *range(1, facts.ndim + 1))
        return f"; channels come second: .permute{order}"
    return ""


def _need_channels(facts: _Facts, inputs: int, outputs: int, expects: str) -> None:
    """Refuses an input or a bias that does not have the channels of weight."""
    if facts.input[1] != inputs:
        raise RuntimeError(
            f"{facts.name}: input has {facts.input[1]} channels but weight expects {expects} "
            f"(input shape {facts.input}, weight shape {facts.weight}){_remedy(facts, inputs)}"
        )
    if facts.bias is not None and facts.bias != (outputs,):
        raise RuntimeError(
            f"{facts.name}: bias must have shape ({outputs},), one for each output channel, got "
            f"{facts.bias}"
        )
    if 0 in facts.input[2:]:
        raise RuntimeError(
            f"{facts.name}: every dimension of input but batch and channels must have at least one "
            f"position, got shape {facts.input}"
        )


def _pads_of(
    padding: Any, kernel: Sequence[int], stride: Any, dilation: tuple[int, ...], name: str
) -> tuple[tuple[int, int], ...]:
    ndim = len(kernel)
    if padding == "valid":
        return ((0, 0),) * ndim
    if padding == "same":
        if max(stride) > 1:
            raise RuntimeError(f"{name}: padding='same' needs stride 1, got stride {stride}")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str):
        raise ValueError(f"{name}: padding must be 'same', 'valid' or ints, got {padding!r}")
    return tuple((one, one) for one in numbers(padding, ndim, name, "padding", 0))


@lru_cache(maxsize=KEPT, typed=True)  # typed, because True is no number of groups
def _plan(facts: _Facts, stride: Any, padding: Any, dilation: Any, groups: Any) -> Geometry:
    """What all that is given comes to, checked; a net asks for the same few at every step."""
    _need_weight(facts, groups)
    name, ndim, input, (outputs, each, *kernel), _, _ = facts
    steps = numbers(stride, ndim, name, "stride", 1)
    spread = numbers(dilation, ndim, name, "dilation", 1)
    geometry = Geometry(steps, _pads_of(padding, kernel, steps, spread, name), spread, groups)
    expects = f"{each}" if groups == 1 else f"{each} × {groups} groups"
    _need_channels(facts, each * groups, outputs, expects)
    geometry.windows(input[2:], kernel).check(name, input)
    return geometry


def _convolution(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1, *, name: str = "", ndim: int = 2,
) -> Any:  # fmt: skip
    input, batched = as_batch(input, ndim, name)
    facts = _facts_of(name, ndim, input, weight, bias)
    geometry = _plan(facts, *keys_of(stride, padding, dilation, groups))
    out = _conv(input, weight, bias, geometry, facts.weight[2:])
    return out if batched else out.squeeze(0)


@face(_convolution, ndim=1)
def conv1d() -> Any:
    """Cross-correlation over one dimension: ``(N, C, L)`` or ``(C, L)``, ``(O, C/groups, K)``.

    See ``conv2d``.

    Args, errors and derivatives are those of ``conv2d``; the result is ``(N, O, L')``.

    Example:

        >>> x = at.tensor([[[1.0, 2.0, 4.0, 8.0]]])
        >>> F.conv1d(x, at.tensor([[[-1.0, 1.0]]]))  # differences of neighbours
        tensor([[[1., 2., 4.]]])
        >>> F.conv1d(x, at.ones(1, 1, 3), padding="same")
        tensor([[[ 3.,  7., 14., 12.]]])
    """


@face(_convolution, ndim=2)
def conv2d() -> Any:
    """Cross-correlation over two dimensions, what networks call a convolution.

    ``y[n, o, i, j] = b[o] + Σ_{c, k, l} x[n, c, i·s + k·d - p, j·s + l·d - p] · w[o, c, k, l]``

    Args:
        input: ``(N, C, H, W)`` or ``(C, H, W)``.
        weight: ``(O, C/groups, K_h, K_w)``.
        bias: ``(O)`` or None.
        stride, dilation: an int or one for each dimension, at least 1.
        padding: zeros around the input: an int, one for each dimension, ``'valid'`` for none, or
            ``'same'`` (stride 1) for as many outputs as inputs.
        groups: the channels are cut into so many groups that do not see each other.

    Returns:
        ``(N, O, H', W')`` with ``H' = ⌊(H + 2p - d·(K_h - 1) - 1) / s⌋ + 1``, and W' likewise.
        Unlike PyTorch's it lies in memory with the batch innermost, so ``is_contiguous()`` is
        False; ``view`` works all the same.

    d input = conv_transpose2d(g, weight), d weight = conv_weight(input, g), d bias = Σ g: over all
    but the channels.  The gradient of ``weight[o, c, k, l]`` is
    ``Σ_{n, i, j} g[n, o, i, j] · x[n, c, i·s + k·d - p, j·s + l·d - p]``.

    Raises:
        RuntimeError: shapes, channels or dtypes that do not fit; a window larger than the input.

    Example:

        >>> image = at.tensor([[[[0.0, 0.0, 9.0], [0.0, 0.0, 9.0], [0.0, 0.0, 9.0]]]])
        >>> edge = at.tensor([[[[-1.0, 1.0], [-1.0, 1.0]]]], requires_grad=True)
        >>> F.conv2d(image, edge).tolist()  # finds the edge on the right
        [[[[0.0, 18.0], [0.0, 18.0]]]]
        >>> F.conv2d(image, edge)[0, 0, 0, 1].backward()  # the patch that was seen there
        >>> edge.grad
        tensor([[[[0., 9.],
                  [0., 9.]]]])
        >>> F.conv2d(at.ones(8, 3, 32, 32), at.ones(16, 3, 5, 5), stride=2, padding=2).shape
        torch.Size([8, 16, 16, 16])
    """


@face(_convolution, ndim=3)
def conv3d() -> Any:
    """Cross-correlation over three: ``(N, C, D, H, W)``, ``(O, C/groups, K_d, K_h, K_w)``.

    See ``conv2d``.

    Example:

        >>> x = at.ones(1, 1, 4, 4, 4)
        >>> F.conv3d(x, at.ones(1, 1, 2, 2, 2), stride=2)[0, 0, 0]  # sums of 2 × 2 × 2
        tensor([[8., 8.],
                [8., 8.]])
        >>> F.conv3d(at.ones(2, 3, 8, 16, 16), at.ones(5, 3, 3, 3, 3), padding=1).shape
        torch.Size([2, 5, 8, 16, 16])
    """


@lru_cache(maxsize=KEPT, typed=True)
def _transposed_plan(
    facts: _Facts, stride: Any, padding: Any, output_padding: Any, groups: Any, dilation: Any
) -> tuple[tuple[int, ...], Geometry]:
    """As ``_plan``; first the sizes of the output."""
    _need_weight(facts, groups)
    name, ndim, input, (inputs, each, *kernel), _, _ = facts
    steps = numbers(stride, ndim, name, "stride", 1)
    pads = numbers(padding, ndim, name, "padding", 0)
    extra = numbers(output_padding, ndim, name, "output_padding", 0)
    spread = numbers(dilation, ndim, name, "dilation", 1)
    if any(e >= max(s, d) for e, s, d in zip(extra, steps, spread, strict=True)):
        raise RuntimeError(
            f"{name}: output_padding {extra} must be smaller than stride {steps} or dilation "
            f"{spread}"
        )
    _need_channels(facts, inputs, each * groups, f"{inputs}")
    along = zip(input[2:], steps, pads, spread, kernel, extra, strict=True)
    sizes = tuple((n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, s, p, d, k, e in along)
    if min(sizes) < 1:
        raise RuntimeError(
            f"{name}: nothing is left of an input of shape {input}: output size {sizes}"
        )
    # What output_padding adds is what padding at that end would have cut off.
    cut = tuple((p, p - e) for p, e in zip(pads, extra, strict=True))
    return sizes, Geometry(steps, cut, spread, groups)


@computed_in_float32
def _transposed_and_bias(input: Any, weight: Any, bias: Any, sizes: Any, geometry: Geometry) -> Any:
    out = _conv_transpose(input, weight, sizes, geometry)
    return out if bias is None else out + bias.reshape(-1, *(1,) * len(sizes))


def _transposed(
    input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1, *, name: str = "", ndim: int = 2,
) -> Any:  # fmt: skip
    input, batched = as_batch(input, ndim, name)
    facts = _facts_of(name, ndim, input, weight, bias)
    keys = keys_of(stride, padding, output_padding, groups, dilation)
    sizes, geometry = _transposed_plan(facts, *keys)
    out = _transposed_and_bias(input, weight, bias, sizes, geometry)
    return out if batched else out.squeeze(0)


@face(_transposed, ndim=1)
def conv_transpose1d() -> Any:
    """Transposed convolution over one dimension.  See ``conv_transpose2d``.

    ``(N, C, L)``, ``(C, O/groups, K)`` to ``(N, O, L')``.

    Example:

        >>> x = at.tensor([[[1.0, 10.0]]])
        >>> F.conv_transpose1d(x, at.tensor([[[1.0, 2.0, 3.0]]]), stride=2)  # copies, added up
        tensor([[[ 1.,  2., 13., 20., 30.]]])
    """


@face(_transposed, ndim=2)
def conv_transpose2d() -> Any:
    """The gradient of ``conv2d`` by its input, as an operator of its own: it enlarges.

    Args:
        input: ``(N, C, H, W)`` or ``(C, H, W)``.
        weight: ``(C, O/groups, K_h, K_w)``.
        output_padding: positions added at the end of each dimension, fewer than the stride.

    Returns:
        ``(N, O, H', W')`` with ``H' = (H - 1)·s - 2p + d·(K_h - 1) + output_padding + 1``.

    d input = conv2d(g, weight), d weight = conv_weight(g, input), d bias = Σ g.

    Raises:
        RuntimeError: shapes, channels or dtypes that do not fit; nothing left of the input.

    Example:

        >>> x = at.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
        >>> F.conv_transpose2d(x, at.ones(1, 1, 2, 2), stride=2)
        tensor([[[[1., 1., 2., 2.],
                  [1., 1., 2., 2.],
                  [3., 3., 4., 4.],
                  [3., 3., 4., 4.]]]])
        >>> weight = at.ones(16, 3, 4, 4)
        >>> F.conv_transpose2d(at.ones(8, 16, 7, 7), weight, stride=2, padding=1).shape
        torch.Size([8, 3, 14, 14])
    """


@face(_transposed, ndim=3)
def conv_transpose3d() -> Any:
    """Transposed convolution over three dimensions.  See ``conv_transpose2d``.

    ``(N, C, D, H, W)``, ``(C, O/groups, K_d, K_h, K_w)`` to ``(N, O, D', H', W')``.

    Example:

        >>> F.conv_transpose3d(at.ones(1, 4, 5, 5, 5), at.ones(4, 2, 2, 2, 2), stride=2).shape
        torch.Size([1, 2, 10, 10, 10])
    """
