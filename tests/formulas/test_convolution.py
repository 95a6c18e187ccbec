"""Convolutions, their transposes, unfold and fold against loops over windows and taps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F

Pairs = Sequence[tuple[int, int]]
pytestmark = pytest.mark.usefixtures("convolved_in_all_ways")


def reals(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def source(place: int, size: int, mode: str) -> int | None:
    """Which position of a dimension stands at ``place``, which may lie outside."""
    if 0 <= place < size:
        return place
    return {
        "zeros": None,
        "reflect": -place if place < 0 else 2 * (size - 1) - place,
        "replicate": min(max(place, 0), size - 1),
        "circular": place % size,
    }[mode]


def taps(
    out: Sequence[int], kernel: Sequence[int], stride: Any, before: Sequence[int], dilation: Any
) -> Any:
    """(window, tap, where that tap of that window stands) of all windows and taps."""
    for window in np.ndindex(*out):
        for tap in np.ndindex(*kernel):
            steps = zip(window, stride, tap, dilation, before, strict=True)
            yield window, tap, [i * s + k * d - p for i, s, k, d, p in steps]


def by_loops(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, stride: Sequence[int], padding: Pairs,
    dilation: Sequence[int], groups: int, mode: str = "zeros",
) -> np.ndarray:  # fmt: skip
    """``y[n, o, i] = b[o] + Σ_{c, k} x[n, c, i·s + k·d - p] · w[o, c, k]``, c of the group of o."""
    sizes, (outputs, each, *kernel) = x.shape[2:], w.shape
    out = [
        (n + before + after - d * (k - 1) - 1) // s + 1
        for n, (before, after), d, k, s in zip(
            sizes, padding, dilation, kernel, stride, strict=True
        )
    ]
    y = np.zeros((len(x), outputs, *out)) + b.reshape(-1, *(1,) * len(out))
    for window, tap, places in taps(out, kernel, stride, [p for p, _ in padding], dilation):
        read = [source(p, n, mode) for p, n in zip(places, sizes, strict=True)]
        if None in read:
            continue
        for o in range(outputs):
            first = o // (outputs // groups) * each
            for c in range(each):
                y[(slice(None), o, *window)] += x[(slice(None), first + c, *read)] * w[(o, c, *tap)]
    return y


def transposed_by_loops(
    x: np.ndarray, w: np.ndarray, b: np.ndarray, stride: Sequence[int], padding: Sequence[int],
    extra: Sequence[int], groups: int, dilation: Sequence[int],
) -> np.ndarray:  # fmt: skip
    """Each number adds a kernel: ``y[n, o, i·s + k·d - p] += x[n, c, i] · w[c, o, k]``."""
    (inputs, each, *kernel), sizes = w.shape, x.shape[2:]
    out = [
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(sizes, stride, padding, dilation, kernel, extra, strict=True)
    ]
    y = np.zeros((len(x), groups * each, *out)) + b.reshape(-1, *(1,) * len(out))
    for window, tap, places in taps(sizes, kernel, stride, padding, dilation):
        if any(not 0 <= p < n for p, n in zip(places, out, strict=True)):
            continue
        for c in range(inputs):
            first = c // (inputs // groups) * each
            for o in range(each):
                y[(slice(None), first + o, *places)] += (
                    x[(slice(None), c, *window)] * w[(c, o, *tap)]
                )
    return y


def assert_gradients(
    output: Any, given: Sequence[at.Tensor], compute: Callable[..., np.ndarray]
) -> None:
    """``compute(x, w, b)`` is linear in each, so what a step in one of them changes is what comes
    of the step itself in its place, without the bias where it is not the bias's."""
    g = reals(*output.shape, seed=7)
    x, w, b = (one.detach().numpy() for one in given)
    steps = [reals(*one.shape, seed=8) for one in (x, w, b)]
    changes = [(steps[0], w, 0 * b), (x, steps[1], 0 * b), (0 * x, w, steps[2])]
    for found, step, change in zip(
        at.grad(output, given, at.tensor(g)), steps, changes, strict=True
    ):
        assert found is not None
        expected = (g * compute(*change)).sum()
        np.testing.assert_allclose((found.numpy() * step).sum(), expected, rtol=1e-11, atol=1e-11)


def assert_close(found: Any, expected: np.ndarray) -> None:
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12, atol=1e-12)


# Different settings for each dimension, so that none can take the place of another.
Each = tuple[int, ...]
SIZES: Each = (9, 7, 6)
KERNEL: Each = (3, 2, 1)
STRIDE: Each = (2, 1, 3)
PADDING: Each = (1, 2, 0)
DILATION: Each = (1, 2, 2)
SMALL: Each = (3, 4, 2)
CUT: Each = (1, 1, 0)
EXTRA: Each = (1, 1, 2)
RANKS = pytest.mark.parametrize("ndim", [1, 2, 3])
GROUPS = pytest.mark.parametrize("groups", [1, 2])
TURNS = pytest.mark.parametrize("turn", [slice(None), slice(None, None, -1)], ids=["", "turned"])


@RANKS
@GROUPS
@TURNS
def test_convolution(ndim: int, groups: int, turn: slice) -> None:
    sizes, kernel, stride, padding, dilation = (
        one[turn][:ndim] for one in (SIZES, KERNEL, STRIDE, PADDING, DILATION)
    )
    x, w, b = reals(2, 4, *sizes), reals(6, 4 // groups, *kernel, seed=1), reals(6, seed=2)

    def compute(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
        return by_loops(x, w, b, stride, [(p, p) for p in padding], dilation, groups)

    expected = compute(x, w, b)
    convolve = getattr(F, f"conv{ndim}d")
    image, *given = (at.tensor(one, requires_grad=True) for one in (x, w, b))
    output = convolve(image, *given, stride, padding, dilation, groups)
    assert_close(output, expected)
    assert_gradients(output, [image, *given], compute)
    single = convolve(at.tensor(x[1]), *given, stride, padding, dilation, groups)
    assert_close(single, expected[1])
    layer = getattr(nn, f"Conv{ndim}d")(
        4, 6, kernel, stride, padding, dilation, groups, dtype=at.float64
    )
    layer.load_state_dict({"weight": given[0], "bias": given[1]})
    assert_close(layer(at.tensor(x)), expected)


@RANKS
@GROUPS
@TURNS
def test_transposed_convolution(ndim: int, groups: int, turn: slice) -> None:
    sizes, kernel, stride, padding, dilation, extra = (
        one[turn][:ndim] for one in (SMALL, KERNEL, STRIDE, CUT, DILATION, EXTRA)
    )
    x, w, b = reals(2, 4, *sizes), reals(4, 6 // groups, *kernel, seed=1), reals(6, seed=2)

    def compute(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
        return transposed_by_loops(x, w, b, stride, padding, extra, groups, dilation)

    expected = compute(x, w, b)
    spread = getattr(F, f"conv_transpose{ndim}d")
    image, *given = (at.tensor(one, requires_grad=True) for one in (x, w, b))
    output = spread(image, *given, stride, padding, extra, groups, dilation)
    assert_close(output, expected)
    assert_gradients(output, [image, *given], compute)
    single = spread(at.tensor(x[0]), *given, stride, padding, extra, groups, dilation)
    assert_close(single, expected[0])
    layer = getattr(nn, f"ConvTranspose{ndim}d")(
        4, 6, kernel, stride, padding, extra, groups, True, dilation, dtype=at.float64
    )
    layer.load_state_dict({"weight": given[0], "bias": given[1]})
    assert_close(layer(at.tensor(x)), expected)


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1])
def test_few_filters_for_few_channels(outputs: int, stride: int, padding: int) -> None:
    """Then several rows of windows are computed at once."""
    given = reals(2, 1, 13, 8), reals(outputs, 1, 5, 3, seed=1), reals(outputs, seed=2)

    def compute(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
        return by_loops(x, w, b, (stride, 1), [(padding, padding)] * 2, (1, 1), 1)

    tensors = [at.tensor(one, requires_grad=True) for one in given]
    output = F.conv2d(*tensors, (stride, 1), padding)
    assert_close(output, compute(*given))
    assert_gradients(output, tensors, compute)


@GROUPS
@TURNS
def test_the_gradients_of_same_padding(groups: int, turn: slice) -> None:
    """With an even kernel one more is padded behind than in front."""
    kernel, dilation, padding = (one[turn] for one in ((4, 3), (1, 2), [(1, 2), (2, 2)]))
    given = reals(2, 4, 7, 6), reals(6, 4 // groups, *kernel, seed=1), reals(6, seed=2)

    def compute(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> np.ndarray:
        return by_loops(x, w, b, (1, 1), padding, dilation, groups)

    tensors = [at.tensor(one, requires_grad=True) for one in given]
    output = F.conv2d(*tensors, padding="same", dilation=dilation, groups=groups)
    assert_close(output, compute(*given))
    assert_gradients(output, tensors, compute)


def test_same_padding_by_hand() -> None:
    x = at.tensor([[1.0, 2.0, 3.0, 4.0]])
    # What cannot be halved goes to the end: the last window sees one zero.
    two, four = at.tensor([[[1.0, 10.0]]]), at.tensor([[[1.0, 10.0, 100.0, 1000.0]]])
    assert F.conv1d(x, two, padding="same").tolist() == [[21, 32, 43, 4]]
    assert F.conv1d(x, four, padding="same").tolist() == [[3210, 4321, 432, 43]]
    assert F.conv1d(x, two, padding="valid").tolist() == [[21, 32, 43]]
    layer = nn.Conv1d(1, 1, 2, padding="same", padding_mode="circular", bias=False)
    layer.load_state_dict({"weight": two})
    assert layer(x).tolist() == [[21, 32, 43, 14]]


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", ["same", "valid", 1, (2, 1, 0)], ids=str)
@RANKS
def test_what_padding_holds(ndim: int, padding: Any, mode: str) -> None:
    kernel, dilation = (2, 3, 4)[:ndim], (3, 1, 1)[:ndim]
    spans = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    padding = padding[:ndim] if isinstance(padding, tuple) else padding
    each = (padding,) * ndim if isinstance(padding, int) else padding
    pairs: Pairs = {
        "same": [(span // 2, span - span // 2) for span in spans],
        "valid": [(0, 0)] * ndim,
    }.get(padding) or [(p, p) for p in each]
    layer = getattr(nn, f"Conv{ndim}d")(
        2, 3, kernel, 1, padding, dilation, padding_mode=mode, dtype=at.float64
    )
    x, w, b = (reals(2, 2, *(5, 4, 4)[:ndim]), layer.weight.detach().numpy(), layer.bias)
    found = layer(at.tensor(x))
    assert_close(found, by_loops(x, w, b.detach().numpy(), (1,) * ndim, pairs, dilation, 1, mode))
    if padding == "same":
        assert found.shape[2:] == x.shape[2:]


def test_transposed_convolution_by_hand() -> None:
    x, w = at.tensor([[1.0, 2.0]]), at.tensor([[[1.0, 10.0, 100.0]]])
    assert F.conv_transpose1d(x, w).tolist() == [[1, 12, 120, 200]]
    assert F.conv_transpose1d(x, w, stride=2).tolist() == [[1, 10, 102, 20, 200]]
    assert F.conv_transpose1d(x, w, stride=2, padding=1).tolist() == [[10, 102, 20]]
    # What output_padding adds is at the end; where padding had cut something off, that comes back.
    assert F.conv_transpose1d(x, w, stride=2, output_padding=1).tolist() == [
        [1, 10, 102, 20, 200, 0]
    ]
    assert F.conv_transpose1d(x, w, None, 2, 1, 1).tolist() == [[10, 102, 20, 200]]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("wanted", [(7, 11), (8, 12), (7, 13)])
def test_a_transposed_convolution_of_a_wanted_size(wanted: tuple[int, int], whole: bool) -> None:
    layer = nn.ConvTranspose2d(
        2, 3, (3, 2), (2, 3), (1, 0), output_padding=1, dilation=(2, 1), dtype=at.float64
    )
    x, w, b = reals(2, 2, 3, 4), layer.weight.detach().numpy(), layer.bias.detach().numpy()
    # (3 - 1)·2 - 2 + 2·2 + 1 = 7, (4 - 1)·3 + 1 + 1 = 11
    extra = (wanted[0] - 7, wanted[1] - 11)
    expected = transposed_by_loops(x, w, b, (2, 3), (1, 0), extra, 1, (2, 1))
    assert_close(layer(at.tensor(x), (2, 3, *wanted) if whole else wanted), expected)
    for wrong in ((6, 11), (7, 10), (9, 11), (7, 14)):
        with pytest.raises(ValueError, match=r"between \(7, 11\) and \(8, 13\)"):
            layer(at.tensor(x), wrong)


# -- blocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "dilation", "padding", "stride"),
    [((2, 2), (1, 1), (0, 0), (1, 1)), ((2, 3), (2, 1), (1, 0), (1, 2)), ((3, 1), 1, 1, 2)],
)
def test_unfold_and_fold(kernel: Any, dilation: Any, padding: Any, stride: Any) -> None:
    settings = {"dilation": dilation, "padding": padding, "stride": stride}
    spread, pads, steps = (
        one if isinstance(one, tuple) else (one, one) for one in settings.values()
    )
    sizes = (5, 6)
    out = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, p, d, k, s in zip(sizes, pads, spread, kernel, steps, strict=True)
    ]
    x = reals(2, 3, *sizes)
    area, length = kernel[0] * kernel[1], out[0] * out[1]
    blocks, summed = np.zeros((2, 3 * area, length)), np.zeros(x.shape)
    given = reals(*blocks.shape, seed=1)
    for window, (i, j), (row, column) in taps(out, kernel, steps, pads, spread):
        if not (0 <= row < sizes[0] and 0 <= column < sizes[1]):
            continue
        for c in range(3):
            line = c * area + i * kernel[1] + j
            column_of = window[0] * out[1] + window[1]
            blocks[:, line, column_of] = x[:, c, row, column]
            summed[:, c, row, column] += given[:, line, column_of]
    image, columns = at.tensor(x), at.tensor(given)
    for unfolded in (F.unfold(image, kernel, dilation, padding, stride),
                     nn.Unfold(kernel, **settings)(image)):  # fmt: skip
        assert_close(unfolded, blocks)
    for folded in (F.fold(columns, sizes, kernel, dilation, padding, stride),
                   nn.Fold(sizes, kernel, **settings)(columns)):  # fmt: skip
        assert_close(folded, summed)
    assert_close(F.unfold(image[0], kernel, **settings), blocks[0])
    assert_close(F.fold(columns[1], sizes, kernel, **settings), summed[1])
