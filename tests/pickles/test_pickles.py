"""Everything public can be pickled and copied, and is the same afterwards; or says why not."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.utils import parametrizations
from tests.formulas.defaults import callables
from tests.pickles.examples import EXAMPLES, Network, fitted, halved

pytestmark = pytest.mark.filterwarnings("ignore:.*has no arg_constraints:UserWarning")

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

CANNOT = {
    "autotensor.extend.ignored": "NumPy's state of this thread",
    "autotensor.extend.numpy_errors": "NumPy's state of this thread",
    "autotensor.extend.silent": "NumPy's state of this thread",
    "autotensor.extend.watched_step": "loaded when first called",
    "autotensor.extend.way_to": "loaded when first called",
}

ABSTRACT = {
    "autotensor.Function", "autotensor.FunctionContext", "nn.optim.lr_scheduler.LRScheduler",
}  # fmt: skip


def alike(one: Any, other: Any, seen: set[tuple[int, int]] | None = None, path: str = "") -> None:
    """Fails unless both are the same through and through."""
    seen = set() if seen is None else seen
    if one is other or (id(one), id(other)) in seen:
        return
    seen.add((id(one), id(other)))
    assert type(one) is type(other), path
    home = type(one).__module__
    if isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other, path)
    elif isinstance(one, (nn.UninitializedParameter, nn.UninitializedBuffer)):
        assert (one.dtype, one.requires_grad) == (other.dtype, other.requires_grad), path
    elif isinstance(one, dict):
        assert list(map(repr, one)) == list(map(repr, other)), path
        for (key, value), its in zip(one.items(), other.values(), strict=True):
            alike(value, its, seen, f"{path}[{key!r}]")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), path
        for number, (value, its) in enumerate(zip(one, other, strict=True)):
            alike(value, its, seen, f"{path}[{number}]")
    elif isinstance(one, (set, frozenset)):
        assert sorted(map(repr, one)) == sorted(map(repr, other)), path  # in no order
    elif isinstance(one, partial):
        alike((one.func, one.args, one.keywords), (other.func, other.args, other.keywords), seen)
    elif isinstance(one, types.MethodType):
        assert one.__func__ is other.__func__, path
        alike(one.__self__, other.__self__, seen, path)
    elif isinstance(one, at.Generator):
        alike(one.get_state(), other.get_state(), seen, path)
    elif home.startswith(("autotensor", "nn", "tests")) and one.__getstate__() is not None:
        alike(one.__getstate__(), other.__getstate__(), seen, f"{path}.")
    else:
        assert repr(one).partition(" at 0x")[0] == repr(other).partition(" at 0x")[0], path


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_pickle_is_what_was_pickled(name: str) -> None:
    made = EXAMPLES[name]()
    for protocol in PROTOCOLS:
        alike(made, pickle.loads(pickle.dumps(made, protocol)), path=name)


# Old weight_norm holds a computed weight, of which there is no deep copy, as in PyTorch.
@pytest.mark.parametrize("name", [one for one in EXAMPLES if one != "weight_norm"])
def test_a_copy_is_what_was_copied(name: str) -> None:
    made = EXAMPLES[name]()
    alike(made, copy.copy(made), path=name)
    alike(made, copy.deepcopy(made), path=name)


def test_every_class_that_modules_optimizers_and_the_like_are_made_of_has_an_example() -> None:
    kinds = {type(make()) for make in EXAMPLES.values()}
    missing = [
        name
        for name, kind in callables().items()
        if isinstance(kind, type)
        and issubclass(kind, (nn.Module, nn.optim.Optimizer, at.distributions.Distribution,
                              at.distributions.Transform, nn.optim.lr_scheduler.LRScheduler,
                              nn.data.transforms.Transform, nn.data.Sampler))
        and name not in ABSTRACT | {"nn.utils.parametrize.ParametrizationList",
                                    "nn.optim.ZeroRedundancyOptimizer"}  # of a group of processes
        and kind not in kinds
    ]  # fmt: skip
    assert missing == []


def test_functions_and_classes_are_found_by_their_names() -> None:
    wrong, known = [], callables()
    for name, one in known.items():
        if name.rpartition(".")[0] in known or name in CANNOT:  # a method, or what cannot be
            continue
        try:
            if pickle.loads(pickle.dumps(one)) is not one and isinstance(
                one, (type, types.FunctionType)
            ):
                wrong.append(name)
        except Exception as error:
            wrong.append(f"{name}: {error}")
    assert wrong == []


IN_ANOTHER_PROCESS = """
import pickle, sys

wrong = []
with open(sys.argv[1], "rb") as file:
    pickles = pickle.load(file)
for name, (data, shown) in pickles.items():
    try:
        back = pickle.loads(data)
    except Exception as error:
        wrong.append(f"{name}: {type(error).__name__}: {error}")
    else:
        if " at 0x" not in shown and repr(back) != shown:
            wrong.append(f"{name}: {back!r} is not {shown}")
print("\\n".join(wrong), end="")
"""


def test_another_process_reads_them_all(tmp_path: Path) -> None:
    """One that has imported nothing."""
    made = {name: make() for name, make in EXAMPLES.items()}
    pickles = {name: (pickle.dumps(one), repr(one)) for name, one in made.items()}
    (tmp_path / "pickles").write_bytes(pickle.dumps(pickles))
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_PROCESS, str(tmp_path / "pickles")],
        cwd=Path(at.__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_what_comes_out_goes_on_as_it_would_have() -> None:
    model, history, _ = fitted()
    twin = pickle.loads(pickle.dumps(model))
    x = at.randn(4, 3)
    for one in (model, twin):
        one.eval()
    assert at.equal(model(x), twin(x))
    assert pickle.loads(pickle.dumps(history)).epochs == history.epochs
    generator = at.Generator().manual_seed(7)
    its_twin = pickle.loads(pickle.dumps(generator))
    assert at.equal(at.rand(5, generator=generator), at.rand(5, generator=its_twin))
    lstm = nn.LSTM(3, 2, 2)
    its_copy = pickle.loads(pickle.dumps(lstm))
    assert at.equal(lstm(x)[0], its_copy(x)[0])


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop", "LBFGS", "NAdam"])
def test_model_optimizer_and_schedule_go_on_together(kind: str) -> None:
    """In one pickle the optimizer trains the parameters of the model that comes with it."""
    at.manual_seed(1)
    model = Network()
    steps = getattr(nn.optim, kind)(model.parameters(), lr=0.1)
    plan = nn.optim.lr_scheduler.LambdaLR(steps, halved)
    x, y = at.randn(6, 3), at.arange(6) % 2

    def go(model: nn.Module, steps: Any, plan: Any) -> list[float]:
        def loss() -> at.Tensor:
            steps.zero_grad()
            value = nn.functional.cross_entropy(model(x), y)
            value.backward()
            return value

        losses = []
        for _ in range(3):
            losses.append(float(steps.step(loss)))
            plan.step()
        return losses

    go(model, steps, plan)
    others = [
        pickle.loads(pickle.dumps((model, steps, plan))),
        copy.deepcopy((model, steps, plan)),
    ]
    expected = go(model, steps, plan)
    assert [go(*one) for one in others] == [expected, expected]


# -- what cannot be pickled ----------------------------------------------------------------------


def local_hook() -> nn.Module:
    layer = nn.Linear(2, 2)
    layer.register_forward_hook(lambda *given: None)
    return layer


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "a local hook": (local_hook, AttributeError, "local_hook.<locals>.<lambda>"),
    "a node of the graph": (
        lambda: (at.ones(1, requires_grad=True) * 2).grad_fn, TypeError,
        "MulBackward0: a node of the graph cannot be copied or pickled",
    ),
    "a parametrized module": (
        lambda: parametrizations.weight_norm(nn.Linear(2, 2)), RuntimeError, "through state_dict()",
    ),
    "a schedule of a lambda": (
        lambda: nn.optim.lr_scheduler.LambdaLR(
            nn.optim.SGD([nn.Parameter(at.ones(1))], 0.1), lambda step: 1.0
        ),
        AttributeError, "<lambda>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_pickled_says_what_it_is(name: str) -> None:
    make, error, words = REFUSED[name]
    with pytest.raises((error, pickle.PicklingError)) as caught:
        pickle.dumps(make())
    assert words in str(caught.value)
