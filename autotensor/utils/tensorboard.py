"""``SummaryWriter``, which writes what TensorBoard shows: ``tensorboard --logdir runs``.

It needs no other package.  To look at it takes ``tensorboard``, not TensorFlow:
``pip install 'autotensor[tensorboard]'``.
"""

from __future__ import annotations

import io
import math
import os
import socket
import time
from collections.abc import Mapping
from typing import Any, NoReturn, Self

import numpy as np

from autotensor.engine.tensor import Tensor, raw
from autotensor.importing import list_public
from autotensor.utils.event_files import EventFile, content, double, doubles, event, integer, single

__all__ = ["SummaryWriter"]

_STRING = 7
"""The number of the dtype of strings in TensorBoard's files."""


def summary(tag: str, value: bytes, metadata: bytes = b"") -> bytes:
    """A ``Summary`` with one value, as a field of an ``Event``."""
    return content(5, content(1, content(1, tag) + metadata + value))


class SummaryWriter:
    """Writes numbers, distributions, pictures and text, each under a tag and with a step.

    Tensors, arrays and Python's numbers are taken.  ``with SummaryWriter() as writer:`` closes it.

    What was added is in the file when the call returns, so killing the process loses nothing.
    Where the disk is full or the folder cannot be written, a warning says so, once; the entries
    wait in memory and are written as soon as that is possible.

    Args:
        log_dir: the folder; ``runs/``, the time and the machine's name if None.
        comment: what is put behind that name if ``log_dir`` is None.
        purge_step: what an earlier run wrote into the folder from this step on is not shown, nor
            into the folders of ``add_scalars``.  A run that goes on behind step 99 says 100.
        max_queue, flush_secs: are taken for the sake of scripts for PyTorch; nothing waits.
        filename_suffix: what is put behind the name of the file.

    Example:

        >>> import os, tempfile
        >>> from autotensor.utils.tensorboard import SummaryWriter
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with SummaryWriter(folder) as writer:
        ...         for step in range(3):
        ...             writer.add_scalar("loss", 1 / (step + 1), step)
        ...     len(os.listdir(folder))
        1
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] | None = None,
        comment: str = "",
        purge_step: int | None = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str = "",
    ) -> None:
        if log_dir is None:
            name = f"{time.strftime('%b%d_%H-%M-%S')}_{socket.gethostname()}{comment}"
            log_dir = os.path.join("runs", name)
        self.log_dir = os.fspath(log_dir)
        self._suffix = filename_suffix
        self._purge_step = None if purge_step is None else int(purge_step)
        self._files: dict[str, EventFile] = {}
        if purge_step is not None:
            self._file(self.log_dir).write()

    def get_logdir(self) -> str:
        """The folder.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.get_logdir() == folder
            True
        """
        return self.log_dir

    @property
    def waiting(self) -> int:
        """How many entries wait because the disk is full or the folder cannot be written.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.waiting  # there is room on this disk
            0
        """
        return sum(len(file.waiting) for file in self._files.values())

    def _write(self, message: bytes, step: Any, walltime: float | None, folder: str) -> None:
        self._file(folder).add(event(message, None if step is None else int(step), walltime))

    def _file(self, folder: str) -> EventFile:
        if folder not in self._files:
            self._files[folder] = EventFile(folder, self._suffix, self._purge_step)
        return self._files[folder]

    def _add(
        self, tag: str, step: Any, walltime: float | None, value: bytes, metadata: bytes = b""
    ) -> None:
        self._write(summary(tag, value, metadata), step, walltime, self.log_dir)

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """One number.  ``new_style`` and ``double_precision`` are without effect: it is float32.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     for step, loss in enumerate([1.0, 0.5, 0.25]):
            ...         writer.add_scalar("loss/train", loss, step)
            ...     print(writer.waiting)
            0
        """
        value = _number(scalar_value, "add_scalar")
        self._add(tag, global_step, walltime, single(2, value))

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Several numbers for one picture, each in a folder of its own beside the others.

        Example:

            >>> import os, tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_scalars("loss", {"train": 0.5, "valid": 0.6}, 1)
            ...     sorted(name for name in os.listdir(folder) if name.startswith("loss"))
            ['loss_train', 'loss_valid']
        """
        for tag, scalar in tag_scalar_dict.items():
            value = single(2, _number(scalar, "add_scalars"))
            folder = os.path.join(self.log_dir, f"{main_tag.replace('/', '_')}_{tag}")
            self._write(summary(main_tag, value), global_step, walltime, folder)

    def add_histogram(
        self,
        tag: str,
        values: Any,
        global_step: int | None = None,
        bins: Any = "tensorflow",
        walltime: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        """How values are distributed.

        Args:
            bins: the edges, or NumPy's name of a way to choose them; ``'tensorflow'`` stands for
                edges that grow by a tenth.

        Raises:
            ValueError: no values.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     for name, parameter in nn.Linear(4, 2).named_parameters():
            ...         writer.add_histogram(name, parameter, 1)
        """
        array = _array(values).astype(np.float64).ravel()
        if not array.size:
            raise ValueError("add_histogram: the input has no element")
        edges = _edges() if isinstance(bins, str) and bins == "tensorflow" else bins
        counts, limits = np.histogram(array, bins=edges)
        filled = np.flatnonzero(counts)
        first, last = (filled[0], filled[-1] + 1) if filled.size else (0, len(counts))
        # An empty bin in front says where the first one begins.
        moments = (array.min(), array.max(), array.size, array.sum(), array @ array)
        message = b"".join(double(number, one) for number, one in enumerate(moments, 1))
        message += doubles(6, limits[first : last + 1])
        message += doubles(7, [0, *counts[first:last]])
        self._add(tag, global_step, walltime, content(5, message))

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:
        """One picture: floats between 0 and 1, or uint8, of one, three or four channels.

        Args:
            dataformats: what the dimensions are: ``'CHW'``, ``'HWC'``, ``'HW'``.

        Raises:
            TypeError, ValueError, RuntimeError: no picture.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_image("digit", at.rand(28, 28), 1, dataformats="HW")
        """
        self._add(tag, global_step, walltime, _picture(_array(img_tensor), dataformats))

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Several pictures as one, in a square; ``dataformats`` has N for their number.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_images("digits", at.rand(16, 1, 28, 28), 1)
        """
        array, place = _array(img_tensor), dataformats.index("N")
        array, rest = np.moveaxis(array, place, 0), dataformats.replace("N", "")
        pictures = [_with_channels_last(one, rest) for one in array]
        columns = math.ceil(math.sqrt(len(pictures)))
        blank = np.zeros_like(pictures[0])
        pictures += [blank] * (-len(pictures) % columns)
        rows = [
            np.concatenate(pictures[start : start + columns], axis=1)
            for start in range(0, len(pictures), columns)
        ]
        self._add(tag, global_step, walltime, _picture(np.concatenate(rows), "HWC"))

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """A figure of Matplotlib's, or a list of them, which are then closed if ``close``.

        Example:

            >>> from matplotlib import pyplot  # doctest: +SKIP
            >>> figure, axes = pyplot.subplots()  # doctest: +SKIP
            >>> _ = axes.plot([1.0, 0.5, 0.25])  # doctest: +SKIP
            >>> writer.add_figure("loss", figure, 1)  # doctest: +SKIP
        """
        from matplotlib import pyplot  # which few need

        figures = figure if isinstance(figure, list) else [figure]
        for number, one in enumerate(figures):
            file = io.BytesIO()
            one.savefig(file, format="png")
            width, height = (int(size) for size in one.canvas.get_width_height())
            image = _image(height, width, 4, file.getvalue())
            name = tag if len(figures) == 1 else f"{tag}/{number}"
            self._add(name, global_step, walltime, image)
            if close:
                pyplot.close(one)

    def add_text(
        self,
        tag: str,
        text_string: str,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A text, in Markdown.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_text("notes", "a *smaller* learning rate from here on", 100)
        """
        shape = content(2, integer(1, 1))  # one dimension, of size 1
        text = integer(1, _STRING) + content(2, shape) + content(8, str(text_string))
        plugin = content(9, content(1, content(1, "text")))
        self._add(f"{tag}/text_summary", global_step, walltime, content(8, text), plugin)

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Any] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """Settings, as a table of text, and what came of them, as numbers.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_hparams({"lr": 0.1}, {"accuracy": 0.97}, run_name="first")
        """
        rows = "\n".join(f"| {name} | {value} |" for name, value in hparam_dict.items())
        self.add_text("hparams", f"| setting | value |\n| --- | --- |\n{rows}", global_step)
        for name, value in metric_dict.items():
            self.add_scalar(name, value, global_step)

    def add_graph(self, model: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises NotImplementedError: there is no graph of a whole program."""
        raise NotImplementedError(
            "add_graph: there is no graph of a whole program to draw; delete this line, or write "
            "writer.add_text('model', str(nn.summary(model, shape)))"
        )

    def flush(self) -> None:
        """Forces to the disk what was added, and tries anew to write what waits.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_scalar("loss", 0.5, 1)
            ...     writer.flush()
        """
        for file in self._files.values():
            file.write(sync=True)

    def close(self) -> None:
        """Does what ``flush`` does.  What is added afterwards comes into the same files.

        Example:

            >>> import os, tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     writer = SummaryWriter(folder)
            ...     writer.add_scalar("loss", 0.5, 1)
            ...     writer.close()
            ...     len(os.listdir(folder))
            1
        """
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _array(values: Any) -> np.ndarray:
    return raw(values.detach()) if isinstance(values, Tensor) else np.asarray(values)


def _number(value: Any, caller: str) -> float:
    array = _array(value)
    if array.size != 1 or array.dtype.kind not in "biuf":
        raise TypeError(f"{caller}: expected one number, got {value!r}")
    return float(array.reshape(()))


def _edges() -> np.ndarray:
    """From -1e20 to 1e20, each a tenth further from 0 than the one before."""
    steps = np.geomspace(1e-12, 1e20, 774)
    return np.concatenate([-steps[::-1], [0.0], steps])


def _with_channels_last(array: np.ndarray, dataformats: str) -> np.ndarray:
    """uint8 of shape (H, W, C)."""
    if sorted(dataformats) not in (sorted("CHW"), sorted("HW")) or array.ndim != len(dataformats):
        raise ValueError(
            f"add_image: a picture of shape {array.shape} does not have dimensions {dataformats!r}"
        )
    if "C" in dataformats:
        array = array.transpose([dataformats.index(one) for one in "HWC"])
    else:
        array = array.transpose([dataformats.index(one) for one in "HW"])[..., np.newaxis]
    if array.dtype != np.uint8:
        array = (array * 255).clip(0, 255).astype(np.uint8)
    return array


def _picture(array: np.ndarray, dataformats: str) -> bytes:
    from PIL import Image  # which few need

    array = _with_channels_last(array, dataformats)
    height, width, channels = array.shape
    file = io.BytesIO()
    Image.fromarray(array[..., 0] if channels == 1 else array).save(file, format="png")
    return _image(height, width, channels, file.getvalue())


def _image(height: int, width: int, channels: int, encoded: bytes) -> bytes:
    """A ``Summary.Image``, as a field of a value."""
    sizes = integer(1, height) + integer(2, width) + integer(3, channels)
    return content(4, sizes + content(4, encoded))


list_public(__name__)
