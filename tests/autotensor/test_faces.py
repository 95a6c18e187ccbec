"""Public functions that are faces of one implementation, and methods by declaration."""

from __future__ import annotations

import enum
import inspect
import pickle

import numpy as np
import pytest

import autotensor as at
from autotensor.extend import binary, face


def _scaled(input: float, by: float = 2, *, name: str = "", power: int = 1) -> str:
    return f"{name}: {input * by**power}"


@face(_scaled)
def doubled() -> str:
    """Twice the input."""


@face(_scaled, name="other", power=2)
def squared() -> str:
    """Four times the input."""


def test_a_face_is_its_implementation_with_what_is_fixed() -> None:
    assert doubled(3) == "doubled: 6"
    assert squared(3, by=3) == "other: 27"
    assert _scaled(3) == ": 6"


def test_a_face_has_its_own_name_and_documentation_and_the_public_arguments() -> None:
    assert doubled.__name__ == doubled.__qualname__ == "doubled"
    assert doubled.__doc__ == "Twice the input."
    assert list(inspect.signature(doubled).parameters) == ["input", "by"]
    with pytest.raises(TypeError, match=r"doubled\(\) missing 1 required positional argument"):
        doubled()  # type: ignore[call-arg]


@pytest.mark.parametrize("fixed", ["name", "power", "ndim"])
def test_what_is_fixed_cannot_be_given(fixed: str) -> None:
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{fixed}'"):
        doubled(3, **{fixed: 1})
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{fixed}'"):
        at.max_pool2d(at.ones(1, 1, 4, 4), 2, **{fixed: 1})


def test_a_face_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(at.max_pool2d)) is at.max_pool2d


def test_a_declaration_says_what_is_a_method() -> None:
    assert at.Tensor.tanh is inspect.unwrap(at.tanh, stop=lambda one: not hasattr(one, "has_door"))
    assert not hasattr(at.Tensor, "stack")  # function_only
    assert hasattr(at.Tensor, "tanh_")
    assert hasattr(at.Tensor, "arctan_")  # aliases have what they stand for
    assert not hasattr(at.Tensor, "logaddexp_")
    assert at.Tensor.backward.__qualname__ == "Tensor.backward"


def test_the_three_forms_of_a_python_operator() -> None:
    x = at.tensor([1.0, 2.0])
    y = x
    y -= 1
    assert y is x
    assert x.tolist() == [0.0, 1.0]
    assert (3 - x).tolist() == [3.0, 2.0]
    assert (x - 3).tolist() == [-3.0, -2.0]
    assert not hasattr(at.Tensor, "__rneg__")


def test_a_member_of_an_enumeration_counts_as_the_integer_that_it_is() -> None:
    class Side(enum.IntEnum):
        RIGHT = 2

    x = at.tensor([1, 2])
    assert ((x + Side.RIGHT).dtype, (x + Side.RIGHT).tolist()) == (at.int64, [3, 4])
    assert (x & Side.RIGHT).tolist() == [0, 2]
    x *= Side.RIGHT
    assert x.tolist() == [2, 4]


def test_an_operator_of_ones_own_is_differentiated() -> None:
    @binary(
        np.hypot,
        input=lambda g, input, output: g * input / output,
        other=lambda g, other, output: g * other / output,
    )
    def length(input: at.Tensor, other: at.Tensor) -> at.Tensor:
        """``√(input² + other²)``."""

    x = at.tensor([3.0, -5.0], dtype=at.float64, requires_grad=True)
    y = at.tensor([4.0, 12.0], dtype=at.float64, requires_grad=True)
    assert length(x, y).tolist() == [5.0, 13.0]
    assert at.gradcheck(length, (x, y))
    assert at.gradgradcheck(length, (x, y))
