"""`SummaryWriter`: what TensorBoard reads from its files is what was given."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Calls a function with a writer; gives what TensorBoard reads from the folder."""
    pytest.importorskip("tensorboard", reason="the extra 'tensorboard' is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    from autotensor.utils.tensorboard import SummaryWriter

    def write(action: Any, folder: str = "") -> Any:
        with SummaryWriter(tmp_path) as writer:
            action(writer)
        return EventAccumulator(str(tmp_path / folder)).Reload()

    return write


def test_numbers_have_their_steps(written: Any) -> None:
    def action(writer: Any) -> None:
        writer.add_scalar("loss", at.tensor(0.5, requires_grad=True), 1)
        writer.add_scalar("loss", np.float64(0.25), global_step=at.tensor(2))
        writer.add_scalar("loss", 3)

    events = written(action).Scalars("loss")
    assert [(one.step, one.value) for one in events] == [(1, 0.5), (2, 0.25), (0, 3.0)]


def test_several_numbers_have_folders_of_their_own(written: Any) -> None:
    events = written(lambda one: one.add_scalars("a/loss", {"b": 1.0, "c": 2.0}, 5), "a_loss_c")
    assert [(one.step, one.value) for one in events.Scalars("a/loss")] == [(5, 2.0)]


def test_a_histogram_counts_all_values(written: Any) -> None:
    values = at.tensor([-3.0, 0.0, 0.5, 0.5, 7.0])
    (event,) = written(lambda one: one.add_histogram("w", values, 1)).Histograms("w")
    found = event.histogram_value
    assert (found.min, found.max, found.num, found.sum) == (-3, 7, 5, 5)
    assert found.sum_squares == pytest.approx(58.5)
    assert sum(found.bucket) == 5
    inside = [c for c, limit in zip(found.bucket, found.bucket_limit, strict=True) if limit > 0.5]
    assert sum(inside) == 3


def test_a_picture_is_read_back(written: Any) -> None:
    from PIL import Image

    grey = at.tensor([[[0.0, 1.0], [0.5, 2.0]]])
    (event,) = written(lambda one: one.add_image("x", grey, 1)).Images("x")
    assert (event.width, event.height) == (2, 2)
    pixels = np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))
    np.testing.assert_array_equal(pixels, [[0, 255], [127, 255]])


def test_pictures_stand_in_a_square(written: Any) -> None:
    from PIL import Image

    three = np.stack([np.full((3, 2, 4), level, np.uint8) for level in (10, 20, 30)])
    (event,) = written(lambda one: one.add_images("x", three, 1)).Images("x")
    pixels = np.asarray(Image.open(io.BytesIO(event.encoded_image_string)))
    assert pixels.shape == (4, 8, 3)
    assert [pixels[0, 0, 0], pixels[0, 7, 0], pixels[3, 0, 0], pixels[3, 7, 0]] == [10, 20, 30, 0]


def test_a_figure_is_read_back_and_closed(written: Any) -> None:
    from matplotlib import pyplot

    figure = pyplot.figure(figsize=(2, 1), dpi=50)
    (event,) = written(lambda one: one.add_figure("f", figure, 1)).Images("f")
    assert (event.width, event.height) == (100, 50)
    assert not pyplot.fignum_exists(figure.number)


def test_text_and_settings_are_read_back(written: Any) -> None:
    def action(writer: Any) -> None:
        writer.add_text("note", "it learns", 3)
        writer.add_hparams({"lr": 0.1}, {"accuracy": 0.75})

    events = written(action)
    (event,) = events.Tensors("note/text_summary")
    assert (event.step, event.tensor_proto.string_val[0]) == (3, b"it learns")
    assert events.Scalars("accuracy")[0].value == 0.75


def test_what_cannot_be_written_is_refused(written: Any) -> None:
    def action(writer: Any) -> None:
        with pytest.raises(NotImplementedError, match="delete this line"):
            writer.add_graph(None)
        with pytest.raises(TypeError, match="one number"):
            writer.add_scalar("x", at.ones(2))
        with pytest.raises(ValueError, match="no element"):
            writer.add_histogram("x", at.ones(0))
        with pytest.raises(ValueError, match="'CHW'"):
            writer.add_image("x", at.ones(2, 2))
        assert list(Path(writer.get_logdir()).iterdir()) == []

    written(action)
