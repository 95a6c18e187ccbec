from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import data
from benchmarks.contestants import Setting
from nn.data import MNIST


@pytest.fixture(scope="session")
def digits() -> data.Data:
    found = MNIST()
    return data.Data(found.images, found.labels, None)


@pytest.fixture
def setting(tmp_path: Path, digits: data.Data) -> Setting:
    """One thread, one process, turns that are over at once."""
    data.save(tmp_path, digits.images, digits.labels)
    return Setting(
        tmp_path, None, 1, processes=1, turns=2, turn_seconds=0.01, warm_seconds=0.0, pause=0.0
    )
