"""``SummaryWriter``, which writes what TensorBoard shows: ``tensorboard --logdir runs``.

It needs no other package.  To look at it takes ``tensorboard``, not TensorFlow:
``pip install 'autotensor[tensorboard]'``.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from autotensor.importing import list_public
from autotensor.utils.event_files import EventFile, content, event
from autotensor.utils.summaries import graphs, pictures, projector, settings
from autotensor.utils.summaries import values as messages
from autotensor.utils.summaries.reading import array_of, number_of, real_of, text_of

__all__ = ["SummaryWriter"]


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

    def _file(self, folder: str) -> EventFile:
        if folder not in self._files:
            self._files[folder] = EventFile(folder, self._suffix, self._purge_step)
        return self._files[folder]

    def _event(self, message: bytes, step: Any, walltime: float | None, folder: str = "") -> None:
        at = None if step is None else int(step)
        self._file(folder or self.log_dir).add(event(message, at, walltime))

    def _add(self, step: Any, walltime: float | None, *tagged: tuple[str, bytes]) -> None:
        """One ``Summary`` of values, each with its tag."""
        found = b"".join(content(1, content(1, tag) + value) for tag, value in tagged)
        self._event(content(5, found), step, walltime)

    # -- numbers ---------------------------------------------------------------------------------

    def add_scalar(
        self,
        tag: str,
        scalar_value: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        new_style: bool = False,
        double_precision: bool = False,
    ) -> None:
        """One number, as float32.

        Args:
            tag: its name; what stands before a ``/`` gathers names into one section.
            walltime: when it was, in seconds since 1970; now if None.
            new_style: write it as a tensor, which TensorBoard loads faster.
            double_precision: as float64, where ``new_style``.

        Raises:
            TypeError: no number, or several.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     for step, loss in enumerate([1.0, 0.5, 0.25]):
            ...         writer.add_scalar("loss/train", loss, step)
            ...     print(writer.waiting)
            0
        """
        value = number_of(scalar_value, "add_scalar", "scalar_value")
        message = messages.scalar(value, new_style, double_precision)
        self._add(global_step, walltime, (text_of(tag, "add_scalar", "tag"), message))

    def add_scalars(
        self,
        main_tag: str,
        tag_scalar_dict: Mapping[str, Any],
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Several numbers for one picture, each in a folder of its own beside the others.

        Raises:
            TypeError: no dict of numbers by name.

        Example:

            >>> import os, tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_scalars("loss", {"train": 0.5, "valid": 0.6}, 1)
            ...     sorted(name for name in os.listdir(folder) if name.startswith("loss"))
            ['loss_train', 'loss_valid']
        """
        text_of(main_tag, "add_scalars", "main_tag")
        numbers = _numbers(tag_scalar_dict, "add_scalars", "tag_scalar_dict")
        for tag, value in numbers.items():
            message = content(1, content(1, main_tag) + messages.scalar(value, False, False))
            folder = os.path.join(self.log_dir, f"{main_tag.replace('/', '_')}_{tag}")
            self._event(content(5, message), global_step, walltime, folder)

    def add_tensor(
        self,
        tag: str,
        tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A whole Tensor, of any shape and dtype, for programs that read it back.

        Raises:
            TypeError: no numbers or bools.
            ValueError: 2 GiB or more.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_tensor("codes", at.arange(6).reshape(2, 3), 1)
        """
        value = messages.tensor(array_of(tensor, "add_tensor", "tensor"), "add_tensor")
        self._add(global_step, walltime, (text_of(tag, "add_tensor", "tag"), value))

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
            max_bins: how many there are at most, where they are the edges of neighbours together.

        Raises:
            TypeError: no real numbers.
            ValueError: no values, or none in a bin.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     for name, parameter in nn.Linear(4, 2).named_parameters():
            ...         writer.add_histogram(name, parameter, 1)
        """
        array = real_of(values, "add_histogram", "values")
        message = messages.histogram(array, bins, max_bins, "add_histogram")
        self._add(global_step, walltime, (text_of(tag, "add_histogram", "tag"), message))

    def add_histogram_raw(
        self,
        tag: str,
        min: float,
        max: float,
        num: float,
        sum: float,
        sum_squares: float,
        bucket_limits: Any,
        bucket_counts: Any,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """A histogram that was counted elsewhere.

        Args:
            min, max, num, sum, sum_squares: of all values: the least, the greatest, how many there
                are, their sum, and the sum of their squares.
            bucket_limits: the upper limit of each bin.
            bucket_counts: how many values are in each.

        Raises:
            ValueError: not as many limits as counts.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_histogram_raw("w", 0.0, 2.0, 3, 3.0, 5.0, [0.5, 2.5], [1, 2], 1)
        """
        caller = "add_histogram_raw"
        limits = real_of(bucket_limits, caller, "bucket_limits").ravel()
        counts = real_of(bucket_counts, caller, "bucket_counts").ravel()
        if len(limits) != len(counts):
            raise ValueError(
                f"{caller}: bucket_limits are {len(limits)}, but bucket_counts {len(counts)}"
            )
        given = {"min": min, "max": max, "num": num, "sum": sum, "sum_squares": sum_squares}
        moments = _numbers(given, caller, "the moments").values()
        message = messages.summed_up(moments, limits, counts)
        self._add(global_step, walltime, (text_of(tag, caller, "tag"), message))

    def add_pr_curve(
        self,
        tag: str,
        labels: Any,
        predictions: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """Precision by recall, for thresholds from 0 to 1.

        Args:
            labels: 0 or 1 for each prediction.
            predictions: probabilities of 1.
            num_thresholds: how many, 127 at most.
            weights: what each prediction counts; 1 if None.

        Raises:
            ValueError: labels other than 0 and 1, predictions that are no probabilities, or not as
                many of the one as of the other.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     labels, predictions = at.tensor([0, 1, 1]), at.tensor([0.2, 0.4, 0.9])
            ...     writer.add_pr_curve("digit 3", labels, predictions, 1)
        """
        caller = "add_pr_curve"
        answers = real_of(labels, caller, "labels"), real_of(predictions, caller, "predictions")
        message = messages.curve(*answers, _thresholds(num_thresholds, caller), weights, caller)
        self._add(global_step, walltime, (text_of(tag, caller, "tag"), message))

    def add_pr_curve_raw(
        self,
        tag: str,
        true_positive_counts: Any,
        false_positive_counts: Any,
        true_negative_counts: Any,
        false_negative_counts: Any,
        precision: Any,
        recall: Any,
        global_step: int | None = None,
        num_thresholds: int = 127,
        weights: Any = None,
        walltime: float | None = None,
    ) -> None:
        """A curve that was counted elsewhere, with one number for each threshold.

        Args:
            weights: has no effect, as in PyTorch.

        Raises:
            ValueError: not equally many numbers.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     counts = [2, 1], [1, 0], [0, 1], [0, 1]
            ...     rates = [0.67, 1.0], [1.0, 0.5]
            ...     writer.add_pr_curve_raw("digit 3", *counts, *rates, 1, num_thresholds=2)
        """
        caller = "add_pr_curve_raw"
        given = {
            "true_positive_counts": true_positive_counts,
            "false_positive_counts": false_positive_counts,
            "true_negative_counts": true_negative_counts,
            "false_negative_counts": false_negative_counts,
            "precision": precision,
            "recall": recall,
        }
        rows = [real_of(one, caller, name).ravel() for name, one in given.items()]
        lengths = {name: len(row) for name, row in zip(given, rows, strict=True)}
        if len({*lengths.values()}) > 1:
            raise ValueError(f"{caller}: each needs one number for each threshold, got {lengths}")
        message = messages.raw_curve(np.stack(rows), _thresholds(num_thresholds, caller))
        self._add(global_step, walltime, (text_of(tag, caller, "tag"), message))

    # -- pictures and sound ----------------------------------------------------------------------

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
            dataformats: what the dimensions are: ``'CHW'``, ``'HWC'``, ``'HW'``…

        Raises:
            TypeError, ValueError: no picture; NaN; integers other than uint8 above 1.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_image("digit", at.rand(28, 28), 1, dataformats="HW")
        """
        array = real_of(img_tensor, "add_image", "img_tensor")
        message = pictures.picture(array, dataformats, "add_image")
        self._add(global_step, walltime, (text_of(tag, "add_image", "tag"), message))

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
    ) -> None:
        """Several pictures as one, eight in a row; ``dataformats`` has N for their number.

        Raises:
            TypeError, ValueError: as ``add_image``.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_images("digits", at.rand(16, 1, 28, 28), 1)
        """
        array = real_of(img_tensor, "add_images", "img_tensor")
        message = pictures.picture(array, dataformats, "add_images")
        self._add(global_step, walltime, (text_of(tag, "add_images", "tag"), message))

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        rescale: float = 1,
        dataformats: str = "CHW",
        labels: Sequence[str] | str | None = None,
    ) -> None:
        """One picture with red boxes.

        Args:
            box_tensor: ``(N, 4)``: left, top, right, bottom of each, in pixels.
            rescale: how much larger it is written.
            labels: what is written into each box.

        Raises:
            TypeError, ValueError: as ``add_image``; or boxes and labels that do not fit.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     boxes = at.tensor([[2, 2, 9, 9], [4, 1, 12, 8]])
            ...     writer.add_image_with_boxes("found", at.rand(3, 16, 16), boxes, 1, rescale=4)
        """
        caller = "add_image_with_boxes"
        array, boxes = (
            real_of(img_tensor, caller, "img_tensor"),
            real_of(box_tensor, caller, "box_tensor"),
        )
        message = pictures.boxed(array, boxes, dataformats, rescale, labels, caller)
        self._add(global_step, walltime, (text_of(tag, caller, "tag"), message))

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
    ) -> None:
        """A figure of Matplotlib's, or several of one size as one picture, which are then closed if
        ``close``.

        Raises:
            ModuleNotFoundError: Matplotlib is not installed.
            ValueError: no figures, or of several sizes.

        Example:

            >>> from matplotlib import pyplot  # doctest: +SKIP
            >>> figure, axes = pyplot.subplots()  # doctest: +SKIP
            >>> _ = axes.plot([1.0, 0.5, 0.25])  # doctest: +SKIP
            >>> writer.add_figure("loss", figure, 1)  # doctest: +SKIP
        """
        from matplotlib import pyplot
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        drawn = []
        for one in figure if isinstance(figure, (list, tuple)) else [figure]:
            canvas = FigureCanvasAgg(one)
            canvas.draw()
            drawn.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
            if close:
                pyplot.close(one)
        sizes = {one.shape[:2] for one in drawn}
        if len(sizes) != 1:
            raise ValueError(f"add_figure: figures must be of one size, got {sorted(sizes)}")
        message = pictures.picture(np.stack(drawn), "NHWC", "add_figure")
        self._add(global_step, walltime, (text_of(tag, "add_figure", "tag"), message))

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: int | None = None,
        fps: float = 4,
        walltime: float | None = None,
    ) -> None:
        """Videos ``(N, T, C, H, W)``, beside each other, as an animated GIF.

        Args:
            vid_tensor: floats between 0 and 1, or uint8, of one or three channels.
            fps: how many pictures are shown in a second.

        Raises:
            TypeError, ValueError: no such videos; ``fps`` of 0 or below.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_video("falling", at.rand(1, 8, 1, 16, 16), 1, fps=8)
        """
        array = real_of(vid_tensor, "add_video", "vid_tensor")
        message = pictures.video(array, number_of(fps, "add_video", "fps"), "add_video")
        self._add(global_step, walltime, (text_of(tag, "add_video", "tag"), message))

    def add_audio(
        self,
        tag: str,
        snd_tensor: Any,
        global_step: int | None = None,
        sample_rate: int = 44100,
        walltime: float | None = None,
    ) -> None:
        """One channel of sound ``(1, L)``: numbers from -1 to 1.

        What is louder is cut off, and a warning says so.

        Raises:
            TypeError, ValueError: several channels, no samples, NaN, or integers beyond 1.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     seconds = at.arange(8000) / 8000
            ...     writer.add_audio("tone", (440 * 6.283 * seconds).sin()[None], sample_rate=8000)
        """
        array = real_of(snd_tensor, "add_audio", "snd_tensor")
        rate = int(number_of(sample_rate, "add_audio", "sample_rate"))
        message = messages.audio(array, rate, "add_audio")
        self._add(global_step, walltime, (text_of(tag, "add_audio", "tag"), message))

    def add_mesh(
        self,
        tag: str,
        vertices: Any,
        colors: Any = None,
        faces: Any = None,
        config_dict: Mapping[str, Any] | None = None,
        global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:
        """Points in space, or a mesh.

        Args:
            vertices: their places ``(B, N, 3)``.
            colors: ``(B, N, 3)``, from 0 to 255.
            faces: the numbers of three vertices for each triangle ``(B, F, 3)``.
            config_dict: settings of three.js, such as ``{"material": {"cls":
                "PointsMaterial", "size": 0.05}}``.

        Raises:
            TypeError, ValueError: other shapes.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_mesh("cloud", at.randn(1, 100, 3), global_step=1)
        """
        text_of(tag, "add_mesh", "tag")
        given = {"vertices": vertices, "faces": faces, "colors": colors}
        if vertices is None:
            raise TypeError("add_mesh: vertices must be points (B, N, 3), got None")
        parts = [
            None if one is None else real_of(one, "add_mesh", name) for name, one in given.items()
        ]
        self._add(global_step, walltime, *messages.mesh(tag, parts, config_dict, "add_mesh"))

    def add_embedding(
        self,
        mat: Any,
        metadata: Sequence[Any] | None = None,
        label_img: Any = None,
        global_step: int | None = None,
        tag: str = "default",
        metadata_header: Sequence[str] | None = None,
    ) -> None:
        """Points ``(N, D)`` for the projector, which shows them in two or three dimensions.

        Args:
            metadata: what each is called; or, with ``metadata_header``, a row for each.
            label_img: a picture of each ``(N, C, H, W)``, floats between 0 and 1 or uint8.
            global_step, tag: which of several sets of points this is.
            metadata_header: what the columns of ``metadata`` are called.

        Raises:
            TypeError, ValueError: other shapes, or not as many labels or pictures as points.

        Example:

            >>> import os, tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_embedding(at.randn(3, 5), metadata=["a", "b", "c"])
            ...     sorted(os.listdir(folder))
            ['00000', 'projector_config.pbtxt']
        """
        caller = "add_embedding"
        points = real_of(mat, caller, "mat")
        if points.ndim != 2:
            raise ValueError(
                f"{caller}: mat must be (N, D), a row for each point, got {points.shape}"
            )
        shown = None
        if label_img is not None:
            given = real_of(label_img, caller, "label_img")
            shown = pictures.as_bytes(given, "NCHW", caller)
        for name, one in (("metadata", metadata), ("label_img", shown)):
            if one is not None and len(one) != len(points):
                raise ValueError(f"{caller}: {len(one)} {name} do not fit {len(points)} points")
        if metadata_header and any(
            isinstance(row, str) or len(row) != len(metadata_header) for row in metadata or ()
        ):
            raise ValueError(
                f"{caller}: with metadata_header every one of metadata must be a row of "
                f"{len(metadata_header)}"
            )
        step = 0 if global_step is None else int(global_step)
        folder = f"{step:05d}/{projector.encoded_tag(text_of(tag, caller, 'tag'))}"
        place = os.path.join(self.log_dir, folder)
        projector.write_points(place, points, metadata, metadata_header, shown)
        size = None if shown is None else (shown.shape[2], shown.shape[3])
        added = projector.entry(tag, step, folder, metadata is not None, size)
        projector.write_config(self.log_dir, added)

    # -- text, settings, graphs ------------------------------------------------------------------

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
        tag = f"{text_of(tag, 'add_text', 'tag')}/text_summary"
        self._add(global_step, walltime, (tag, messages.text(str(text_string))))

    def add_hparams(
        self,
        hparam_dict: Mapping[str, Any],
        metric_dict: Mapping[str, Any],
        hparam_domain_discrete: Mapping[str, Sequence[Any]] | None = None,
        run_name: str | None = None,
        global_step: int | None = None,
    ) -> None:
        """Settings and what came of them, as a run of its own for the page "HParams".

        Args:
            hparam_dict: numbers and texts by name; bools become 1 and 0, and None is left out.
            metric_dict: numbers by name.
            hparam_domain_discrete: for some of the settings all values that they may have.
            run_name: a folder below that of the writer; the time if None.

        Raises:
            TypeError, ValueError: no such dicts.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_hparams({"lr": 0.1}, {"accuracy": 0.97}, run_name="first")
        """
        caller = "add_hparams"
        given = settings.settings_of(hparam_dict, caller, "hparam_dict")
        numbers = _numbers(metric_dict, caller, "metric_dict")
        domains = settings.domains_of(hparam_domain_discrete, given, caller)
        name = run_name or str(time.time())
        with SummaryWriter(os.path.join(self.log_dir, name)) as run:
            for tagged in (
                settings.experiment(given, domains, [("", one) for one in numbers]),
                settings.started(given),
                settings.ended(settings.SUCCESS),
            ):
                run._add(global_step, None, tagged)
            for metric, value in numbers.items():
                run.add_scalar(metric, value, global_step)

    def add_custom_scalars(self, layout: Mapping[str, Mapping[str, Sequence[Any]]]) -> None:
        """Charts of several scalars, for the page "Custom Scalars"; once for a folder.

        Args:
            layout: categories of charts by title; a chart is ``["Multiline", tags]`` or
                ``["Margin", [value, lower, upper]]``, with tags of ``add_scalar``.

        Raises:
            TypeError, ValueError: no such charts.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     charts = {"both": ["Multiline", ["train", "valid"]]}
            ...     writer.add_custom_scalars({"losses": charts})
        """
        self._add_layout(layout, "add_custom_scalars")

    def add_custom_scalars_multilinechart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """One chart with a curve for each tag; see ``add_custom_scalars``.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_custom_scalars_multilinechart(["train", "valid"], title="losses")
        """
        self._add_layout(
            {category: {title: ["Multiline", tags]}}, "add_custom_scalars_multilinechart"
        )

    def add_custom_scalars_marginchart(
        self, tags: Sequence[str], category: str = "default", title: str = "untitled"
    ) -> None:
        """One chart of a value between two limits; see ``add_custom_scalars``.

        Args:
            tags: three: the value, the lower limit and the upper one.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_custom_scalars_marginchart(["mean", "low", "high"], title="loss")
        """
        self._add_layout({category: {title: ["Margin", tags]}}, "add_custom_scalars_marginchart")

    def _add_layout(self, layout: Any, caller: str) -> None:
        if not isinstance(layout, Mapping) or not all(
            isinstance(one, Mapping) for one in layout.values()
        ):
            raise TypeError(f"{caller}: layout must be a dict of dicts of charts, got {layout!r}")
        self._add(None, None, ("custom_scalars__config__", messages.layout(layout, caller)))

    def add_graph(
        self,
        model: Any,
        input_to_model: Any = None,
        verbose: bool = False,
        use_strict_trace: bool = True,
    ) -> None:
        """The graph of a model, for the page "Graphs": its operators with their formulas and the
        shapes of what they give, parameters, inputs and outputs, inside of the modules they belong
        to.

        The model is called once, in evaluation mode, and is afterwards as it was.  Shown is what
        was recorded for gradients, frozen parameters included; what has none, such as ``argmax``,
        is not.

        Args:
            input_to_model: what it is called with: a Tensor, or a tuple or list of arguments.
            verbose: print the graph, a line for each node.
            use_strict_trace: has no effect, for nothing is traced.

        Raises:
            TypeError: no Module, or no inputs.
            RuntimeError: the model gives nothing that has a graph.

        Example:

            >>> import tempfile
            >>> from autotensor.utils.tensorboard import SummaryWriter
            >>> with tempfile.TemporaryDirectory() as folder, SummaryWriter(folder) as writer:
            ...     writer.add_graph(nn.Sequential(nn.Linear(4, 8), nn.ReLU()), at.rand(2, 4))
        """
        nodes = graphs.of_model(model, input_to_model, "add_graph")
        if verbose:
            print("\n".join(map(str, nodes)))
        self._event(content(4, graphs.serialized(nodes)), None, None)
        devices = content(1, "step1") + content(2, graphs.DEVICES)
        self._event(content(8, devices), None, None)

    def add_onnx_graph(self, prototxt: str | os.PathLike[str]) -> None:
        """The graph in an ONNX file.

        Raises:
            ModuleNotFoundError: the package ``onnx`` is not installed.

        Example:

            >>> writer.add_onnx_graph("lenet.onnx")  # doctest: +SKIP
        """
        self._event(content(4, graphs.of_onnx(prototxt, "add_onnx_graph")), None, None)

    # -- the files -------------------------------------------------------------------------------

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


def _numbers(given: Any, caller: str, argument: str) -> dict[str, float]:
    """Numbers by name."""
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{caller}: {argument} must be a dict of numbers, got {type(given).__name__}"
        )
    return {
        text_of(name, caller, f"a name in {argument}"): number_of(one, caller, f"{name!r}")
        for name, one in given.items()
    }


def _thresholds(number: Any, caller: str) -> int:
    found = int(number_of(number, caller, "num_thresholds"))
    if found < 2:
        raise ValueError(f"{caller}: num_thresholds must be at least 2, got {found}")
    return found


list_public(__name__)
