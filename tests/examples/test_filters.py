"""examples/filters.py: thirteen kernels on a picture, and the sizes of outputs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

import autotensor as at
import nn.functional as F

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def filters(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import filters

    return filters


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "examples" / "filters.py"), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


def test_a_short_run(tmp_path: Path) -> None:
    done = ran("--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "sizes that the formula gets right: 11 of 11"
    for name in ("filters.png", "filters_sizes.png"):
        with Image.open(tmp_path / name) as image:
            assert min(image.size) > 400
            assert np.asarray(image.convert("L")).std() > 10


def test_a_picture_that_cannot_be_read_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    done = ran(str(tmp_path / "text.png"), "--out", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("filters.py: cannot identify image file")
    assert len(done.stderr.splitlines()) == 1


def test_there_are_thirteen_kernels_of_nine_numbers(filters: ModuleType) -> None:
    kernels = {name: np.array(kernel) for name, kernel in filters.KERNELS.items()}
    assert len(kernels) == 13
    assert {kernel.shape for kernel in kernels.values()} == {(3, 3)}
    assert len({kernel.tobytes() for kernel in kernels.values()}) == 13
    for name in ("identity", "sharpen", "blur", "Gaussian", "skewed"):
        assert kernels[name].sum() == pytest.approx(1)
    for name in (name for name in kernels if name.startswith("edges")):
        assert kernels[name].sum() == 0
    for name in list(kernels)[-5:]:
        assert set(kernels[name].ravel()) == {0, 1}


def test_every_channel_is_filtered_by_itself(filters: ModuleType) -> None:
    image = at.rand(1, 3, 6, 7)
    kernel = at.tensor(filters.KERNELS["skewed"], dtype=at.float32)
    out = filters.filtered(image, kernel).numpy()
    assert out.shape == (1, 3, 6, 7)
    padded = np.pad(image.numpy()[0], ((0, 0), (1, 1), (1, 1)), mode="edge")
    for c, i, j in [(0, 0, 0), (1, 5, 6), (2, 3, 2)]:
        expected = (padded[c, i : i + 3, j : j + 3] * kernel.numpy()).sum()
        assert out[0, c, i, j] == pytest.approx(expected, abs=1e-5)


def test_the_identity_changes_nothing(filters: ModuleType) -> None:
    image = filters.to_tensor(filters.drawn())
    kernel = at.tensor(filters.KERNELS["identity"], dtype=at.float32)
    np.testing.assert_array_equal(filters.filtered(image, kernel).numpy(), image.numpy())


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
def test_the_formula_for_sizes(
    filters: ModuleType, stride: int, padding: int, dilation: int
) -> None:
    setting = {"stride": stride, "padding": padding, "dilation": dilation}
    for n in range(5, 13):
        out = F.conv2d(at.zeros(1, 1, n, n), at.zeros(1, 1, 3, 3), **setting)
        assert out.shape[2] == filters.output_size(n, 3, **setting)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_any_picture_is_opened(filters: ModuleType, tmp_path: Path, mode: str) -> None:
    filters.drawn().resize((400, 200)).convert(mode).save(tmp_path / "picture.png")
    image = filters.to_tensor(filters.opened(tmp_path / "picture.png"))
    assert image.shape == (1, 3, 80, 160)
    assert 0 <= image.min().item() < image.max().item() <= 1


def test_a_transparent_picture_is_seen_on_white(filters: ModuleType, tmp_path: Path) -> None:
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    assert filters.to_tensor(filters.opened(tmp_path / "clear.png")).min().item() == 1


def test_a_picture_smaller_than_a_kernel_is_refused(filters: ModuleType, tmp_path: Path) -> None:
    Image.new("RGB", (2, 9)).save(tmp_path / "small.png")
    with pytest.raises(ValueError, match="at least 3 × 3 pixels"):
        filters.opened(tmp_path / "small.png")
