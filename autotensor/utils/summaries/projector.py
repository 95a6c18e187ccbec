"""Files for TensorBoard's page "Projector": points, what they are called, and their pictures."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from autotensor.machine.files import replacing
from autotensor.utils.summaries.pictures import grid

__all__ = ["encoded_tag", "entry", "write_config", "write_points"]

CONFIG = "projector_config.pbtxt"
BEGIN = "embeddings {\n"


def encoded_tag(tag: str) -> str:
    """A tag as the name of a folder."""
    return tag.replace("%", "%25").replace("/", "%2f").replace("\\", "%5c")


def write_points(
    folder: str,
    points: np.ndarray,
    labels: Sequence[Any] | None,
    header: Sequence[str] | None,
    pictures: np.ndarray | None,
) -> None:
    """The files of one set of points, each whole or not there."""
    os.makedirs(folder, exist_ok=True)
    if labels is not None:
        rows = ["\t".join(map(_cell, row)) for row in [header, *labels]] if header else [
            _cell(one) for one in labels
        ]  # fmt: skip
        _write(os.path.join(folder, "metadata.tsv"), "".join(f"{one}\n" for one in rows).encode())
    if pictures is not None:
        _write_sprite(os.path.join(folder, "sprite.png"), pictures)
    lines = ("\t".join(map(str, row)) + "\n" for row in points.tolist())
    _write(os.path.join(folder, "tensors.tsv"), "".join(lines).encode())


def _cell(value: Any) -> str:
    """A text of one line without tabs, which would be the next row and column."""
    return str(value).replace("\t", " ").replace("\n", " ").replace("\r", " ")


def _write_sprite(path: str, pictures: np.ndarray) -> None:
    """All pictures in a square, row by row."""
    from PIL import Image

    arranged = grid(pictures, math.ceil(len(pictures) ** 0.5)).transpose(1, 2, 0)
    side = arranged.shape[1]
    square = np.zeros((max(side, len(arranged)), side, 3), np.uint8)
    square[: len(arranged)] = arranged
    with replacing(path) as file:
        Image.fromarray(square).save(file, format="PNG")


def _write(path: str, data: bytes) -> None:
    with replacing(path) as file:
        file.write(data)


def entry(
    tag: str, step: int, folder: str, labels: bool, picture_size: tuple[int, int] | None
) -> str:
    """What ``projector_config.pbtxt`` says of one set of points."""
    lines = [BEGIN[:-1], f"  tensor_name: {_quoted(f'{tag}:{step:05d}')}"]
    if labels:
        lines.append(f"  metadata_path: {_quoted(f'{folder}/metadata.tsv')}")
    if picture_size is not None:
        height, width = picture_size
        lines += ["  sprite {", f"    image_path: {_quoted(f'{folder}/sprite.png')}"]
        lines += [f"    single_image_dim: {size}" for size in (width, height)]
        lines += ["  }"]
    lines += [f"  tensor_path: {_quoted(f'{folder}/tensors.tsv')}", "}"]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """As the text format of Protocol Buffers has it."""
    signs = {'"': '\\"', "'": "\\'", "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(signs.get(one, one) for one in text) + '"'


def write_config(folder: str, added: str) -> None:
    """Says that there is one more set of points, in place of one of the same name; what an earlier
    run has written into the folder stays."""
    path = os.path.join(folder, CONFIG)
    before = ""
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as file:
            before = file.read()
    entries = [BEGIN + one for one in before.split(BEGIN)[1:]]
    name = added.splitlines()[1]
    _write(path, "".join([*(one for one in entries if name not in one), added]).encode())
