"""The benchmark's own arithmetic, and that it runs: with this project alone, and with PyTorch."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import autotensor as at
from benchmarks import compare, data, programs, report, roofline, scaling, worker, workloads
from benchmarks.__main__ import main
from benchmarks.contestants import RefusedError, Setting, Worker, steps_in
from benchmarks.libraries import LIBRARIES, OURS, lectures
from benchmarks.libraries.autotensor_ import model_of
from benchmarks.models import LENET, shapes
from benchmarks.turns import Score, Spread, play, spread
from benchmarks.workloads import WORKLOADS, Workload
from nn import functional as F
from tests.benchmarks.scripted import Scripted


def silent(_: str) -> None:
    pass


# -- turns and ratios ------------------------------------------------------------------------------


def test_pairs_take_turns_and_ratios_are_pair_by_pair() -> None:
    log: list[str] = []
    scores = play(
        {
            "a": Scripted("a", [1.0, 1.0, 10.0, 10.0], log),
            "b": Scripted("b", [2.0, 30.0], log),
            "c": Scripted("c", [0.5, 5.0], log),
        },
        2,
        0.0,
    )
    assert "".join(log) == "abacabac"
    assert scores["b"].ratios == [2.0, 3.0]
    assert scores["c"].ratios == [0.5, 0.5]  # the machine became ten times slower; no matter
    assert scores["a"].seconds == [1.0, 1.0, 10.0, 10.0]


def test_this_project_runs_alone_too() -> None:
    assert play({"a": Scripted("a", [1.0, 2.0])}, 2, 0.0) == {"a": Score([1.0, 2.0])}


def test_a_peer_that_dies_does_not_stop_the_others() -> None:
    scores = play(
        {
            "a": Scripted("a", [1.0] * 6),
            "b": Scripted("b", [2.0]),
            "c": Scripted("c", [3.0] * 3),
        },
        3,
        0.0,
    )
    assert scores["b"].lost == "died"
    assert scores["c"].ratios == [3.0] * 3


def test_a_slow_peer_takes_fewer_turns() -> None:
    scores = play({"a": Scripted("a", [1.0] * 9), "b": Scripted("b", [4.0] * 9)}, 7, 0.0)
    assert len(scores["b"].ratios) == 2


def test_spread() -> None:
    assert spread([4.0]) == Spread(4.0, 4.0, 4.0, 4.0, 4.0)
    assert spread([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(3.0, 2.0, 4.0, 1.0, 5.0)


def test_steps_fill_a_turn() -> None:
    assert steps_in(0.3, 0.01) == 30
    assert steps_in(0.3, 25.0) == 1


# -- the worker's checks ---------------------------------------------------------------------------


def test_a_loss_must_be_finite_and_fall() -> None:
    worker.check_learning([2.0, 3.0, 1.0, 2.0], 2)
    with pytest.raises(ValueError, match=r"from 2\.5000 to 3\.0000"):
        worker.check_learning([2.0, 3.0, 3.0, 3.0], 2)
    with pytest.raises(ValueError, match="not finite"):
        worker.check_learning([2.0, math.nan], 1)


# -- the roofline ----------------------------------------------------------------------------------


def test_the_shapes_of_lenet() -> None:
    convolutions = [output for _, _, output in shapes(LENET, (1, 28, 28)) if len(output) == 3]
    assert convolutions[::3] == [(6, 28, 28), (16, 10, 10), (120, 1, 1)]


@pytest.mark.parametrize("workload", [w for w in WORKLOADS if w.model], ids=lambda w: w.name)
def test_networks_fit_together(workload: Workload) -> None:
    *_, (_, _, output) = shapes(workload.network(), workload.sample_shape())
    assert output == ((3,) if workload.model == "spiral" else (10,))


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_every_program_learns_its_batch(name: str) -> None:
    step = programs.make(name, at)
    losses = [step().item() for _ in range(4)]
    assert losses[-1] < losses[0]


def test_every_program_is_a_workload() -> None:
    assert [one.program for one in WORKLOADS if one.program] == list(programs.PROGRAMS)


def test_the_arithmetic_is_counted() -> None:
    """On paper: 2-64-3, two operations for each weight; the first layer has no input gradient."""
    workload = Workload("spiral", "train", model="spiral", batch=10, optimizer="sgd")
    first, second = 10 * 2 * 2 * 64, 10 * 2 * 64 * 3
    found = roofline.step_work(workload, training=True)
    assert found.flops == 2 * first + 3 * second
    assert roofline.step_work(workload, training=False).flops == first + second


def test_the_bytes_are_counted() -> None:
    workload = Workload("spiral", "infer", model="spiral", batch=10)
    x, hidden, y, weights = 10 * 2, 10 * 64, 10 * 3, 2 * 64 + 64 + 64 * 3 + 3
    found = roofline.step_work(workload, training=False)
    assert found.bytes == 4 * (x + hidden + hidden + hidden + hidden + y + weights)

    backward = weights + x + hidden  # what linear layers need
    backward += (
        y + hidden + hidden
    )  # gradients of the second layer's output and input, relu's input
    backward += hidden + hidden  # relu's output, and the gradient of the first layer's output
    backward += hidden + weights  # the gradient of relu's output, and of the parameters
    training = Workload("spiral", "train", model="spiral", batch=10, optimizer="sgd")
    expected = found.bytes + 4 * (backward + 3 * weights)
    assert roofline.step_work(training, training=True).bytes == expected


def test_the_limit_is_the_larger_time() -> None:
    limit = roofline.limit(roofline.Work(200.0, 30.0), roofline.Peaks(100.0, 10.0))
    assert (limit.arithmetic, limit.memory, limit.seconds) == (2.0, 3.0, 3.0)


def test_the_exponent_is_that_of_the_upper_half() -> None:
    amounts = [1.0, 10.0, 100.0, 1000.0]
    assert scaling.exponent(amounts, [7.0, 7.0, 50.0, 500.0]) == pytest.approx(1)
    assert scaling.exponent(amounts, [7.0, 7.0, 1.0, 100.0]) == pytest.approx(2)
    assert scaling.exponent(amounts, [7.0, 7.0, None, 100.0]) is None


# -- tables ----------------------------------------------------------------------------------------


def test_tables_are_markdown_that_can_be_read_as_it_is() -> None:
    assert report.table(["a", "long"], [["1", "2"], ["333", "4"]]) == (
        "| a   | long |\n| --- | ---- |\n| 1   | 2    |\n| 333 | 4    |"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12.34, "12.3 s"), (0.00678, "6.78 ms"), (4.5e-5, "45.0 µs"), (3e-10, "0.30 ns")],
)
def test_durations(seconds: float, text: str) -> None:
    assert report.duration(seconds) == text


def test_a_spread_is_in_the_unit_of_its_median() -> None:
    spread = {"median": 0.001, "low": 0.0009, "high": 0.0123}
    assert report.durations(spread) == "1.00 ms [0.90 12.3]"


def test_sizes_and_ratios() -> None:
    assert report.size(1_500_000) == "1.50 MB"
    assert report.size(None) == "–"
    assert report.ratio({"median": 1.154, "low": 1.1, "high": 1.2}) == "1.15 [1.10 1.20]"


def test_the_same_refusal_is_told_once() -> None:
    rows = report.grouped([("jax", "a", "no | bar"), ("jax", "b", "no | bar"), ("jax", "c", "x")])
    assert rows == [["JAX jit", "a, b", r"no \| bar"], ["JAX jit", "c", "x"]]


# -- arguments -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "lenett"], "no workload is called lenett; there are lenet-128"),
        (["--peers", "torch"], "no peer is called torch; there are pytorch"),
        (["--threads", "0"], "expected a whole number from 1, got '0'"),
        (["--turns", "many"], "expected a whole number from 1, got 'many'"),
        (["--python", "jax"], "expected NAME=PATH"),
        (["--python", "numba=/usr/bin/python3"], "expected NAME=PATH"),
        (["--data", "no/such/folder"], "does not exist"),
        (["--processes", "few"], "expected a whole number from 1, got 'few'"),
        (["scaling", "--only", "lenet"], "--only belongs to the other commands"),
        (["race"], "invalid choice"),
    ],
)
def test_wrong_arguments(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_name_stands_for_all_that_begin_with_it() -> None:
    assert [w.name for w in workloads.chosen(["spiral", "import"], quick=True)] == [
        "spiral-600",
        "spiral-64",
        "import",
    ]
    assert "lectures" not in {w.name for w in workloads.chosen(None, quick=True)}
    assert workloads.chosen(None, quick=False) == list(WORKLOADS)


# -- it runs ---------------------------------------------------------------------------------------


def test_every_library_has_its_module() -> None:
    folder = Path(lectures.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "parameters"}
    assert {library.module for library in LIBRARIES.values()} == modules


def test_this_project_alone(
    tmp_path: Path, digits: data.Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    peaks = roofline.Peaks(1e11, 1e10)
    monkeypatch.setattr(compare, "peaks_of", lambda setting: peaks)  # a second saved
    options = ["--quick", "--peers", "", "--threads", "1", "--turns", "1", "--out", str(tmp_path)]
    main([*options, "--only", "spiral-64,record-chain"])
    results = json.loads((tmp_path / "results.json").read_text())
    assert list(results["workloads"]) == ["spiral-64", "record-chain"]
    entry = results["workloads"]["spiral-64"]["libraries"][OURS]
    assert 0 < entry["seconds"]["median"] < 10
    assert entry["ratio"] is None
    assert results["machine"]["threads"] == 1
    assert results["workloads"]["spiral-64"]["roofline"]["times_limit"] > 0
    assert results["workloads"]["record-chain"]["roofline"] is None
    text = (tmp_path / "results.md").read_text()
    assert "| spiral-64 " in text
    assert at.__version__ in text


@pytest.mark.torch
def test_against_pytorch(setting: Setting) -> None:
    if importlib.util.find_spec("torch") is None:
        pytest.skip("PyTorch is not installed")
    workload = Workload("w", "train", model="spiral", batch=30, optimizer="sgd", batches=1)
    row = compare.measure(workload, ["pytorch"], setting, silent)
    assert row["refused"] == {}
    entry = row["libraries"]["pytorch"]
    assert len(entry["ratios"]) == setting.processes
    assert entry["ratio"]["median"] > 0


def test_imports_are_timed_and_sizes_found(setting: Setting) -> None:
    row = compare.measure(Workload("import", "import"), [], setting, silent)
    assert 0 < row["libraries"][OURS]["seconds"]["median"] < 60
    found = compare.sizes([OURS], setting)[OURS]
    assert 100_000 < found["own"] < found["all"]


def test_a_worker_that_cannot_says_why(setting: Setting) -> None:
    with pytest.raises(RefusedError, match="no network is called 'alexnet'"):
        Worker(OURS, Workload("w", "train", model="alexnet"), setting)


def test_a_library_that_is_not_there_is_reported(setting: Setting) -> None:
    setting = Setting(setting.data, None, 1, pythons={"jax": "/no/such/python"})
    present, missing = compare.installed(["jax"], setting)
    assert present == []
    assert "/no/such/python cannot be run" in missing["jax"]


# -- the loops of the lectures ---------------------------------------------------------------------


@pytest.fixture
def small() -> Workload:
    return Workload("w", "train", model="lenet", batch=2, optimizer="nesterov", batches=1)


def test_the_loops_compute_what_the_framework_computes(
    small: Workload, digits: data.Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loss and all gradients of LeNet, two images."""
    model = model_of(small)
    parameters = [np.array(p.detach().numpy()) for p in model.parameters()]
    seen: list[np.ndarray] = []
    monkeypatch.setattr(lectures, "initial", lambda network: parameters)
    monkeypatch.setattr(lectures, "rule", lambda name, parameters: lambda ps, gs: seen.extend(gs))
    loss = lectures.make(small, digits, 1)()

    ((x, labels),) = digits.batches(small)
    expected = F.cross_entropy(model(at.from_numpy(x)), at.from_numpy(labels))
    expected.backward()
    np.testing.assert_allclose(loss, expected.item(), rtol=1e-5)
    for mine, parameter in zip(seen, model.parameters(), strict=True):
        np.testing.assert_allclose(mine, parameter.grad.numpy(), rtol=1e-3, atol=1e-6)


# -- the samples -----------------------------------------------------------------------------------


def test_batches(digits: data.Data) -> None:
    workload = Workload("w", "train", model="lenet", batch=3000, batches=2)
    (x, labels), (_, more) = digits.batches(workload)
    assert x.shape == (3000, 1, 28, 28)
    assert x.dtype == np.float32
    assert x.min() == pytest.approx(-0.4242, abs=1e-4)
    # After the last sample comes the first again.
    np.testing.assert_array_equal([*labels, *more[:1000]], digits.labels)
    np.testing.assert_array_equal(more[1000:], digits.labels[:2000])


@pytest.mark.parametrize("side", [16, 28, 64])
def test_images_of_any_size(digits: data.Data, side: int) -> None:
    workload = Workload("w", "train", model="any-size", batch=1, side=side)
    assert digits.batches(workload)[0][0].shape == (1, 1, side, side)


@pytest.fixture(autouse=True)
def threads_as_before() -> Iterator[None]:
    before = at.get_num_threads()
    yield
    at.set_num_threads(before)
