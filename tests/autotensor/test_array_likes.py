"""Arrays and pictures of other libraries: read as they are, or refused with the reason.

Tables are in tests/tools/test_pandas.py and its neighbours.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest
from PIL import Image

import autotensor as at
import nn
from nn.data import default_collate


def same(found: Any, wanted: Any) -> None:
    wanted = np.asarray(wanted)
    assert type(found) is at.Tensor
    assert found.dtype == wanted.dtype
    np.testing.assert_array_equal(found.detach().numpy(), wanted)


class Shows:
    """An array of some library: all it has is ``__array__``."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.values, dtype)


# --- lists ----------------------------------------------------------------------------------------


def test_a_list_is_of_the_widest_dtype_in_it_wherever_that_stands() -> None:
    wide, narrow = np.array([0.1, 0.2]), np.array([1, 2], np.int8)
    same(at.tensor([wide, narrow]), np.stack([wide, narrow]))
    same(at.tensor([narrow, wide]), np.stack([narrow, wide]))
    same(at.tensor([[0.5, 0.5], wide]), [[0.5, 0.5], wide])
    same(at.tensor([[1, 2], narrow]), np.array([[1, 2], [1, 2]]))
    same(at.tensor([1, np.float64(0.1)]), [1, 0.1])
    same(at.tensor([0.5, np.float16(0.5)]), np.array([0.5, 0.5], np.float32))
    same(at.tensor([0.5, at.tensor(0.1, dtype=at.float64)]), [0.5, 0.1])
    same(at.tensor([narrow, [True, False]]), np.array([[1, 2], [1, 0]], np.int8))
    same(at.tensor([np.uint16(3)], dtype=at.int32), np.array([3], np.int32))


def test_lists_promote_as_in_pytorch(torch: Any) -> None:
    for data in (
        [1, np.float64(0.1)], [0.5, np.float16(0.5)], [True, np.int8(2)], [np.int16(1), 2],
        [np.float32(0.1), 1], [[1.5], [np.float64(0.1)]],
    ):  # fmt: skip
        ours, theirs = at.tensor(data), torch.tensor(data)
        assert str(ours.dtype) == str(theirs.dtype), data
        assert ours.tolist() == theirs.tolist()


# --- what has only a protocol --------------------------------------------------------------------


def test_what_shows_an_array() -> None:
    values = np.array([[1, 2], [3, 4]], np.int16)
    same(at.tensor(Shows(values)), values)
    same(at.as_tensor([Shows(values), Shows(values)]), np.stack([values, values]))
    same(at.tensor([1.0, 2.0]) * Shows(np.array([0.5, 0.5])), [0.5, 1.0])
    same(Shows(np.array([0.5, 0.5])) * at.tensor([1.0, 2.0]), [0.5, 1.0])
    same(at.arange(3)[Shows(np.array([2, 0]))], [2, 0])
    same(default_collate([Shows(values), Shows(values)]), np.stack([values, values]))
    with pytest.raises(TypeError, match=r"tensor: dtype object is not supported"):
        at.tensor(Shows(np.array([1, "a"], object)))


def test_what_refuses_to_show_it_says_why() -> None:
    class Far:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            raise TypeError("it is on another machine; call .get()")

    with pytest.raises(TypeError, match=r"tensor: Far does not give .*: it is on another .*\.get"):
        at.tensor(Far())


# --- kinds of ndarrays ----------------------------------------------------------------------------

MASKED = np.ma.masked_array([1.0, 2.0], mask=[False, True])
WORDS = r"1 of 2 values of the masked array are masked.*\.filled\(value\).*\.compressed\(\)"


@pytest.mark.parametrize(
    "use",
    [
        at.tensor, at.as_tensor, at.asarray, at.from_numpy, at.Tensor,
        lambda mask: at.tensor([mask, mask]), lambda mask: at.ones(2) * mask,
        lambda mask: at.ones(2) == mask, lambda mask: at.add(at.ones(2), mask, alpha=1),
        lambda mask: at.ones(2, dtype=at.float64) @ mask,
        lambda mask: at.ones(3)[mask.astype(int)],
        lambda mask: at.ones(2).__setitem__(slice(None), mask),
        lambda mask: nn.functional.mse_loss(at.ones(2), mask), lambda mask: at.sum(mask),
        lambda mask: default_collate([mask, mask]), lambda mask: default_collate([[mask]] * 2),
    ],
)  # fmt: skip
def test_a_mask_is_never_dropped(use: Any) -> None:
    with pytest.raises(TypeError, match=WORDS):
        use(MASKED)


def test_a_masked_array_that_hides_nothing_is_an_array() -> None:
    open_array = np.ma.masked_array([1.0, 2.0])
    for make in (at.tensor, at.as_tensor, at.from_numpy):
        same(make(open_array), [1.0, 2.0])
        assert type(make(open_array).array) is np.ndarray
    same(at.tensor(MASKED.filled(0)), [1.0, 0.0])
    same(at.tensor(MASKED.compressed()), [1.0])
    with pytest.raises(TypeError, match="masked"):
        at.tensor(np.ma.masked)


def test_a_matrix_counts_as_an_array_of_two_dims() -> None:
    matrix = np.ones((1, 2)).view(np.matrix)
    same(at.tensor(matrix), np.ones((1, 2)))
    same(at.tensor([1.0, 2.0]) * matrix, [[1.0, 2.0]])
    same(matrix * at.tensor([1.0, 2.0]), [[1.0, 2.0]])
    same(default_collate([matrix, matrix]), np.ones((2, 1, 2)))


def test_fields_are_refused_with_two_ways_out() -> None:
    fields = np.array([(1, 0.5), (2, 1.5)], dtype=[("n", "i4"), ("x", "f8")])
    for data in (fields, fields.view(np.recarray), [fields]):
        with pytest.raises(TypeError, match=r"fields \('n', 'x'\).*array\['n'\].*to_unstructured"):
            at.tensor(data)
    same(at.tensor(fields["x"]), [0.5, 1.5])
    from numpy.lib.recfunctions import structured_to_unstructured

    same(at.tensor(structured_to_unstructured(fields)), [[1, 0.5], [2, 1.5]])


@pytest.mark.parametrize("dtype", [None, at.float32, at.int64])
@pytest.mark.parametrize(
    "data",
    [
        np.array(["2024-01-01"], "datetime64[D]"), np.array([3], "timedelta64[s]"),
        np.array(["1.5"]), np.array([1, None], object), np.array([1j]),
    ],
)  # fmt: skip
def test_what_is_no_real_number_is_none_in_any_dtype(data: np.ndarray, dtype: Any) -> None:
    with pytest.raises(
        TypeError, match=rf"dtype {data.dtype} is not supported".replace("[", r"\[")
    ):
        at.tensor(data, dtype=dtype)


def test_numbers_that_tensors_lack_may_become_others_when_asked() -> None:
    same(at.tensor(np.array([40000], np.uint16), dtype=at.int32), np.array([40000], np.int32))
    same(at.tensor(np.array([0.1], ">f8")), [0.1])
    with pytest.raises(TypeError, match=r"uint16 is not supported.*use int64"):
        at.tensor(np.array([40000], np.uint16))


# --- pictures of Pillow ---------------------------------------------------------------------------

MODES = {
    "1": np.bool_, "L": np.uint8, "P": np.uint8, "LA": np.uint8, "RGB": np.uint8,
    "RGBA": np.uint8, "CMYK": np.uint8, "YCbCr": np.uint8, "HSV": np.uint8,
    "I": np.int32, "F": np.float32,
}  # fmt: skip


@pytest.mark.parametrize(("mode", "dtype"), MODES.items())
def test_a_picture_is_its_rows_columns_and_channels(mode: str, dtype: Any) -> None:
    rng = np.random.default_rng(0)
    bands = len(Image.new(mode, (1, 1)).getbands())
    picture = Image.new(mode, (3, 2))
    pixels = [tuple(map(int, rng.integers(0, 256, bands))) for _ in range(6)]
    for index, pixel in enumerate(pixels):
        picture.putpixel((index % 3, index // 3), pixel if bands > 1 else pixel[0])
    found = at.tensor(picture)
    assert found.dtype == np.dtype(dtype)
    assert found.shape == ((2, 3, bands) if bands > 1 else (2, 3))
    for index in range(6):
        there = picture.getpixel((index % 3, index // 3))
        assert np.array_equal(
            found[index // 3, index % 3].tolist(), np.asarray(there).astype(dtype)
        )


def test_a_palette_gives_the_numbers_of_its_colours() -> None:
    picture = Image.new("RGB", (2, 1), (255, 0, 0)).quantize(2)
    same(at.tensor(picture), np.asarray(picture))
    same(at.tensor(picture.convert("RGB"))[0, 0], np.array([255, 0, 0], np.uint8))


def test_pictures_of_16_bits_say_which_dtype_holds_them() -> None:
    picture = Image.fromarray(np.array([[1, 65535]], np.uint16))
    with pytest.raises(TypeError, match=r"uint16 is not supported"):
        at.tensor(picture)
    same(at.tensor(picture, dtype=at.int32), np.array([[1, 65535]], np.int32))


def test_a_batch_of_pictures_says_how_to_make_tensors() -> None:
    with pytest.raises(TypeError, match=r"of type Image.*transforms\.ToTensor\(\)"):
        default_collate([Image.new("L", (2, 2))])


def test_pictures_of_tensors() -> None:
    x = at.tensor(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    same(at.tensor(Image.fromarray(x.numpy())), x.numpy())


# --- who goes first -------------------------------------------------------------------------------


def test_what_has_operators_of_its_own_is_refused_beside_a_tensor() -> None:
    class Named(Shows):
        def __mul__(self, other: Any) -> str:
            return "named"

        __rmul__ = __mul__

    values = Named(np.ones(2))
    assert values * at.ones(2) == "named"
    with pytest.raises(TypeError, match=r"mul: other must be .* got Named; convert .*tensor\(x\)"):
        at.ones(2) * values


# -- classes that compute with Tensors themselves --------------------------------------------------


class Pair(tuple):
    """Of Tensors, as states of several parts are kept."""

    def __radd__(self, other: Any) -> Any:
        return Pair(other + one for one in self)

    def __rmul__(self, other: Any) -> Any:
        return Pair(other * one for one in self)

    def __rmatmul__(self, other: Any) -> Any:
        return Pair(other @ one for one in self)

    def __gt__(self, other: Any) -> Any:
        return "greater"


class Answer:
    """What was asked."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    for _name in (
        "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor",
        "lshift", "rshift",
    ):  # fmt: skip
        locals()[f"__r{_name}__"] = lambda self, other, name=_name: (name, other)
    for _name in ("lt", "le", "gt", "ge"):
        locals()[f"__{_name}__"] = lambda self, other, name=_name: (name, other)


def test_a_class_of_one_s_own_answers_on_the_right() -> None:
    x = at.tensor([1.0, 2.0], requires_grad=True)
    state = Pair((at.ones(2), at.tensor([3.0, 4.0])))
    assert [one.tolist() for one in x * state] == [[1, 2], [3, 8]]
    assert [one.tolist() for one in x + state] == [[2, 3], [4, 6]]
    assert [one.tolist() for one in x @ state] == [3, 11]
    assert (x < state) == "greater"
    (x * state)[1].sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [3, 4]
    with pytest.raises(TypeError, match="sub: other must be a Tensor or a number, got Pair"):
        x - state
    with pytest.raises(TypeError, match="mul: other must be a Tensor or a number, got list"):
        at.tensor(2.0) * [1, 2]


def test_every_operator_leaves_it_to_such_a_class() -> None:
    x, answer = at.tensor([True]), Answer()
    asked = {
        "add": x + answer, "sub": x - answer, "mul": x * answer, "truediv": x / answer,
        "floordiv": x // answer, "mod": x % answer, "pow": x**answer, "matmul": x @ answer,
        "and": x & answer, "or": x | answer, "xor": x ^ answer, "lshift": x << answer,
        "rshift": x >> answer, "gt": x < answer, "ge": x <= answer, "lt": x > answer,
        "le": x >= answer,
    }  # fmt: skip
    for name, (found, other) in asked.items():
        assert (found, other is x) == (name, True)


def test_an_answer_on_the_right_takes_the_place_of_what_was_to_be_written() -> None:
    kept, answer = at.tensor([True]), Answer()
    for symbol in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or",
                   "xor", "lshift", "rshift"):  # fmt: skip
        found, other = getattr(operator, f"i{symbol}")(kept, answer)
        assert (found, other is kept) == (symbol, True)
    assert kept.tolist() == [True]


def test_an_answer_that_is_a_tensor_is_not_written_into_the_memory() -> None:
    class Half:
        def __radd__(self, other: Any) -> Any:
            return other + 0.5

    kept = x = at.tensor([1, 2])
    x += Half()
    assert (x.tolist(), kept.tolist()) == ([1.5, 2.5], [1, 2])


def test_augmented_assignment_writes_what_is_no_answer() -> None:
    class Number(float):
        def __radd__(self, other: Any) -> Any:
            raise AssertionError  # it is a number, and x has an answer

    class Silent:
        def __radd__(self, other: Any) -> Any:
            return NotImplemented

    kept = x = at.tensor([1.0, 2.0])
    x += Number(2)
    assert x is kept
    assert kept.tolist() == [3, 4]
    for wrong, name in ((Silent(), "Silent"), ("a", "str"), (None, "None"), ([1], "list")):
        with pytest.raises(TypeError, match=f"add: other must be a Tensor or a number, got {name}"):
            x += wrong
