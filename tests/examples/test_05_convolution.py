"""Convolution: the lecture's kernels and worked numbers, from plain loops."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import autotensor as at
import nn.functional as F
from autotensor.examples.course import folder


@pytest.fixture
def kernels(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(folder() / "05_convolution"))
    return importlib.import_module("kernels")


def slid(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    rows, columns = image.shape[0] - len(kernel) + 1, image.shape[1] - len(kernel) + 1
    out = np.zeros((rows, columns))
    for row, column in np.ndindex(rows, columns):
        for i, j in np.ndindex(kernel.shape):
            out[row, column] += image[row + i, column + j] * kernel[i, j]
    return out


def test_the_thirteen_kernels_add_up_as_in_the_lecture(kernels: ModuleType) -> None:
    sums = kernels.thirteen().sum((1, 2))
    np.testing.assert_allclose(sums, [1, 0, 0, 0, 1, 1, 16, 1, 5, 6, 3, 3, 6], atol=1e-6)
    assert [name.split()[0] for name in kernels.LECTURE] == [f"K{n}" for n in range(1, 14)]


def test_only_one_of_them_is_another_after_turning(kernels: ModuleType) -> None:
    same = [np.array_equal(one, np.rot90(one, 2)) for one in kernels.thirteen()]
    assert [number + 1 for number, one in enumerate(same) if not one] == [8]


def test_every_channel_is_filtered_by_itself(kernels: ModuleType) -> None:
    pixels = kernels.picture(size=(20, 16))
    weight = at.from_numpy(kernels.thirteen())[:, None]
    maps = F.conv2d(at.from_numpy(pixels)[:, None], weight).numpy()
    for channel, kernel in np.ndindex(3, 13):
        expected = slid(pixels[channel], kernels.thirteen()[kernel])
        np.testing.assert_allclose(maps[channel, kernel], expected, atol=1e-5)


def test_the_six_by_six_example() -> None:
    image = np.array(
        [[255, 220, 150, 200, 110, 100], [240, 50, 35, 45, 200, 130], [0, 20, 245, 250, 230, 120],
         [170, 180, 235, 145, 170, 255], [190, 185, 170, 165, 130, 120],
         [255, 255, 245, 190, 200, 175]]
    )  # fmt: skip
    kernel = np.array([[-0.7, 0.2, 0.1], [0.3, 0.5, 0.4], [-0.2, -0.4, 0.2]])
    expected = [[32.5, -105.5, -44, -60.5], [-105.5, 104, 224, 213.5], [185.5, 217.5, 38.5, 52.5],
                [54, 31, -18, 37.5]]  # fmt: skip
    np.testing.assert_allclose(slid(image, kernel), expected, atol=1e-10)
    text = (folder() / "05_convolution" / "5_six_by_six.py").read_text(encoding="utf-8")
    for row in image.tolist():
        assert str(row) in text


def test_a_photo_of_any_kind_is_taken(kernels: ModuleType, tmp_path: Path) -> None:
    for mode in ("L", "RGBA", "P", "CMYK"):
        path = tmp_path / f"{mode}.tif"
        Image.new(mode, (900, 30)).save(path)
        pixels = kernels.picture(path)
        assert pixels.shape[0] == 3
        assert pixels.shape[2] == 400
        assert 0 <= pixels.min() <= pixels.max() <= 1
