"""PyTorch's files, read without PyTorch, and without running anything that is in them.

A file is a pickle that speaks of storages, and the storages, as entries of a zip archive or, before
PyTorch 1.6, one behind the other.
"""

from __future__ import annotations

import argparse
import math
import pathlib
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Mapping
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import numpy as np

from autotensor.creation import from_numpy
from autotensor.device import device
from autotensor.engine.storage import storage_of
from autotensor.engine.tensor import Tensor
from autotensor.facts import Size
from autotensor.operators.settings import strided
from autotensor.parameter import Parameter
from autotensor.serialization.archive import Entries
from autotensor.serialization.budget import Budget, FormatError
from autotensor.serialization.entries import Content
from autotensor.serialization.foreign_dtypes import WIDENED, decoded, is_known, itemsize_of, why_not
from autotensor.serialization.opened import Opened
from autotensor.serialization.unpickling import Maker, Unpickler, Unreadable, check, need_key
from autotensor.serialization.values import DTYPES, FACTORIES

__all__: list[str] = []  # helpers, which no package shows

STORAGES = {
    "Half": "float16", "Float": "float32", "Double": "float64", "BFloat16": "bfloat16",
    "Char": "int8", "Short": "int16", "Int": "int32", "Long": "int64", "Byte": "uint8",
    "Bool": "bool", "ComplexFloat": "complex64", "ComplexDouble": "complex128", "QInt8": "qint8",
    "QUInt8": "quint8", "QInt32": "qint32", "QUInt4x2": "quint4x2", "QUInt2x4": "quint2x4",
}  # fmt: skip
"""The dtype of a storage, by what its class is called before the word Storage."""

MAGIC = (0x1950A86A20F9469CFC6C).to_bytes(10, "little")
LEGACY = b"\x8a\x0a" + MAGIC + b"."
"""How the first pickle of a file of the old format ends."""


# -- what a pickle may name ------------------------------------------------------------------------


def _refused(name: str) -> FormatError:
    """What to say of a name that is not in the list."""
    if re.match(r"torch\.nn\.(modules|parallel)\.|torch\.jit|torch\.fx|torchvision\.models", name):
        remedy = "a whole module was saved, whose class is code; load it in PyTorch, and save its "
        remedy += "state_dict() there"
    elif re.search(r"_rebuild_(qtensor|sparse|nested|meta|wrapper|device)", name):
        remedy = "Tensors here are dense and on the CPU; convert it in PyTorch, with dequantize(), "
        remedy += "to_dense() or cpu(), and save that"
    else:
        remedy = "load makes Tensors, numbers, text and containers of such; load it in PyTorch if "
        remedy += "you trust it, and save what you need as such there"
    return FormatError(f"speaks of {name}, which is refused, for it could run code: {remedy}")


def _only(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise FormatError(
            f"is damaged: its pickle has {type(value).__name__} in place of {kind.__name__}"
        )
    return value


def _ordered(pairs: Any = ()) -> OrderedDict[Any, Any]:
    made: OrderedDict[Any, Any] = OrderedDict()
    for key, value in pairs.items() if isinstance(pairs, dict) else pairs:
        need_key(key)
        made[key] = value
    return made


def _elements(items: Any) -> list[Any]:
    for one in _only(list, items):
        need_key(one)
    return list(items)


def _defaultdict(factory: Any = None) -> Any:
    if factory is None:
        return defaultdict(None)
    name = factory.name.removeprefix("builtins.") if type(factory) is Maker else "?"
    if name not in FACTORIES:
        raise FormatError(f"has a defaultdict that makes its values with {name}, which is code")
    return defaultdict(FACTORIES[name])


def _deque(items: Any = (), most: Any = None) -> deque[Any]:
    return deque(items if type(items) is tuple else _only(list, items), most)


def _counter(counts: Any = None) -> Any:
    made: Any = Counter()
    for key, value in _only(dict, {} if counts is None else counts).items():
        made[key] = value
    return made


def _bytearray(content: Any = b"", encoding: Any = "latin-1") -> bytearray:
    if type(content) is str:
        return bytearray(content, _latin(encoding))
    return bytearray(_only(bytes, content))


def _bytes(*content: Any) -> bytes:
    return _only(bytes, content[0]) if content else b""


def _encoded(text: Any, encoding: Any) -> bytes:
    found: bytes = _only(str, text).encode(_latin(encoding))
    return found


def _latin(encoding: Any) -> str:
    if encoding not in ("latin1", "latin-1"):
        raise FormatError("is damaged: its pickle has bytes in another encoding than latin-1")
    return "latin-1"


def _factory(*_: Any) -> Any:
    raise FormatError("is damaged: its pickle calls a class that it may only name")


def _path(*parts: Any) -> pathlib.Path:
    return pathlib.Path(*(_only(str, one) for one in parts))


def _layout(name: Any) -> Any:
    return strided if name == "torch.strided" else Unreadable(f"the layout {str(name)[:100]}")


_CONTAINERS = {
    "collections.OrderedDict": _ordered,
    "collections.Counter": _counter,
    "collections.defaultdict": _defaultdict,
    "collections.deque": _deque,
    "argparse.Namespace": argparse.Namespace,
    "types.SimpleNamespace": SimpleNamespace,
    "builtins.set": lambda items: set(_elements(items)),
    "builtins.frozenset": lambda items: frozenset(_elements(items)),
    "builtins.bytes": _bytes,
    "builtins.bytearray": _bytearray,
    "builtins.complex": lambda real, imag: complex(_only(float, real), _only(float, imag)),
    "builtins.xrange": range,
    "builtins.range": range,
    "_codecs.encode": _encoded,
    "torch.Size": lambda sizes=(): Size(map(_whole, _only(tuple, sizes))),
    "torch.device": lambda *name: device(*name),
    "torch.serialization._get_layout": _layout,
    "torch.torch_version.TorchVersion": lambda text: _only(str, text),
} | {f"builtins.{name}": _factory for name in FACTORIES if name != "set"}

_PATHS = [
    f"{module}.{kind}"
    for module in ("pathlib", "pathlib._local")
    for kind in ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
]


def _whole(number: Any) -> int:
    if type(number) is not int or not 0 <= number < 2**62:
        raise FormatError(f"is damaged: it speaks of a size or a place {str(number)[:40]}")
    return number


# -- arrays of NumPy -------------------------------------------------------------------------------

_PLAIN = re.compile(r"[<>|=]?([biufc]\d{1,2}|[SUV]\d{1,6}|[mM]8(\[\w{1,9}\])?|bool|[a-z]+\d{1,3})")


def _numpy_dtype(name: Any, *flags: Any) -> np.dtype[Any]:
    if not _PLAIN.fullmatch(_only(str, name)):
        raise FormatError(f"has an array of dtype {name[:100]!r}; numbers and text are read")
    return np.dtype(name, False, True)  # a copy of its own, to which a state can be given


def _set_numpy_dtype(dtype: np.dtype[Any], state: Any) -> None:
    if len(state) != 8 or state[2:5] != (None, None, None) or state[1] not in ("<", ">", "|", "="):
        raise FormatError(f"has an array of a dtype that is not plain: {str(state)[:100]}")
    # The state that NumPy itself gives a dtype of that byte order.
    named: Any = dtype
    named.__setstate__(named.newbyteorder(state[1]).__reduce__()[2])


def _set_numpy_array(array: np.ndarray, state: Any) -> None:
    version, shape, dtype, is_fortran, content = state
    if version != 1 or array.shape != (0,) or type(content) is not bytes:
        raise FormatError("has an array whose numbers are not there as plain bytes")
    _need_filled(_shape_of(shape), dtype, len(content))
    # The bytes are copied, because others may hold them too.
    whole: Any = (1, shape, dtype, bool(is_fortran), bytes(bytearray(content)))
    array.__setstate__(whole)


def _shape_of(shape: Any) -> tuple[int, ...]:
    return tuple(_whole(one) for one in _only(tuple, shape))


def _need_filled(shape: tuple[int, ...], dtype: Any, count: int) -> None:
    if not isinstance(dtype, np.dtype) or dtype.hasobject:
        raise FormatError("has an array of Python objects, which could run code")
    if math.prod(shape) * dtype.itemsize != count or len(shape) > 64:
        raise FormatError(f"is damaged: an array of shape {shape} in it has {count} bytes")


def _numpy_array(kind: Any, shape: Any, _code: Any) -> np.ndarray:
    if type(kind) is not Maker or kind.name != "numpy.ndarray" or shape != (0,):
        raise FormatError("has an array of another class than NumPy's own")
    return np.empty(0, np.uint8)


def _numpy_scalar(dtype: Any, content: Any) -> Any:
    _need_filled((), dtype, len(_only(bytes, content)))
    return np.frombuffer(content, dtype)[0]


def _from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray:
    if type(content) not in (bytes, bytearray):
        raise FormatError("has an array whose numbers are not there as plain bytes")
    _need_filled(_shape_of(shape), dtype, len(content))
    return np.frombuffer(bytearray(content), dtype).reshape(
        shape, order="F" if order == "F" else "C"
    )


_NUMPY = {
    "numpy.dtype": _numpy_dtype,
    "numpy.ndarray": _factory,
    **{f"numpy.{core}.multiarray._reconstruct": _numpy_array for core in ("core", "_core")},
    **{f"numpy.{core}.multiarray.scalar": _numpy_scalar for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": _from_buffer for core in ("core", "_core")},
}


def _add_attributes(target: Any, state: Any) -> None:
    """What a pickle gives an object besides its items; no method can be hidden by it."""
    for name, value in _only(dict, {} if state is None else state).items():
        if hasattr(type(target), _only(str, name)):
            raise FormatError(f"is damaged: it sets {name[:100]!r} of {type(target).__name__}")
        vars(target)[name] = value


# -- Tensors ---------------------------------------------------------------------------------------


class Storage:
    """So many elements of a dtype, by the key under which the file has them.

    ``memory`` is their numbers, once they are there; ``first`` a Tensor on it, with which all
    others share it.
    """

    def __init__(self, key: str, dtype: str, count: int) -> None:
        self.key = key
        self.dtype = dtype
        self.count = count
        self.memory: np.ndarray | None = None
        self.first: Tensor | None = None

    @property
    def nbytes(self) -> int:
        return self.count * itemsize_of(self.dtype)


class Tensors:
    """The Tensors that a pickle speaks of, on storages that ``fill`` gives memory."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.storages: dict[tuple[str, str], Storage] = {}
        self.types: dict[str, str] = {}

    def names(self) -> dict[str, Any]:
        """All that a pickle may name."""
        makers: dict[str, Any] = {
            **_CONTAINERS,
            **_NUMPY,
            **dict.fromkeys(_PATHS, _path),
            "torch._utils._rebuild_tensor": self.tensor,
            "torch._utils._rebuild_tensor_v2": self.tensor,
            "torch._utils._rebuild_tensor_v3": self.tensor_of_dtype,
            "torch._utils._rebuild_parameter": self.parameter,
            "torch._utils._rebuild_parameter_with_state": self.parameter,
            "torch._tensor._rebuild_from_type_v2": self.with_attributes,
            "torch.Tensor": _factory,
            "torch.nn.parameter.Parameter": _factory,
            "torch.nn.parameter.Buffer": _factory,
        }
        found: dict[str, Any] = {name: Maker(name, make) for name, make in makers.items()}
        for word, dtype in STORAGES.items():
            for module in ("torch", "torch.cuda"):
                found[f"{module}.{word}Storage"] = Maker(dtype, _factory)
        found["torch.storage.UntypedStorage"] = Maker("untyped", _factory)
        found |= {f"torch.{name}": dtype for name, dtype in DTYPES.items()}
        for kind in {type(np.dtype(code)).__name__ for code in "?bhilqBHILQefdgFDGSUVmM"}:
            found[f"build {kind}"] = _set_numpy_dtype
        found["build ndarray"] = _set_numpy_array
        for kind in ("OrderedDict", "Namespace", "SimpleNamespace"):
            found[f"build {kind}"] = _add_attributes
        return found

    def storage(self, about: Any) -> Storage | Unreadable:
        """What a persistent id speaks of: ``("storage", class, key, place, count)``."""
        if type(about) is not tuple or len(about) not in (5, 6) or about[0] != "storage":
            raise FormatError("is damaged: its pickle speaks of a storage that is none")
        _, kind, key, place, count, *view = about
        if type(kind) is not Maker or type(key) is not str or type(place) is not str:
            raise FormatError("is damaged: its pickle speaks of a storage that is none")
        if place.partition(":")[0] == "meta":
            return Unreadable("a Tensor on the device 'meta', which has no numbers")
        if view and view[0] is not None:
            raise FormatError("has storages that are parts of others, as PyTorch 0.1 wrote them")
        if kind.name not in ("untyped", *STORAGES.values()):
            raise FormatError(f"is damaged: its pickle has storages of the class {kind.name}")
        if kind.name != "untyped" and not is_known(kind.name):
            return Unreadable(why_not(kind.name))
        return self.known(key, "uint8" if kind.name == "untyped" else kind.name, _whole(count))

    def known(self, key: str, dtype: str, count: int) -> Storage:
        storage = self.storages.setdefault((key, dtype), Storage(key, dtype, count))
        if storage.count != count:
            raise FormatError(f"is damaged: it says two sizes of the storage {key[:100]!r}")
        return storage

    def fill(self, storage: Storage) -> np.ndarray:
        """The memory of a storage, at first use."""
        raise NotImplementedError

    def tensor(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: Any = False,
        _hooks: Any = None,
        bits: Any = None,
    ) -> Tensor | Unreadable:
        if isinstance(storage, Unreadable):
            return storage
        if bits:
            return Unreadable("a Tensor whose values are to be conjugated or negated first")
        memory = self.numbers(_only(Storage, storage))
        shape, strides = (
            tuple(_whole(one) for one in _only_sizes(given)) for given in (size, stride)
        )
        step = memory.itemsize
        last = _whole(offset) + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        if len(shape) > 64 or (last >= memory.size if math.prod(shape) else offset > memory.size):
            raise FormatError(
                f"is damaged: a Tensor of shape {shape[:64]} and stride {strides[:64]}, {offset} "
                f"elements into the storage {storage.key[:100]!r}, is beyond its {memory.size}"
            )
        # A stride of 0 repeats an element: small in the file, and large in use.
        more = math.prod(shape) * step - memory.nbytes
        self.budget.take(max(0, more), f"a Tensor of shape {shape}, the same elements repeated")
        place = offset * step, tuple(one * step for one in strides)
        array = np.ndarray(shape, memory.dtype, memory, *place)
        made = from_numpy(array)
        if storage.first is None:
            storage.first = made
        else:
            made._storage = storage_of(storage.first)
        return made.requires_grad_(_only(bool, requires_grad))

    def numbers(self, storage: Storage) -> np.ndarray:
        if storage.memory is None:
            storage.memory = self.fill(storage)
        return storage.memory

    def tensor_of_dtype(
        self, storage: Any, offset: Any, size: Any, stride: Any, wants: Any, hooks: Any, dtype: Any,
        bits: Any = None,
    ) -> Tensor | Unreadable:  # fmt: skip
        """A Tensor of a dtype that has no class of storages: the storage is bare bytes."""
        name = getattr(dtype, "name", "?")
        if isinstance(storage, Unreadable):
            return storage
        if not is_known(name):
            return Unreadable(why_not(name))
        count, rest = divmod(_only(Storage, storage).nbytes, itemsize_of(name))
        if rest:
            raise FormatError("is damaged: a storage in it is no whole number of elements")
        typed = self.known(storage.key, name, count)
        return self.tensor(typed, offset, size, stride, wants, hooks, bits)

    def parameter(self, data: Any, requires_grad: Any, _hooks: Any, state: Any = None) -> Any:
        if isinstance(data, Unreadable):
            return data
        made = Parameter(_a_tensor(data), _only(bool, requires_grad))
        _add_attributes(made, state)
        return made

    def with_attributes(self, make: Any, kind: Any, arguments: Any, state: Any) -> Any:
        """A Tensor, or a Parameter, on which somebody has set attributes."""
        if type(make) is not Maker or not make.name.startswith("torch._utils._rebuild_"):
            raise FormatError("is damaged: its pickle has a Tensor that is made by something else")
        made = make.make(*_only(tuple, arguments))
        if not isinstance(made, Unreadable):
            state = state[0] if type(state) is tuple and len(state) == 2 else state
            _add_attributes(made, state)
        return made


def _only_sizes(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, Size) else _only(tuple, given)


def _a_tensor(value: Any) -> Tensor:
    if not isinstance(value, Tensor):
        raise FormatError("is damaged: its pickle has a Parameter that is no Tensor")
    return value


def _why_no_value(value: Any) -> str:
    """What to say of what a pickle may speak of, and may not leave in the value."""
    if type(value) is Unreadable:
        return value.why
    if type(value) is Maker:
        return f"the class or function {value.name} itself, and not a value"
    if type(value) is Storage:
        return "a bare storage; save a Tensor on it instead"
    return ""


# -- the two formats -------------------------------------------------------------------------------


class _Zipped(Tensors):
    """Storages that are entries of an archive."""

    def __init__(self, opened: Opened, entries: Mapping[str, Any], folder: str) -> None:
        super().__init__(opened.budget)
        self.opened = opened
        self.entries = entries
        self.folder = folder
        self.is_big = self.byte_order() == b"big"

    def byte_order(self) -> bytes:
        if f"{self.folder}byteorder" not in self.entries:
            return b"little"
        content = self.content("byteorder")
        order = content.read(min(20, content.left))
        if order not in (b"little", b"big"):
            raise FormatError(f"is damaged: its byte order is said to be {order!r}")
        return order

    def content(self, name: str) -> Content:
        entry = f"{self.folder}{name}"
        if entry not in self.entries:
            raise FormatError(
                f"is damaged: it speaks of an entry {entry[:200]!r}, which it has not"
            )
        return Content(self.opened.file, *self.entries[entry])

    def fill(self, storage: Storage) -> np.ndarray:
        content = self.content(f"data/{storage.key}")
        if content.left != storage.nbytes:
            raise content.wrong(
                f"has {content.left} bytes, not {storage.count} elements of {storage.dtype}"
            )
        if self.opened.memory is not None and content.left:
            return decoded(content.line_in(self.opened.memory), storage.dtype, self.is_big)
        times = 5 if self.is_big or storage.dtype in WIDENED else 1
        self.budget.take(times * content.left, f"the storage {storage.key[:100]!r}")
        return decoded(content.line(), storage.dtype, self.is_big)


def read_zipped(opened: Opened, entries: Entries, folder: str) -> Any:
    """The value in a file of PyTorch's, whose entries lie in ``folder``."""
    if not any(entry.crc for entry, _ in entries.values()):  # written without checksums
        entries = {name: (one._replace(crc=None), at) for name, (one, at) in entries.items()}
    tensors = _Zipped(opened, entries, folder)
    content = tensors.content("data.pkl")
    opened.budget.allow_structure(content.entry.packed)
    opened.budget.take(content.left, f"the entry {content.entry.name!r}")
    text = b"".join(content.pieces())
    found = _unpickler(BytesIO(text), len(text), tensors, opened.encoding).load()
    check(found, _why_no_value)
    return found


def _unpickler(file: Any, left: int, tensors: Tensors, encoding: str) -> Unpickler:
    names, storage = tensors.names(), tensors.storage
    return Unpickler(file, left, tensors.budget, names, storage, _refused, encoding)


class _Behind(Tensors):
    """Storages that stand behind the pickle: their memory is there first, their numbers later."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened.budget)
        self.size = opened.size

    def fill(self, storage: Storage) -> np.ndarray:
        if storage.nbytes > self.size:
            raise FormatError(
                f"is truncated or damaged: its storage {storage.key[:100]!r} is said to be "
                f"{storage.nbytes} bytes, and all of it is {self.size}"
            )
        kind = "float32" if storage.dtype in WIDENED else storage.dtype
        self.budget.take(
            storage.count * np.dtype(kind).itemsize, f"the storage {storage.key[:100]!r}"
        )
        return np.zeros(storage.count, kind)

    def read_all(self, source: Unpickler, keys: Any) -> None:
        """The numbers of all storages, which follow in the order of their keys."""
        waiting: dict[str, list[Storage]] = {}
        for storage in self.storages.values():
            waiting.setdefault(storage.key, []).append(storage)
        for key in _only(list, keys):
            storages = waiting.pop(key, None)
            if storages is None:
                raise FormatError("is damaged: it has a storage that nothing in it speaks of")
            count = _whole(source.number("<q")) * itemsize_of(storages[0].dtype)
            if any(count != one.nbytes for one in storages):
                raise FormatError(f"is damaged: it says two sizes of the storage {key[:100]!r}")
            self.budget.take(5 * count, f"the storage {key[:100]!r}")
            line = np.frombuffer(source.read(count), np.uint8)
            for one in storages:
                self.numbers(one)[...] = decoded(line, one.dtype)
            self.budget.taken -= 5 * count
        if waiting:
            raise FormatError(
                f"is truncated or damaged: it lacks the storage {next(iter(waiting))!r}"
            )


def read_legacy(opened: Opened) -> Any:
    """The value in a file of PyTorch's older format."""
    if opened.memory is not None:
        raise FormatError(
            "is of PyTorch's older format, which cannot be mapped; load without mmap=True"
        )
    opened.file.seek(0)
    opened.budget.allow_structure(opened.size)
    tensors = _Behind(opened)
    file = opened.file if hasattr(opened.file, "readline") else BytesIO(opened.start(opened.size))
    source = _unpickler(file, opened.size, tensors, opened.encoding)
    magic, version, _machine = source.load(), source.load(), source.load()
    if magic != int.from_bytes(MAGIC, "little") or version != 1001:
        raise FormatError(f"has version {str(version)[:40]} of PyTorch's older format, not 1001")
    found = source.load()
    check(found, _why_no_value)
    tensors.read_all(source, source.load())
    if source.left and not opened.is_stream:
        raise FormatError("is damaged: something stands behind its end")
    opened.file.seek(opened.size - source.left)
    return found
