"""What a notebook shows of a Tensor: numbers as printed, pixels as the array has them."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from typing import Any

import hypothesis.extra.numpy as arrays_of
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autotensor as at
import nn
from autotensor.extend.seeing import curves, histogram
from tests.seeing.reading_html import page_of

MOST = 64_000
"""Characters of the longest page."""


def printed(tensor: at.Tensor) -> list[str]:
    """The numbers of its ``repr``, as words."""
    inside = repr(tensor.detach()).partition("(")[2]
    return re.findall(r"[-\w.+]+", inside.partition("dtype")[0].partition("size=")[0])


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.5, -3.0],
        [1e-8, 1.0],
        [1.0, 2.0],
        [float("nan"), float("inf"), -1.5],
        [True, False],
        [1, -20, 300],
        [[1.5, 2.0], [-3.25, 4.0], [0.0, 1e6]],
        [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
    ],
)
def test_the_numbers_are_those_that_are_printed(values: Any) -> None:
    tensor = at.tensor(values)
    page = page_of(tensor)
    own = 1 if tensor.ndim > 1 else 0  # a column of row numbers
    cells = [cell for table in page.tables for row in table[1:] for cell in row[own:]]
    assert cells == printed(tensor)
    assert str(tuple(tensor.shape)) in page.text
    assert tensor.dtype.name in page.text


def test_numbers_are_printed_as_the_options_say() -> None:
    at.set_printoptions(precision=2)
    try:
        assert page_of(at.tensor([1 / 3, 2 / 3])).tables[0][1] == ["0.33", "0.67"]
    finally:
        at.set_printoptions(profile="default")


def test_a_number_alone_stands_in_the_first_line() -> None:
    assert "Tensor · 2.5000 · () · float32" in page_of(at.tensor(2.5)).text


def test_a_long_dimension_shows_both_its_ends() -> None:
    array = np.arange(3000.0).reshape(100, 30)
    rows = page_of(at.tensor(array)).tables[0]
    assert rows[0] == ["", "0", "1", "2", "…", "27", "28", "29"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2", "…", "97", "98", "99"]
    for row in rows[1:4] + rows[5:]:
        for column, cell in zip(rows[0][1:], row[1:], strict=True):
            assert cell == ("…" if column == "…" else f"{array[int(row[0]), int(column)]:.4e}")


def test_a_vector_goes_on_in_rows_of_ten() -> None:
    rows = page_of(at.arange(37)).tables[0]
    assert [cell for row in rows[1:] for cell in row[1:] if cell] == [*map(str, range(37))]
    rows = page_of(at.arange(1000)).tables[0]
    assert [row[0] for row in rows[1:]] == ["0", "…", "990"]
    assert rows[3][1:] == [str(one) for one in range(990, 1000)]


def test_a_cube_shows_its_slices() -> None:
    array = np.arange(24).reshape(2, 3, 4)
    page = page_of(at.tensor(array))
    shown = np.array([[row[1:] for row in table[1:]] for table in page.tables], int)
    assert np.array_equal(shown, array)
    assert len(page_of(at.zeros(50, 3, 2)).tables) == 6


def test_where_it_came_from_is_said() -> None:
    x = at.tensor([1.0], requires_grad=True)
    assert "requires_grad=True" in page_of(x).text
    assert "grad_fn=<MulBackward0>" in page_of(x * 2).text
    assert "grad" not in page_of(x.detach()).text
    assert page_of(nn.Parameter(x)).text.startswith("Parameter · (1,) · float32 · requires_grad")


def test_statistics_are_those_of_the_finite_numbers() -> None:
    rng = np.random.default_rng(0)
    array = rng.normal(size=500)
    array[:5], array[5:7] = np.nan, np.inf
    text = page_of(at.tensor(array)).text
    some = array[7:]
    for name in ("min", "max", "mean", "std"):
        assert f"{name} {getattr(some, name)():.4g} " in text
    assert "NaN 5 (1 %) · inf 2 (0.4 %)" in text
    assert "True 30 (75 %) · False 10 (25 %)" in page_of(at.arange(40) >= 10).text


# -- pictures --------------------------------------------------------------------------------------


def drawn(array: np.ndarray) -> list[np.ndarray]:
    return page_of(at.from_numpy(array)).pictures


@pytest.mark.parametrize("shape", [(28, 28), (1, 28, 28), (20, 30)])
def test_bytes_are_their_own_pixels(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    (pixels,) = drawn(array)
    assert np.array_equal(pixels, array.reshape(shape[-2:]))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("last", [False, True])
def test_channels_are_colours_and_opacity(channels: int, last: bool) -> None:
    array = np.random.default_rng(0).integers(0, 256, (20, 24, channels)).astype(np.uint8)
    (pixels,) = drawn(array if last else np.moveaxis(array, -1, 0))
    assert np.array_equal(pixels, array)
    several = np.stack([array, array // 2])
    both = drawn(several if last else np.moveaxis(several, -1, 1))
    assert np.array_equal(np.stack(both), several)


def test_shares_become_bytes_and_the_legend_says_so() -> None:
    array = np.random.default_rng(0).random((3, 16, 18)).astype(np.float32)
    page = page_of(at.from_numpy(array))
    assert np.array_equal(page.pictures[0], np.rint(np.moveaxis(array, 0, -1) * 255))
    assert "black 0 … white 1" in page.text


def test_normalized_pictures_reach_from_black_to_white_all_together() -> None:
    array = np.random.default_rng(0).normal(size=(5, 1, 28, 28))
    page = page_of(at.from_numpy(array))
    low, high = array.min(), array.max()
    expected = np.rint((array[:, 0] - low) / (high - low) * 255)
    assert np.abs(np.stack(page.pictures).astype(float) - expected).max() <= 1
    assert f"black {low:.4g} … white {high:.4g}" in page.text
    assert page.figures == ["0", "1", "2", "3", "4"]


def test_a_matrix_of_signed_numbers_is_blue_below_zero_and_red_above() -> None:
    array = np.zeros((10, 10))
    array[0, 0], array[9, 9], array[5, 5] = -2.0, 1.0, 2.0
    (pixels,) = drawn(array)
    assert tuple(pixels[1, 1]) == (250, 250, 250)
    assert tuple(pixels[0, 0]) == (24, 90, 170)
    assert tuple(pixels[5, 5]) == (190, 40, 40)
    assert tuple(pixels[9, 9]) == (220, 145, 145)


def test_what_is_no_number_is_magenta() -> None:
    array = np.ones((3, 16, 16))
    array[1, 2, 3] = np.nan
    (pixels,) = drawn(array)
    assert tuple(pixels[2, 3]) == (255, 0, 255)
    assert "magenta NaN" in page_of(at.from_numpy(array)).text


def test_what_is_no_number_costs_little_room() -> None:
    array = np.random.default_rng(0).random((8, 5, 28, 64))
    array[0, 0, 0, 0] = np.nan
    assert len(at.from_numpy(array)._repr_html_()) < MOST


def test_a_large_picture_is_made_smaller_by_means() -> None:
    array = np.zeros((3, 224, 300), np.float32)
    array[0, ::2] = 1.0
    page = page_of(at.from_numpy(array))
    assert page.pictures[0].shape == (74, 100, 3)
    assert "a pixel is the mean of 3 × 3" in page.text
    assert set(np.unique(page.pictures[0][..., 0])) == {85, 170}


def test_of_many_pictures_some_are_shown() -> None:
    page = page_of(at.zeros(100, 3, 32, 32))
    assert len(page.pictures) == 12
    assert "12 of 100 shown" in page.text


def test_kernels_and_feature_maps_are_maps_with_their_places() -> None:
    page = page_of(at.randn(3, 2, 3, 3))
    assert page.figures == ["0, 0", "0, 1", "1, 0", "1, 1", "2, 0", "2, 1"]
    assert [one.shape for one in page.pictures] == [(3, 3, 3)] * 6


# -- anything at all -------------------------------------------------------------------------------

DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


@given(
    st.sampled_from(DTYPES).flatmap(
        lambda kind: arrays_of.arrays(
            kind, arrays_of.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=9)
        )
    )
)
def test_whatever_is_in_a_tensor_it_is_shown(array: np.ndarray) -> None:
    page = page_of(at.from_numpy(array))
    assert str(array.shape) in page.text


@given(
    st.sampled_from(DTYPES),
    st.lists(st.sampled_from([1, 2, 3, 4, 8, 13, 40]), min_size=2, max_size=4),
    st.sampled_from([0.0, 1.0, -1.0, 1e300, np.nan, np.inf, -np.inf, 255.0, 6e4, 1e-300]),
    st.booleans(),
)
def test_pictures_of_anything_stay_small(
    kind: str, shape: list[int], odd: float, turned: bool
) -> None:
    rng = np.random.default_rng(1)
    with np.errstate(all="ignore"):
        array = (rng.normal(size=shape) * 100).astype(kind)
        array.flat[0] = np.array(odd).astype(kind)
    text = at.from_numpy(array.T if turned else array)._repr_html_()
    page_of(text)
    assert len(text) < MOST


@pytest.mark.parametrize(
    "array",
    [
        np.broadcast_to(np.float32(1.5), (10**6, 10**6)),
        np.broadcast_to(np.arange(5.0), (10**9, 5)),
        np.broadcast_to(np.uint8(7), (10**5, 3, 1000, 1000)),
        np.broadcast_to(np.float64(0.5), (10**4, 10**3, 7, 7)),
        np.broadcast_to(np.float16(0.5), (10**12,)),
        np.random.default_rng(0).random((4000, 5000), np.float32),
        np.random.default_rng(0).integers(0, 256, (8, 3, 700, 900)).astype(np.uint8),
    ],
    ids=lambda array: str(array.shape),
)
def test_a_huge_tensor_takes_neither_time_nor_room(array: np.ndarray) -> None:
    tensor = at.zeros(1)
    tensor.array = array  # as a view would have it
    began = time.process_time()
    text = tensor._repr_html_()
    assert time.process_time() - began < 1.5
    assert len(text) < MOST
    page_of(text)


def test_looking_changes_nothing() -> None:
    x = at.arange(12.0).reshape(3, 4).requires_grad_()
    view = x.detach()[1:]
    before, state = view.array.copy(), at.get_rng_state()
    view._repr_html_()
    assert np.array_equal(view.array, before)
    assert at.equal(at.get_rng_state(), state)
    (x * 2).sum().backward()
    assert at.equal(x.grad, at.full((3, 4), 2.0))


def test_the_text_stays_as_it_is() -> None:
    assert repr(at.tensor([1.0, 2.0])) == "tensor([1., 2.])"
    assert not hasattr(at.Tensor, "_repr_mimebundle_")


def test_nothing_of_it_is_loaded_before_somebody_looks() -> None:
    code = """
import sys
import autotensor as at, nn
def loaded():
    pages = ("charts", "html", "pictures", "tensors")
    return {one for one in sys.modules if "seeing" in one and one.endswith(pages)}
assert loaded() == set(), loaded()
at.tensor([1.0])._repr_html_()
assert "autotensor.seeing.tensors" in loaded()
assert not {"IPython", "PIL", "matplotlib", "tqdm"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# -- charts ----------------------------------------------------------------------------------------


def heights(text: str) -> list[float]:
    return [float(one) for one in re.findall(r'<rect[^>]* height="([\d.]+)"', text)]


def test_a_histogram_counts_as_numpy_does() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    expected = np.histogram(values, 30)[0]
    shown = heights(histogram(values))
    scale = 40 / expected.max()
    for size, count in zip(shown, expected[expected > 0], strict=True):
        assert size == pytest.approx(max(1, count * scale), abs=0.06)


def test_a_histogram_of_few_integers_has_a_bar_for_each() -> None:
    assert heights(histogram(np.array([3, 3, 4, 6]))) == [40, 20, 20]


@pytest.mark.parametrize("values", [[0.0], [1e308, -1e308], [5.0, 5.0], [1e-320, 0.0]])
def test_a_histogram_of_anything_finite(values: list[float]) -> None:
    page_of(str(histogram(np.array(values))))


def points(text: str) -> list[list[tuple[float, float]]]:
    return [
        [(float(x), float(y)) for x, y in re.findall(r"([-\d.]+),([-\d.]+)", line)]
        for line in re.findall(r'points="([^"]*)"', text)
    ]


def test_curves_go_through_their_numbers() -> None:
    text = curves({"a": [1.0, 3.0, 2.0], "b": [2.0, 2.0, 1.0]}, title="t")
    a, b = points(text)
    (x1, low), (x2, high), (x3, middle) = a
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.11)
    assert middle == pytest.approx((low + high) / 2, abs=0.11)
    assert [y for _, y in b] == pytest.approx([middle, middle, low], abs=0.11)
    assert page_of(str(text)).text.startswith("t")


def test_what_is_not_finite_leaves_a_gap() -> None:
    text = curves({"a": [1.0, 2.0, float("nan"), 3.0, float("inf"), 1.0, 2.0]}, title="t")
    assert [len(line) for line in points(text)] == [2, 2]
    assert text.count("<circle") == 1


@given(
    st.lists(st.floats(width=64), max_size=30),
    st.lists(st.floats(width=32), max_size=5),
)
def test_curves_of_any_numbers(first: list[float], second: list[float]) -> None:
    text = str(curves({"a": first, "b": second}, title="t"))
    page_of(text)
    for line in points(text):
        for x, y in line:
            assert 0 <= x <= 300
            assert 0 <= y <= 180


def test_a_long_curve_keeps_its_peaks() -> None:
    column = [0.0] * 5000
    column[1234] = 7.0
    text = curves({"a": column}, title="t")
    assert len(text) < 8000
    assert min(y for line in points(text) for _, y in line) < 40
