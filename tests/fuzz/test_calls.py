"""Nothing but a clear refusal comes of a call with junk; see ``calls.py``."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest

import autotensor as at
from tests.fuzz.calls import Attempt, Target, call_all, problem_with, targets

CHUNKS = 16
CALLS = 20_000


@pytest.fixture(scope="module")
def everything() -> list[Target]:
    return targets()


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_junk_is_refused_in_clear_words(everything: list[Target], chunk: int) -> None:
    problems: list[str] = []

    def report(one: Attempt, problem: str) -> None:
        problems.append(f"{one.text}\n    {problem}")

    call_all(everything, range(chunk, CALLS, CHUNKS), 0, report)
    assert not problems, "\n".join(problems)


def test_every_public_callable_is_there(everything: list[Target]) -> None:
    names = {one.name for one in everything}
    assert len(names) > 1500
    some = {
        "autotensor.add", "Tensor.add_", "Tensor.__getitem__", "linalg.qr", "special.zeta",
        "func.vmap", "functional.hessian", "nn.Conv2d", "nn.Conv2d()", "nn.Module.to",
        "F.linear_cross_entropy", "init.sparse_", "optim.LBFGS", "optim.Adam.add_param_group",
        "lr_scheduler.CyclicLR", "utils.weight_norm", "rnn.pack_sequence", "data.DataLoader",
        "data.DataLoader.__iter__", "transforms.Resize()", "training.fit", "nn.summary",
    }  # fmt: skip
    assert some - names == {"func.vmap"}  # which is autotensor.vmap


# -- the judge must be able to condemn -------------------------------------------------------------


def judged(function: object, *args: object) -> str | None:
    target = Target("autotensor.square", function, [])  # type: ignore[arg-type]
    return problem_with(Attempt(target, list(args), {}, "a call"))


def refused(x: at.Tensor) -> None:
    raise ValueError("square: x must be positive")


def accident(x: at.Tensor) -> None:
    x.nonsense


def nameless(x: at.Tensor) -> None:
    raise ValueError("x must be positive")


def bare(x: at.Tensor) -> None:
    raise ValueError("operands could not be broadcast together, says square")


def warning(x: at.Tensor) -> None:
    warnings.warn("overflow encountered in square", RuntimeWarning, stacklevel=1)


def written(x: at.Tensor) -> None:
    x.array[0] = 7.0
    refused(x)


def counted(x: at.Tensor) -> None:
    x.mark_written()
    refused(x)


def silenced(x: at.Tensor) -> None:
    np.seterr(all="ignore")
    refused(x)


def without_grad(x: at.Tensor) -> None:
    at.set_grad_enabled(False)
    refused(x)


def drawn(x: at.Tensor) -> None:
    at.rand(1)
    refused(x)


def test_a_clear_refusal_passes() -> None:
    assert judged(refused, at.ones(2)) is None


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (accident, "wrong kind of error"),
        (nameless, "does not say who refuses"),
        (bare, "not our message"),
        (warning, "warning RuntimeWarning"),
        (written, "an argument changed"),
        (counted, "an argument changed"),
        (silenced, "NumPy's error state changed"),
        (without_grad, "grad mode changed"),
        (drawn, "random state changed"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_wrong_refusal_is_condemned(function: object, problem: str) -> None:
    assert (judged(function, at.ones(2)) or "").startswith(problem)
    assert at.is_grad_enabled()
    assert np.geterr()["over"] == "warn"


def test_a_call_that_hangs_is_condemned(monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(x: at.Tensor) -> None:
        while True:
            pass

    monkeypatch.setattr("tests.fuzz.calls.SECONDS", 0.05)
    problems: list[str] = []
    here = os.getcwd()
    target = Target("autotensor.square", forever, [])
    monkeypatch.setattr(
        "tests.fuzz.calls.attempt", lambda one, draw: Attempt(one, [at.ones(2)], {}, "a call")
    )
    call_all([target], range(1), 0, lambda one, problem: problems.append(problem))
    assert [one.partition(",")[0] for one in problems] == ["wrong kind of error"]
    assert os.getcwd() == here
