"""Pillow's pictures of every mode, here and in torchvision."""

from __future__ import annotations

import warnings
from types import ModuleType

import numpy as np
import pytest

from tests.soak import pictures


@pytest.fixture(scope="module")
def torchvision(torch: ModuleType) -> ModuleType:
    """Skipped where it is not installed, or was built for another PyTorch."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import torchvision.transforms as peer
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"torchvision cannot be used: pip install torchvision ({error})")
    return peer


@pytest.mark.parametrize("mode", pictures.MODES)
def test_transforms_are_those_of_torchvision(torchvision: ModuleType, mode: str) -> None:
    rng = np.random.default_rng(0)
    for height, width in pictures.SIZES:
        picture = pictures.in_mode(mode, height, width, rng)
        for name, (ours, theirs) in pictures.pairs(torchvision).items():
            assert pictures.compare(ours, theirs, picture, name) is None, (name, height, width)
