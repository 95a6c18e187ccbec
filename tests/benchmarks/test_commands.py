"""``python -m benchmarks threads``, ``ranks`` and ``report``: they run, and say what they found."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import pages, report, summary, threads
from benchmarks.__main__ import main
from benchmarks.contestants import RefusedError, Setting
from benchmarks.ranks import measure as ranks
from benchmarks.ranks.gang import Gang, by_mpiexec, one_by_one
from benchmarks.ranks.shares import share
from benchmarks.workloads import Workload

WORKLOAD = Workload("w", "train", model="spiral", batch=30, optimizer="sgd", batches=2)


def spread(median: float) -> dict[str, float]:
    return dict.fromkeys(("median", "low", "high", "least", "most"), median)


def figures(seconds: float, ratio: float | None = None) -> dict[str, Any]:
    return {"seconds": spread(seconds), "ratio": None if ratio is None else spread(ratio)}


# -- threads ---------------------------------------------------------------------------------------


def test_threads(tmp_path: Path) -> None:
    main(["threads", "--quick", "--only", "spiral-64,import", "--also", sys.executable,
          "--processes", "1", "--out", str(tmp_path)])  # fmt: skip
    results = json.loads((tmp_path / "threads.json").read_text())
    assert [row["workload"] for row in results["rows"]] == ["spiral-64"] * 2
    for row in results["rows"]:
        for when in ("quiet", "busy"):
            assert len(row[when]["one"]["ratios"]) == 1
            assert row[when]["default"]["ratio"] is None
    assert "| spiral-64 | Python 3." in (tmp_path / "threads.md").read_text()


def test_whether_threads_are_enough_is_said() -> None:
    def row(quiet: float, busy: float, free: bool) -> dict[str, Any]:
        return {
            "workload": "lenet-128", "python": "3.13.1", "free": free,
            "quiet": {"default": figures(1.0), "one": figures(quiet, quiet), "enough": True},
            "busy": {"default": figures(1.0), "one": figures(busy, busy), "enough": False},
        }  # fmt: skip

    text = threads.markdown({"rows": [row(1.2, 0.5, False), row(1.4, 0.5, True)]})
    assert "Python 3.13.1: 1 of 1 quiet (≥ 0.98) and 0 of 1 busy (≥ 0.9)." in text
    assert "Python 3.13.1, free-threaded: lenet-128 gains 1.40 from all cores, **less" in text
    assert text.count("**no**") == 2


def test_an_interpreter_that_cannot_be_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no/such/python cannot be run"):
        main(["threads", "--quick", "--only", "spiral", "--also", "/no/such/python",
              "--out", str(tmp_path)])  # fmt: skip


# -- ranks -----------------------------------------------------------------------------------------


def test_the_least_in_a_ring() -> None:
    """2-64-3: 64·2 + 64 + 3·64 + 3 floats; each sends half of them twice."""
    parameters = 64 * 2 + 64 + 3 * 64 + 3
    assert ranks.ring_minimum(WORKLOAD, 2) == 4 * parameters
    assert ranks.ring_minimum(WORKLOAD, 4) == 4 * parameters * 1.5


def test_shares_make_up_the_batch() -> None:
    batch = (np.arange(12.0, dtype=np.float32).reshape(6, 2), np.arange(6))
    shares = [share([batch], rank, 3)[0] for rank in range(3)]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in shares]), batch[0])
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in shares]), batch[1])
    with pytest.raises(ValueError, match="a batch of 6 cannot be shared equally by 4"):
        share([batch], 0, 4)


@pytest.mark.peer
@pytest.mark.parametrize(
    ("module", "launch", "needs"),
    [(ranks.PLAIN, by_mpiexec, "mpi4py"), ("benchmarks.ranks.pytorch", one_by_one, "torch")],
)
def test_a_gang(module: str, launch: Any, needs: str, setting: Setting) -> None:
    if importlib.util.find_spec(needs) is None:
        pytest.skip(f"{needs} is not installed")
    gang = Gang(sys.executable, module, launch, 2, WORKLOAD, setting)
    assert 0 < gang.turn() < 1
    assert gang.losses[0] > gang.losses[-1]
    time.sleep(0.5)  # in which both wait, and sleep
    assert 0 <= gang.finish()["idle"] < 1
    assert all(process.returncode == 0 for process in gang.processes)


@pytest.mark.peer
def test_ranks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("mpi4py", reason="needs the extra: pip install -e .[mpi]")
    monkeypatch.setattr(ranks, "installed", lambda peers, setting: ([], {}))  # seconds saved
    main(["ranks", "--quick", "--only", "mlp", "--processes", "1", "--out", str(tmp_path)])
    plain, sharded = json.loads((tmp_path / "ranks.json").read_text())["rows"]
    assert [plain["sharded"], sharded["sharded"]] == [False, True]
    for row in (plain, sharded):
        assert row["difference"] < ranks.ROUNDING
        assert row["contestants"]["one"]["ratio"]["median"] > 0
        assert row["ring"] == 4 * (784 * 128 + 128 + 128 * 10 + 10)
        assert row["exchanged"] > 0.5 * row["ring"]
    assert "| mlp-100, sharded optimizer |" in (tmp_path / "ranks.md").read_text()


def test_a_gang_that_dies_says_why(setting: Setting) -> None:
    with pytest.raises(RefusedError, match="No module named 'no_such_module'"):
        Gang(sys.executable, "no_such_module", one_by_one, 2, WORKLOAD, setting)


# -- the pages -------------------------------------------------------------------------------------


def comparison() -> dict[str, Any]:
    def row(kind: str, batch: int, ratios: dict[str, float]) -> dict[str, Any]:
        libraries = {"autotensor": {**figures(0.001), "busy": figures(0.002)}}
        for name, ratio in ratios.items():
            libraries[name] = {**figures(0.001 * ratio, ratio), "busy": figures(0.004, 4.0)}
        for entry in libraries.values():
            entry.update(version="1.0", peak=1000, idle=0.0)
        return {"what": "", "kind": kind, "batch": batch, "libraries": libraries, "refused": {}}

    return {
        "command": "compare", "written": "python -m benchmarks", "date": "2026-01-01",
        "machine": {"processor": "CPU", "processors": 2, "threads": None, "system": "Linux",
                    "python": "3", "numpy": "2", "blas": "OpenBLAS", "load": None},
        "options": {"processes": 5, "turns": 3, "quick": False}, "data": "MNIST",
        "missing": {}, "sizes": {}, "warnings": [], "peaks": {},
        "workloads": {
            "lenet-128": row("train", 128, {"pytorch": 4.0, "jax": 0.5, "one": 1.1}),
            "mlp-100": row("train", 100, {"pytorch": 1.0}),
            "lenet-infer-1": row("infer", 1, {"pytorch": 2.0}),
        },
    }  # fmt: skip


def test_means_are_geometric_and_over_what_took_part() -> None:
    results = comparison()
    assert summary.mean(results, "pytorch", "training") == summary.Mean(2.0, 2)
    assert summary.mean(results, "pytorch", "training", busy=True) == summary.Mean(4.0, 2)
    assert summary.mean(results, "pytorch", "inference, one image") == summary.Mean(2.0, 1)
    assert summary.mean(results, "jax", "training") == summary.Mean(0.5, 1)
    assert summary.mean(results, "keras", "training") is None


def test_wins_of_peers_are_named() -> None:
    assert list(summary.wins(comparison())) == [("lenet-128", "jax", 0.5)]
    text = report.markdown(comparison())
    assert "| lenet-128 | JAX jit | 0.50  |" in text
    assert "## With one core kept busy" in text


def test_the_report_joins_what_commands_have_written(tmp_path: Path) -> None:
    first, second = comparison(), comparison()
    second["date"] = "2026-01-02"
    second["workloads"]["lenet-128"]["libraries"]["mlx"] = second["workloads"]["lenet-128"][
        "libraries"
    ].pop("jax")
    second["workloads"]["lenet-128"]["libraries"]["pytorch"]["ratio"] = spread(9.0)
    for name, results in (("b", first), ("a", second)):
        (tmp_path / f"{name}.json").write_text(json.dumps(results))
    main(["report", "--out", str(tmp_path)])
    page = (tmp_path / "RESULTS.md").read_text()
    assert page.index("2026-01-01") < page.index("2026-01-02")
    rows = (tmp_path / "README.md").read_text().splitlines()
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows if row]
    assert cells[0][1:] == ["autotensor", "autotensor, one thread", "PyTorch", "JAX jit", "MLX"]
    assert cells[2][1:] == ["1.00 ms", "1.10", "4.00", "**0.50**", "**0.50**"]
    assert cells[4][0::3] == ["geometric mean", "2.00"]


def test_a_report_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["report", "--out", str(tmp_path)])
    assert "has no results: run a command first" in capsys.readouterr().err


def test_every_training_step_has_a_label() -> None:
    labels = {pages.label(one) for one in pages.WORKLOADS if one.kind == "train"}
    assert {"LeNet, 128 images", "two convolutions of 8 filters, 4 images of 64 × 64"} < labels
