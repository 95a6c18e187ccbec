"""Arrays in idx files, the form of MNIST and its kin; no file makes them take more memory than it
may.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nn.arguments import path_from, whole

__all__ = ["read_idx"]

TYPES = {8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
"""By the third byte of a file."""
WORDS = {8: "unsigned bytes", 12: "32-bit integers"}
MOST_DIMENSIONS = 16
PIECE = 1 << 20


class IdxFile(NamedTuple):
    """An idx file as it must be."""

    name: str
    """Without what packing adds to it."""
    ndim: int
    sha256: str | None = None
    """Of its content, unpacked; None where nobody has published it."""
    shape: tuple[int, ...] | None = None
    """None: any."""
    md5: str | None = None
    """Of the packed file."""
    packing: str = ".gz"
    code: int = 8
    """Of its type, in ``TYPES``."""

    @property
    def packed(self) -> str:
        return self.name + self.packing


def read_idx(path: str | os.PathLike[str], *, max_bytes: int = 1 << 30) -> NDArray[Any]:
    """The array in an idx file, plain, ``.gz`` or ``.xz``.

    An idx file is two zero bytes, a type (8: unsigned bytes, 9: signed ones, 11 and 12: integers of
    16 and 32 bits, 13 and 14: floats of 32 and 64), the number of dimensions, each size as a
    big-endian uint32, and then the values, big-endian. MNIST and its kin are such files.

    Args:
        path: the file.
        max_bytes: refuse a file with more, unpacked, before it is unpacked; a small packed file
            can claim, and hold, very many.

    Returns:
        An ndarray of the shape and type that the file states, in the byte order of the machine.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no idx file, is cut, too long, or has more than ``max_bytes``.

    Source: "The IDX file format", Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST Database.

    Example:

        >>> import pathlib, tempfile
        >>> from nn.data import read_idx
        >>> path = pathlib.Path(tempfile.mkdtemp(), "pixels-idx2-ubyte")
        >>> _ = path.write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 7, 8, 9]))  # (1, 3)
        >>> read_idx(path)
        array([[7, 8, 9]], dtype=uint8)
    """
    file = path_from("read_idx", "path", path).expanduser()
    whole("read_idx", "max_bytes", max_bytes)
    if not file.exists():
        raise FileNotFoundError(f"read_idx: there is no file {file}")
    if not file.is_file():  # a pipe would keep us waiting
        raise ValueError(f"read_idx: {file} is no regular file")
    header, body = _read(file, file.suffix, None, max_bytes)
    return _array(header, body)


def read_known(path: Path, file: IdxFile, packing: str | None = None) -> NDArray[Any]:
    """The array of a file that must be ``file``, packed as its name says or as ``packing`` does.

    Raises:
        ValueError: it is not; the message begins with ``path``.
    """
    packing = path.suffix if packing is None else packing
    if file.md5 is not None and packing == file.packing:
        with open(path, "rb") as opened:
            found = hashlib.file_digest(opened, _md5).hexdigest()
        if found != file.md5:
            raise ValueError(
                f"{path}: truncated, altered, or another data set under this one's name: its MD5 "
                f"is {found} ({path.stat().st_size:,} bytes), expected {file.md5}; get a fresh "
                "copy of the file"
            )
    header, body = _read(path, packing, file, 1 << 30)
    if file.sha256 is not None:
        digest = hashlib.sha256(header.content)
        digest.update(body)
        if digest.hexdigest() != file.sha256:
            raise ValueError(
                f"{path}: altered, or another data set under this one's name (shape "
                f"{header.shape}): its SHA-256 (uncompressed) is {digest.hexdigest()}, expected "
                f"{file.sha256}; get a fresh copy of the file"
            )
    return _array(header, body)


def _md5() -> Any:
    # As a checksum only, which systems that forbid it as a cipher allow.
    return hashlib.md5(usedforsecurity=False)


# --- reading ------------------------------------------------------------------------------------


class Header(NamedTuple):
    """What stands before the values."""

    content: bytes
    code: int
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Of the values, in bytes."""
        return math.prod(self.shape) * np.dtype(TYPES[self.code]).itemsize


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _array(header: Header, body: bytearray) -> NDArray[Any]:
    stored = np.frombuffer(body, dtype=TYPES[header.code]).reshape(header.shape)
    return stored.astype(stored.dtype.newbyteorder("="), copy=False)


def _read(
    path: Path, packing: str, file: IdxFile | None, max_bytes: int
) -> tuple[Header, bytearray]:
    with _opened(path, packing) as stream:
        start = _exactly(stream, 4)
        header = _header(path, start, stream, file)
        if file and file.shape and _unlike(header, file, file.shape):
            raise ValueError(
                f"{path}: not the file it should be: its header says shape {header.shape}, "
                f"expected {file.shape}; get a fresh copy of the file"
            )
        if header.size > max_bytes:
            raise ValueError(
                f"{path}: its header of shape {header.shape} says {header.size:,} bytes, more than "
                f"max_bytes = {max_bytes:,}"
            )
        # As it comes, not at once: a header may say what it likes. And one more than there should
        # be, which also has gzip compare its own checksum.
        body = bytearray()
        while len(body) <= header.size:
            piece = stream.read(min(PIECE, header.size + 1 - len(body)))
            if not piece:
                break
            body += piece
    if len(body) != header.size:
        length, expected = len(header.content) + len(body), len(header.content) + header.size
        problem = "truncated" if length < expected else "too long"
        raise ValueError(
            f"{path}: {problem}: holds {length:,} bytes (uncompressed)"
            f"{' or more' * (length > expected)}, expected {expected:,} for its header of shape "
            f"{header.shape}"
        )
    return header, body


def _unlike(header: Header, file: IdxFile, shape: tuple[int, ...]) -> bool:
    """Whether the shape is wrong; what is smaller is told by its checksum, where there is one."""
    if file.sha256 is None:
        return header.shape != shape
    return math.prod(header.shape) > math.prod(shape)


def _header(path: Path, start: bytes, stream: Stream, file: IdxFile | None) -> Header:
    if file:
        magic = bytes([0, 0, file.code, file.ndim])
        right = start == magic
        expected = (
            f"the magic number {magic.hex(' ')} ({WORDS.get(file.code, 'numbers')}, {file.ndim} "
            "dimensions)"
        )
    else:
        right = len(start) == 4 and start[:2] == b"\0\0" and start[2] in TYPES
        right = right and 1 <= start[3] <= MOST_DIMENSIONS
        types = " ".join(f"{code:02x}" for code in TYPES)
        expected = f"00 00, a type ({types}) and a number of dimensions (1 to {MOST_DIMENSIONS})"
    if not right:
        raise ValueError(
            f"{path}: not the idx file it should be: starts with the bytes "
            f"{start.hex(' ') or '(none)'}, expected {expected}"
        )
    ndim = start[3]
    sizes = _exactly(stream, 4 * ndim)
    if len(sizes) < 4 * ndim:
        raise ValueError(
            f"{path}: truncated: holds {4 + len(sizes):,} bytes (uncompressed), expected "
            f"{4 + 4 * ndim:,} for its header alone"
        )
    shape = tuple(np.frombuffer(sizes, dtype=">u4").tolist())
    return Header(start + sizes, start[2], shape)


def _exactly(stream: Stream, count: int) -> bytes:
    """``count`` bytes, or what there is."""
    found = b""
    while len(found) < count and (piece := stream.read(count - len(found))):
        found += piece
    return found


@contextmanager
def _opened(path: Path, packing: str) -> Iterator[Stream]:
    """What is in the file, unpacked as it is read."""
    try:
        with open(path, "rb") as file:
            if packing == ".gz":
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield unpacked
            elif packing == ".xz":
                yield Xz(file)
            else:
                yield file
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise ValueError(
            f"{path}: truncated or damaged: {path.stat().st_size:,} bytes that are not a complete "
            f"{'xz' if packing == '.xz' else 'gzip'} file ({error})"
        ) from error


class Xz:
    """What is in an ``.xz`` file.  Other than ``lzma.open`` it grants no file what its header asks
    for, which may be gigabytes."""

    MOST = 1 << 27

    def __init__(self, file: Any) -> None:
        self._file = file
        self._unpacking = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self.MOST)

    def read(self, size: int, /) -> bytes:
        unpacking = self._unpacking
        while not unpacking.eof:
            more = b""
            if unpacking.needs_input and not (more := self._file.read(1 << 16)):
                raise EOFError("it ends before its end-of-stream marker")
            if piece := unpacking.decompress(more, size):
                return piece
        if unpacking.unused_data.strip(b"\0") or self._file.read(1 << 16).strip(b"\0"):
            raise lzma.LZMAError("something follows its end")
        return b""
