"""What ``nn.onnx`` makes of a run, before there is a graph: no other package is needed for it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import autotensor as at
import nn
from nn.onnx.aligning import Program, aligned
from nn.onnx.converters import CONDITIONS, CONVERTERS
from nn.onnx.inputs import called_with, named_outputs, symbols_of
from nn.onnx.sizes import Size, divided, explained
from nn.onnx.tracing import RefusedError, Tracer


def program(model: Any, *runs: tuple[at.Tensor, ...]) -> Program:
    """What ``model`` does in all of these runs."""
    traces = []
    for given in runs:
        with at.no_grad():
            tracer = Tracer(model, CONVERTERS, CONDITIONS)
            traces.append(tracer.run(list(given), lambda given=given: model(*given)))
    return aligned(traces, CONVERTERS, "with other sizes")


def steps(model: Any, *runs: tuple[at.Tensor, ...]) -> list[tuple[str, str]]:
    return [(one.name, one.path) for one in program(model, *runs).steps]


# -- sizes -----------------------------------------------------------------------------------------


def test_a_size_counts_as_a_number_in_all_runs() -> None:
    n = Size([2, 3, 5])
    assert (n * 4 + 1).values == (9, 13, 21)
    assert (7 - n).values == (5, 4, 2)
    assert (n // 2).values == (1, 1, 2)
    assert n - n == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((2, 3, 5, 8), [(1, ("n",))]),
        ((9, 13, 21, 33), [(4, ("n",)), (1, ())]),
        ((4, 9, 25, 64), [(1, ("n", "n")), (0, ())]),
        ((1, Fraction(3, 2), Fraction(5, 2), 4), [(Fraction(1, 2), ("n",)), (0, ())]),
    ],
)
def test_a_size_is_explained_by_the_simplest_rule(values: Any, expected: Any) -> None:
    assert explained(Size(values), [("n", Size([2, 3, 5, 8]))]) == expected


def test_a_size_that_follows_from_two_is_explained_by_both() -> None:
    batch, time = Size([2, 3, 2, 3, 5]), Size([4, 4, 7, 7, 9])
    found = explained(batch * time * 3, [("batch", batch), ("time", time)])
    assert found == [(3, ("batch", "time")), (0, ())]


def test_a_half_and_what_a_stride_leaves_are_parts_of_a_size() -> None:
    n = Size([5, 6, 7, 11, 17])
    assert divided(n // 2, [("n", n)]) == ("n", 0, 2)
    assert divided((n + 2) // 3, [("n", n)]) == ("n", 2, 3)
    assert divided((n - 3) // 2 + 1, [("n", n)]) == ("n", -1, 2)  # windows of three, two apart
    assert divided(Size([1, 9, 2, 4, 5]), [("n", n)]) is None
    few = Size([5, 6, 11, 17])  # (n + 1) // 3 is the same
    assert divided((few + 2) // 3, [("n", few)]) is None


def test_a_size_that_follows_from_nothing_known_is_not_explained() -> None:
    assert explained(Size([1, 1, 2, 4]), [("n", Size([2, 3, 5, 8]))]) is None
    # Two runs show a line through anything.
    assert explained(Size([7, 3]), [("n", Size([2, 3]))]) is None


# -- runs ------------------------------------------------------------------------------------------


def test_calls_within_known_functions_are_no_steps_and_paths_are_those_of_modules() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.GELU(), nn.Softmax(1)))
    found = steps(model, (at.ones(2, 3),), (at.ones(4, 3),))
    assert found == [("linear", "0"), ("gelu", "1.0"), ("softmax", "1.1")]


def test_weights_are_values_by_name_and_shared_ones_are_one() -> None:
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    model[1].weight = model[0].weight
    found = program(model, (at.ones(2, 3),))
    assert list(found.weights) == ["0.weight"]
    assert [one.arguments["weight"] for one in found.steps] == [found.weights["0.weight"]] * 2


def test_sizes_that_differ_are_known_to_differ() -> None:
    runs = [(at.ones(2, 3),), (at.ones(5, 3),)]
    found = program(lambda x: x.reshape(x.shape[0] * 3), *runs)
    assert found.steps[0].result.shape == (Size([6, 15]),)


def test_a_write_in_place_is_a_step_that_gives_another_value() -> None:
    def write(x: at.Tensor) -> at.Tensor:
        y = x * 2
        y += 1
        y[0] = 3
        return y

    found = program(write, (at.ones(2, 3),))
    assert [one.name for one in found.steps] == ["mul", "add", "__iadd__", "setitem"]
    assert found.output is found.steps[-1].result


def test_what_is_made_of_constants_alone_is_a_constant() -> None:
    found = program(lambda x: x + at.tril(at.ones(3, 3)), (at.ones(2, 3, 3),))
    assert found.steps[0].result.constant.tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x if x.shape[0] > 2 else -x, "other operators run"),
        (lambda x: sum(x[at] for at in range(x.shape[0])), "other operators run"),
        (lambda x: x.sum(tuple(range(1, x.ndim))) if x.shape[0] > 2 else x.sum(), "add|sum"),
    ],
)
def test_runs_that_do_other_things_are_no_program(function: Any, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        program(function, (at.ones(2, 3),), (at.ones(5, 3),))


def test_a_profiler_that_ran_before_goes_on_afterwards() -> None:
    import sys

    seen: list[str] = []
    sys.setprofile(lambda frame, event, arg: seen.append(event))
    try:
        program(lambda x: x + 1, (at.ones(2),))
        assert sys.getprofile() is not None
    finally:
        sys.setprofile(None)
    assert seen


# -- what it is given ------------------------------------------------------------------------------


class Pair(nn.Module):
    def forward(self, words: Any, state: Any, *, mask: Any = None) -> Any:
        return words, state


def test_inputs_have_the_names_of_forwards_arguments() -> None:
    x = at.ones(2, 3)
    assert called_with(Pair(), (x, (x, x)), {"mask": x}, None).names == [
        "words", "state_0", "state_1", "mask"
    ]  # fmt: skip
    assert called_with(Pair(), {"words": x, "state": None}, None, None).names == ["words"]
    assert called_with(Pair(), (x, x, {"mask": x}), None, ["first"]).names == [
        "first",
        "state",
        "mask",
    ]


def test_outputs_have_the_names_of_keys_and_fields() -> None:
    x = at.ones(2)
    assert [name for name, _ in named_outputs(x, None)] == ["output"]
    assert [name for name, _ in named_outputs((x, [x, None]), None)] == ["output_0", "output_1_0"]
    assert [name for name, _ in named_outputs({"loss": x, "out": (x,)}, ["l"])] == ["l", "out_0"]


def test_the_batch_differs_unless_told_otherwise() -> None:
    x, y = at.ones(2, 3), at.ones(4, 2)
    given = called_with(Pair(), (x, y), {"mask": at.ones(2)}, None)
    assert [(one.name, one.size, one.places) for one in symbols_of(given, None, None)] == [
        ("batch", 2, [(0, 0), (2, 0)])
    ]
    assert symbols_of(given, {}, None) == []
    axes = {"words": {1: "time"}, "state": [0]}
    assert [one.name for one in symbols_of(given, axes, None)] == ["time", "state_0"]
    assert [one.name for one in symbols_of(given, None, {"words": {0: "b", 1: None}})] == ["b"]


def test_names_and_sizes_that_do_not_fit_are_refused() -> None:
    x = at.ones(2, 3)
    with pytest.raises(TypeError, match="no Tensor"):
        called_with(Pair(), (1,), None, None)
    with pytest.raises(ValueError, match="2 names"):
        called_with(Pair(), (x,), None, ["a", "b"])
    with pytest.raises(ValueError, match="different strings"):
        called_with(Pair(), (x, x), None, ["a", "a"])
    given = called_with(Pair(), (x, x), None, None)
    with pytest.raises(ValueError, match="no dimension 2"):
        symbols_of(given, {"words": {2: "time"}}, None)
    with pytest.raises(ValueError, match="2 in one input and 3"):
        symbols_of(given, {"words": {0: "n"}, "state": {1: "n"}}, None)
