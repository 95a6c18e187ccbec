"""Files as PyTorch writes them, written without it: a pickle that speaks of storages, and those.

The value is taken apart by ``Packing``, as for a file of our own, and its structure is then told in
opcodes of protocol 2, with the names that ``torch.load(weights_only=True)`` allows where it has
one.
"""

from __future__ import annotations

import math
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from typing import IO, Any

import numpy as np

from autotensor.serialization.archive import aligned_entry
from autotensor.serialization.torch_reading import MAGIC, STORAGES
from autotensor.serialization.values import SINGLE, Packing, place_of

__all__: list[str] = []  # helpers, which no package shows

CLASSES = {dtype: f"{word}Storage" for word, dtype in STORAGES.items()}
"""The class of a storage by the dtype of its elements."""
FOLDER = "archive"
LONGEST_INT = 255

ITEMS = {"tuple": "", "set": "__builtin__ set", "frozenset": "__builtin__ frozenset"}
NAMED = {
    "ordered_dict": "collections OrderedDict",
    "namespace": "argparse Namespace",
    "simple_namespace": "types SimpleNamespace",
}


class Pickle:
    """Tells a structure, as ``Packing`` gives it, in the opcodes of a pickle.

    Attributes:
        out: the pickle.
        storages: the numbers of each storage, by its key.
    """

    def __init__(self, packing: Packing, is_legacy: bool = False) -> None:
        self.arrays = packing.arrays
        self.is_legacy = is_legacy
        self.out = bytearray(b"\x80\2")
        self.memo: dict[Any, int] = {}
        self.storages: dict[str, np.ndarray] = {}
        self.keys: dict[str, tuple[str, np.ndarray, np.dtype[Any]]] = {}
        self.tensors = 0

    def told(self, structure: Any) -> bytes:
        """The whole pickle of a value."""
        self.put(structure, ())
        return bytes(self.out) + b"."

    # -- pieces ------------------------------------------------------------------------------------

    def keep(self, what: Any) -> None:
        """Keeps what was told last under a number, so that it can be told by that."""
        index = self.memo[what] = len(self.memo)
        self.out += b"q" + bytes([index]) if index < 256 else b"r" + struct.pack("<L", index)

    def recall(self, what: Any) -> bool:
        index = self.memo.get(what)
        if index is None:
            return False
        self.out += b"h" + bytes([index]) if index < 256 else b"j" + struct.pack("<L", index)
        return True

    def name(self, full: str) -> None:
        if not self.recall(("name", full)):
            module, name = full.split(" ")
            self.out += f"c{module}\n{name}\n".encode()
            self.keep(("name", full))

    def text(self, text: str) -> None:
        if not self.recall(("text", text)):
            raw = text.encode("utf-8", "surrogatepass")
            self.out += b"X" + struct.pack("<L", len(raw)) + raw
            self.keep(("text", text))

    def integer(self, number: int) -> None:
        if 0 <= number < 256:
            self.out += b"K" + bytes([number])
        elif 0 <= number < 2**16:
            self.out += b"M" + struct.pack("<H", number)
        elif -(2**31) <= number < 2**31:
            self.out += b"J" + struct.pack("<l", number)
        else:
            raw = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
            if len(raw) > LONGEST_INT:
                raise ValueError(
                    f"save: an int of {len(raw)} bytes does not fit into a file of PyTorch's, "
                    f"which takes {LONGEST_INT}; save it as text"
                )
            self.out += b"\x8a" + bytes([len(raw)]) + raw

    def plain(self, *values: Any) -> None:
        """Numbers, text and tuples of such."""
        for value in values:
            if value is None or isinstance(value, bool):
                self.out += {None: b"N", True: b"\x88", False: b"\x89"}[value]
            elif isinstance(value, int):
                self.integer(value)
            elif isinstance(value, float):
                self.out += b"G" + struct.pack(">d", value)
            elif isinstance(value, str):
                self.text(value)
            else:
                self.sequence(len(value), partial(self.plain, *value))

    def sequence(self, count: int, parts: Callable[[], object]) -> None:
        if count > 3:
            self.out += b"("
        parts()
        self.out += {0: b")", 1: b"\x85", 2: b"\x86", 3: b"\x87"}.get(count, b"t")

    def call(self, name: str, *arguments: Any) -> None:
        """A call of what has that name, with numbers, text, or functions that tell the rest."""
        self.name(name)

        def parts() -> None:
            for one in arguments:
                one() if callable(one) else self.plain(one)

        self.sequence(len(arguments), parts)
        self.out += b"R"

    def octets(self, content: Any) -> None:
        self.call("_codecs encode", lambda: self.once(bytes(content)), "latin1")

    def once(self, content: Any) -> None:
        """Bytes as text of as many letters, not kept."""
        raw = content.decode("latin-1").encode()
        self.out += b"X" + struct.pack("<L", len(raw)) + raw

    # -- values ------------------------------------------------------------------------------------

    def put(self, packed: Any, path: tuple[Any, ...]) -> None:
        if isinstance(packed, list):
            self.out += b"]"
            self.items(packed, path)
        elif not isinstance(packed, dict):
            self.plain(packed)
        else:
            word, content = next(iter(packed.items()))
            if word in ("tensor", "parameter", "same"):
                self.tensor(word, content, packed, path)
            elif word in ("array", "scalar"):
                self.array(word, self.arrays[content], path)
            elif word in ("bytes", "bytearray", "complex", "range", "path", "float"):
                self.single(word, content)
            elif word in ("numpy.dtype", "dtype", "Size", "device"):
                self.about_tensors(word, content)
            else:
                self.container(word, content, packed, path)

    def each(self, packed: list[Any], path: tuple[Any, ...]) -> None:
        for index, one in enumerate(packed):
            self.put(one, (*path, index))

    def items(self, packed: list[Any], path: tuple[Any, ...]) -> None:
        """What is appended to the list told before."""
        if packed:
            self.out += b"("
            self.each(packed, path)
            self.out += b"e"

    def pairs(self, packed: list[Any], path: tuple[Any, ...]) -> None:
        """What is put into the dict told before."""
        if packed:
            self.out += b"("
            for key, one in packed:
                self.put(key, path)
                self.put(one, (*path, key))
            self.out += b"u"

    def container(self, word: str, content: Any, packed: Any, path: tuple[Any, ...]) -> None:
        def whole_list() -> None:
            self.out += b"]"
            self.items(content, path)

        def whole_dict(pairs: Any = content) -> None:
            self.out += b"}"
            self.pairs(pairs, path)

        if word == "tuple":
            self.sequence(
                len(content),
                lambda: self.each(content, path),
            )
        elif word in ITEMS:
            self.call(ITEMS[word], whole_list)
        elif word == "deque":
            self.call("collections deque", whole_list, packed.get("maxlen"))
        elif word == "dict":
            whole_dict()
        elif word == "counter":
            self.call("collections Counter", whole_dict)
        elif word == "defaultdict":
            factory = packed["factory"]
            self.call(
                "collections defaultdict",
                (lambda: self.name(f"__builtin__ {factory}")) if factory else None,
            )
            self.pairs(content, path)
        elif word in NAMED:
            self.call(NAMED[word])
            if word == "ordered_dict":
                self.pairs(content, path)
                content = packed.get("attributes", [])
            if content:
                whole_dict(content)
                self.out += b"b"
        else:
            name = packed.get("name", word)
            raise TypeError(
                f"save: at {place_of(path)}: a file of PyTorch's cannot hold the named tuple "
                f"{name}, whose class is code; save tuple(value), or save to .npz"
            )

    def single(self, word: str, content: Any) -> None:
        """Kinds of Python's without parts."""
        if word == "float":
            self.plain(float(content))
            return
        value = next(read for kind, _, read in SINGLE.values() if kind == word)(content)
        if word == "bytes":
            self.octets(value)
        elif word == "bytearray":
            self.call("__builtin__ bytearray", lambda: self.octets(value))
        elif word == "complex":
            self.call("__builtin__ complex", value.real, value.imag)
        elif word == "range":
            self.call("__builtin__ xrange", *content)
        else:
            self.call("pathlib Path", content)

    def about_tensors(self, word: str, content: Any) -> None:
        if word == "dtype":
            self.name(f"torch {content}")
        elif word == "Size":
            self.call("torch Size", lambda: self.plain(tuple(content)))
        elif word == "device":
            kind, _, index = content.partition(":")
            self.call("torch device", kind, *([int(index)] if index else []))
        else:
            self.call("numpy dtype", content, False, True)

    # -- arrays ------------------------------------------------------------------------------------

    def array(self, word: str, array: np.ndarray, path: tuple[Any, ...]) -> None:
        if array.dtype.names is not None:
            raise TypeError(
                f"save: at {place_of(path)}: a file of PyTorch's cannot hold an array with fields "
                f"(dtype {array.dtype}); save them one by one, or save to .npz"
            )

        def dtype() -> None:
            self.call("numpy dtype", array.dtype.str, False, True)

        content = array.tobytes()
        if word == "scalar":
            self.call("numpy._core.multiarray scalar", dtype, lambda: self.octets(content))
            return
        self.call(
            "numpy._core.multiarray _reconstruct",
            lambda: self.name("numpy ndarray"),
            (0,),
            lambda: self.octets(b"b"),
        )
        self.out += b"("
        self.plain(1, array.shape)
        dtype()
        self.plain(False)
        self.octets(content)
        self.out += b"tb"

    def tensor(self, word: str, content: Any, packed: Any, path: tuple[Any, ...]) -> None:
        if word == "same":
            self.recall(("tensor", content))
            return
        number, self.tensors = self.tensors, self.tensors + 1
        key, memory, array = self.storage(content, packed.get("layout"), path)
        offset, shape, strides = self.layout(array, memory, packed.get("layout"))
        wants = packed.get("requires_grad", False)

        def data() -> None:
            self.call(
                "torch._utils _rebuild_tensor_v2",
                lambda: self.persistent(key, memory),
                offset,
                shape,
                strides,
                wants and word == "tensor",
                lambda: self.call("collections OrderedDict"),
            )

        if word == "tensor":
            data()
        else:
            self.call(
                "torch._utils _rebuild_parameter",
                data,
                wants,
                lambda: self.call("collections OrderedDict"),
            )
        self.keep(("tensor", number))

    def persistent(self, key: str, memory: np.ndarray) -> None:
        about: list[Any] = ["storage", lambda: self.name(f"torch {CLASSES[memory.dtype.name]}")]
        about += [key, "cpu", memory.size, *([None] if self.is_legacy else [])]
        self.out += b"("
        for one in about:
            one() if callable(one) else self.plain(one)
        self.out += b"tQ"

    def storage(
        self, name: str, layout: Any, path: tuple[Any, ...]
    ) -> tuple[str, np.ndarray, np.ndarray]:
        """The key of the storage that holds an array, its numbers, and the array that they are."""
        array = self.arrays[name]
        dtype = array.dtype if layout is None else np.dtype(layout[3])
        if name not in self.keys:
            array = np.asarray(array, array.dtype.newbyteorder("="))
            line = _in_one_line(array)
            if layout is not None:
                line = line.view(np.uint8)
                line = line[: line.size // dtype.itemsize * dtype.itemsize].view(dtype)
            key = str(len(self.keys))
            self.keys[name] = key, line, dtype
            self.storages[key] = line
        key, line, known = self.keys[name]
        if known != dtype:
            raise ValueError(
                f"save: at {place_of(path)}: shares memory with a Tensor of dtype {known} and is "
                f"{dtype}, which PyTorch's files cannot hold; clone() one of them, or save to .npz"
            )
        return key, line, array

    def layout(self, array: np.ndarray, memory: np.ndarray, layout: Any) -> Any:
        """Offset, shape and strides in the storage, counted in elements."""
        step = memory.itemsize
        if layout is not None:
            offset, shape, strides, _ = layout
            if any(one % step or one < 0 for one in (offset, *strides)):
                raise ValueError(
                    "save: a Tensor shares memory that it reads backwards or in parts of its "
                    "elements, which PyTorch's files cannot hold; clone() it, or save to .npz"
                )
            return offset // step, tuple(shape), tuple(one // step for one in strides)
        strides = array.strides if _is_dense(array) else _in_order(array)
        return 0, array.shape, tuple(one // step for one in strides)


def _is_dense(array: np.ndarray) -> bool:
    """Whether an array fills its memory without gaps, in any order of its axes."""
    filled = array.itemsize
    for stride, size in sorted(zip(array.strides, array.shape, strict=True)):
        if stride != filled:
            return False
        filled *= size
    return array.size > 0


def _in_order(array: np.ndarray) -> tuple[int, ...]:
    """The strides of such an array with its axes in their order, in bytes."""
    inner = (array.shape[axis + 1 :] for axis in range(array.ndim))
    return tuple(array.itemsize * math.prod(sizes) for sizes in inner)


def _in_one_line(array: np.ndarray) -> np.ndarray:
    """The numbers of an array in the order of memory, if it fills that; else in its own."""
    return array.ravel(order="K" if _is_dense(array) else "C")


# -- the two formats -------------------------------------------------------------------------------


def write_zipped(file: IO[bytes], pickle: bytes, storages: dict[str, np.ndarray]) -> None:
    """Writes the archive that PyTorch has written since version 1.6."""
    with zipfile.ZipFile(file, "w") as archive:
        entries: dict[str, bytes] = {
            "data.pkl": pickle,
            ".format_version": b"1",
            ".storage_alignment": b"64",
            "byteorder": b"little",
            **{f"data/{key}": _little(numbers) for key, numbers in storages.items()},
            "version": b"3\n",
        }
        for name, content in entries.items():
            with aligned_entry(archive, f"{FOLDER}/{name}") as entry:
                entry.write(content)


def write_legacy(file: IO[bytes], pickle: bytes, storages: dict[str, np.ndarray]) -> None:
    """Writes the file that PyTorch wrote before."""
    small = {"protocol_version": 1001, "little_endian": True}
    sizes = {"short": 2, "int": 4, "long": 4}
    for value in (int.from_bytes(MAGIC, "little"), 1001):
        file.write(Pickle(Packing()).told(value))
    machine = [[key, value] for key, value in small.items()]
    machine.append(["type_sizes", {"dict": [[key, size] for key, size in sizes.items()]}])
    file.write(Pickle(Packing()).told({"dict": machine}))
    file.write(pickle)
    keys = sorted(storages)
    file.write(Pickle(Packing()).told(keys))
    for key in keys:
        file.write(struct.pack("<q", storages[key].size))
        file.write(_little(storages[key]))


def _little(numbers: np.ndarray) -> Any:
    """The bytes of numbers, the lowest first; on their memory where they lie so anyway."""
    little = np.ascontiguousarray(numbers.astype(numbers.dtype.newbyteorder("<"), copy=False))
    return little.view(np.uint8).data
