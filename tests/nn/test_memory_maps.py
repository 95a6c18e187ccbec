"""Arrays in files: as data sets that are never read whole, and as weights that train there."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn import functional as F
from nn import optim
from nn.data import DataLoader, Dataset, Subset, TensorDataset, read_idx
from tests.helpers import forks_beside_threads

ROWS, WIDTH = 32768, 1024  # of float32: 128 MB, of which only what is written takes room on disk
MOST = 64 << 10  # kilobytes: half of it


def rows_in_a_file(folder: Path, mode: Any = "r") -> np.ndarray:
    """Row ``i`` begins with ``i``; the rest is a hole in the file."""
    path = folder / "rows.npy"
    if not path.exists():
        file = np.lib.format.open_memmap(path, "w+", "f4", (ROWS, WIDTH))
        file[::997, 0] = np.arange(0, ROWS, 997)
        file.flush()
        del file
    return np.load(path, mmap_mode=mode)


def resident(path: Path) -> int:
    """How many kilobytes of the file this process has in its memory."""
    total, of_file = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split()[0]
        if "-" in first and not first.endswith(":"):
            of_file = line.endswith(str(path))
        elif of_file and first == "Rss:":
            total += int(line.split()[1])
    return total


needs_smaps = pytest.mark.skipif(
    not Path("/proc/self/smaps").exists(), reason="only Linux tells which pages are in memory"
)


# --- data sets ------------------------------------------------------------------------------------


class Numbered(Dataset[Any]):
    """The rows that were written, and how much of the file is in the memory of who reads them."""

    def __init__(self, rows: at.Tensor, path: Path) -> None:
        self.rows, self.path = rows, path

    def __len__(self) -> int:
        return -(-ROWS // 997)

    def __getitem__(self, index: int) -> tuple[at.Tensor, int]:
        row = self.rows[997 * index].clone()
        return row, resident(self.path)


@needs_smaps
@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_set_in_a_file_is_not_read_whole(tmp_path: Path, workers: int) -> None:
    rows = at.from_numpy(rows_in_a_file(tmp_path))
    data = Numbered(rows, tmp_path / "rows.npy")
    loader = DataLoader(
        data, batch_size=4, sampler=[3, 30, 17, 24, 8, 29, 31, 2], num_workers=workers
    )
    (x, first), (_, second) = list(loader)
    assert x.shape == (4, WIDTH)
    assert x[:, 0].tolist() == [997 * 3, 997 * 30, 997 * 17, 997 * 24]
    assert 0 < max(first.max().item(), second.max().item()) < MOST
    assert resident(tmp_path / "rows.npy") < MOST


@needs_smaps
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("workers", [0, 2])
def test_whole_batches_of_a_tensor_dataset(tmp_path: Path, shuffle: bool, workers: int) -> None:
    rows = at.from_numpy(rows_in_a_file(tmp_path))
    picked = Subset(TensorDataset(rows, at.arange(ROWS)), np.arange(0, ROWS, 997)[:12])
    count = 0
    for x, y in DataLoader(picked, batch_size=4, shuffle=shuffle, num_workers=workers):
        assert x[:, 0].tolist() == y.tolist()
        x += 1  # it is a copy
        count += len(x)
    assert count == 12
    assert resident(tmp_path / "rows.npy") < MOST
    assert rows_in_a_file(tmp_path)[997, 0] == 997


@needs_smaps
def test_a_run_of_neighbours_reads_no_more_than_itself(tmp_path: Path) -> None:
    rows = at.from_numpy(rows_in_a_file(tmp_path))
    x, _ = next(iter(DataLoader(TensorDataset(rows, at.arange(ROWS)), batch_size=4)))
    assert not np.shares_memory(x.array, rows.array)
    assert resident(tmp_path / "rows.npy") < MOST
    x += 1  # it is a copy
    assert x[:, 0].tolist() == [1, 1, 1, 1]


def test_a_read_only_map_refuses_to_be_written(tmp_path: Path) -> None:
    rows = at.from_numpy(rows_in_a_file(tmp_path, "r"))

    def write() -> None:
        rows[0] = 1

    for use in (
        write,
        lambda: rows.add_(1),
        lambda: rows[0].zero_(),
        lambda: rows[0].copy_(rows[1]),
    ):
        with pytest.raises(RuntimeError, match=r"is read-only; clone\(\) it before writing"):
            use()
    assert rows[997].clone().add_(1)[0] == 998


def test_writes_reach_the_file_or_not_as_the_map_says(tmp_path: Path) -> None:
    private = at.from_numpy(rows_in_a_file(tmp_path, "c"))
    private[5, 0] = 7
    assert rows_in_a_file(tmp_path)[5, 0] == 0
    shared = at.from_numpy(rows_in_a_file(tmp_path, "r+"))
    shared[5, 0] = 7
    del shared  # NumPy writes what is left when the map goes
    assert rows_in_a_file(tmp_path)[5, 0] == 7


def test_a_data_set_that_grows_on_disk_can_be_made_by_tensors(tmp_path: Path) -> None:
    file = np.lib.format.open_memmap(tmp_path / "made.npy", "w+", "f4", (10, 3))
    made = at.from_numpy(file)
    for start in range(0, 10, 5):
        made[start : start + 5] = at.full((5, 3), float(start))
    file.flush()
    assert np.load(tmp_path / "made.npy")[:, 0].tolist() == [0.0] * 5 + [5.0] * 5


def test_values_are_those_of_the_file_in_every_dtype(tmp_path: Path) -> None:
    for dtype in ("bool", "uint8", "int8", "int16", "int32", "int64", "f2", "f4", "f8"):
        values = np.arange(6).reshape(2, 3).astype(dtype)
        np.save(tmp_path / "a.npy", values)
        x = at.from_numpy(np.load(tmp_path / "a.npy", mmap_mode="r"))
        assert x.dtype == values.dtype
        assert x.tolist() == values.tolist()
    np.save(tmp_path / "a.npy", values.astype(">f8"))
    with pytest.raises(TypeError, match="byte order"):
        at.from_numpy(np.load(tmp_path / "a.npy", mmap_mode="r"))


def test_raw_files_and_the_body_of_an_idx_file(tmp_path: Path) -> None:
    pictures = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path = tmp_path / "pictures-idx3-ubyte"
    path.write_bytes(
        bytes([0, 0, 8, 3]) + np.array([2, 3, 4], ">u4").tobytes() + pictures.tobytes()
    )
    mapped = np.memmap(path, np.uint8, "r", offset=16, shape=(2, 3, 4))
    assert at.from_numpy(mapped).tolist() == read_idx(path).tolist()


def _sum_of(rows: at.Tensor, answers: Any) -> None:
    answers.put(float(rows[997].sum()))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@forks_beside_threads
def test_a_forked_process_sees_the_same_file(tmp_path: Path) -> None:
    rows = at.from_numpy(rows_in_a_file(tmp_path, "r+"))
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    process = context.Process(target=_sum_of, args=(rows, answers))
    process.start()
    assert answers.get(timeout=60) == 997
    process.join()


# --- weights --------------------------------------------------------------------------------------


def mapped_weights(model: nn.Module, folder: Path, mode: Any) -> dict[str, at.Tensor]:
    """The state of ``model`` in files, one for each value, and Tensors on them."""
    for name, value in model.state_dict().items():
        path = folder / f"{name}.npy"
        if not path.exists():
            np.save(path, value.numpy())
    return {
        name: at.from_numpy(np.load(folder / f"{name}.npy", mmap_mode=mode))
        for name in model.state_dict()
    }


def small() -> nn.Module:
    at.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1))


def trained(model: nn.Module, optimizer: optim.Optimizer) -> list[float]:
    x = at.tensor(np.random.default_rng(0).normal(size=(8, 3)), dtype=at.float32)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), x.sum(1, keepdim=True))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.RMSprop])
def test_weights_train_in_their_files(tmp_path: Path, make: Any) -> None:
    usual = small()
    wanted = trained(usual, make(usual.parameters(), lr=0.05))
    model = small()
    model.load_state_dict(mapped_weights(model, tmp_path, "r+"), assign=True)
    assert all(isinstance(one, nn.Parameter) for one in model.parameters())
    assert trained(model, make(model.parameters(), lr=0.05)) == wanted
    for name, value in usual.state_dict().items():
        assert np.load(tmp_path / f"{name}.npy").tolist() == value.tolist()
    del model
    again = small()
    again.load_state_dict(mapped_weights(again, tmp_path, "r"), assign=True)
    again.eval()
    usual.eval()
    x = at.ones(2, 3)
    with at.no_grad():
        assert again(x).tolist() == usual(x).tolist()


def test_another_process_reads_what_was_trained(tmp_path: Path) -> None:
    model = nn.Linear(3, 1)
    model.load_state_dict(mapped_weights(model, tmp_path, "r+"), assign=True)
    with at.no_grad():
        model.weight.fill_(0.5)
    base: Any = model.weight.array
    while not isinstance(base, np.memmap):
        base = base.base
    base.flush()
    code = "import numpy as np, sys; print(np.load(sys.argv[1]).tolist())"
    path = str(tmp_path / "weight.npy")
    found = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert found.stdout.strip() == "[[0.5, 0.5, 0.5]]"


def test_read_only_weights_compute_and_give_gradients_to_others(tmp_path: Path) -> None:
    model = nn.Linear(3, 1)
    model.load_state_dict(mapped_weights(model, tmp_path, "r"), assign=True)
    x = at.ones(2, 3, requires_grad=True)
    model(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == model.weight.expand(2, 3).tolist()


def test_read_only_weights_are_refused_where_they_would_be_written(tmp_path: Path) -> None:
    model = nn.Linear(3, 1)
    before = model.weight.tolist()
    model.load_state_dict(mapped_weights(model, tmp_path, "r"), assign=True)
    for make in (optim.SGD, optim.Adam, optim.LBFGS):
        with pytest.raises(ValueError, match=r"shape \(1, 3\)\) lies on read-only memory.*'r\+'"):
            make(model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match=r"weight lies on read-only memory; load with assign"):
        model.load_state_dict(nn.Linear(3, 1).state_dict())
    with pytest.raises(ValueError, match="zeros_: the Tensor lies on read-only memory"):
        nn.init.zeros_(model.weight)
    with pytest.raises(RuntimeError, match=r"read-only; clone\(\) it"), at.no_grad():
        model.weight.add_(1)
    assert model.weight.tolist() == before
    model.weight.data = model.weight.data.clone()
    model.bias.requires_grad_(False)  # frozen, it may lie there
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    model(at.ones(1, 3)).sum().backward()
    optimizer.step()
    assert model.weight.tolist() != before
