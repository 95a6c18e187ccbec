"""What a model calls while it runs on an example: the operators, their arguments, what they gave.

Python tells of every call (``sys.setprofile``).  Functions that ``converters`` know are *calls* of
the trace, with all that happens within; all others are looked into, down to those that are known.
So a trace needs nothing of the engine, and costs nothing where nobody exports.

What is computed is known by its array: two Tensors on one array are one value.  A value is an
input, a weight, what a call of the trace has given, or else a constant; but a Tensor that a
function of this library has made of values, without a call of the trace, is *lost*: nothing says
how to compute it elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CellType, CodeType, FrameType
from typing import Any

import numpy as np

from autotensor import Tensor
from autotensor.extend.seeing import profiled
from nn.module import Module

__all__ = [
    "Call",
    "Constant",
    "Lost",
    "RefusedError",
    "Ref",
    "Trace",
    "Tracer",
    "leaves",
    "mapped",
    "named_tensors",
]

OPERATORS = {f"{kind}.<locals>.declare.<locals>.call" for kind in ("operator", "unary", "binary")}
"""What the engine makes of declared operators."""
_HERE = __name__.rpartition(".")[0]
LOOKED_AT = {"__bool__", "__float__", "__int__", "__index__", "item", "numpy", "tolist"}
"""Methods of Tensor that give the program plain numbers."""
OF_SHAPES = {
    "empty_like",
    "full_like",
    "new_empty",
    "new_full",
    "new_ones",
    "new_tensor",
    "new_zeros",
    "ones_like",
    "rand_like",
    "randint_like",
    "randn_like",
    "zeros_like",
}
"""Functions that make Tensors of the shape of what they are given."""
COPIES = {"clone", "contiguous"}
"""Operators that give another array, but no other value.  Whether they run may hang on strides."""
IN_PLACE = ("autotensor.engine.in_place", "assign")


class RefusedError(Exception):
    """Why a model cannot be exported; ``export`` makes a public error of it."""


@dataclass(frozen=True)
class Ref:
    """A value of the trace, by its number."""

    number: int


@dataclass(frozen=True, eq=False)
class Constant:
    """An array that depends on nothing but the shapes of the inputs, and the function it is of."""

    array: np.ndarray
    source: str


@dataclass(frozen=True)
class Lost:
    """A Tensor that depends on values, by a function that is no call of the trace."""

    function: str
    path: str


@dataclass
class Call:
    """A call of a function that ``converters`` know; Tensors in it are Refs and Constants."""

    key: Any
    name: str
    path: str
    """The module that runs, as in ``named_modules``."""
    arguments: dict[str, Any]
    result: Any = None
    arrays: dict[int, np.ndarray | None] = field(default_factory=dict)
    """The values it gave; with their arrays where it was given constants alone."""


@dataclass
class Trace:
    """One run of a model."""

    inputs: list[int]
    weights: dict[int, str]
    calls: list[Call]
    output: Any
    kinds: dict[int, tuple[tuple[int, ...], np.dtype]]
    """Shape and dtype of each value."""
    looks: list[tuple[str, str]]
    """Where the program reads numbers out of Tensors that depend on inputs: function and path."""
    arrays: list[np.ndarray]
    """The outputs, as they were when the run ended."""


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with ``change`` made to all that is no container; containers keep their kind."""
    if isinstance(value, tuple):
        parts = [mapped(one, change) for one in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list):
        return [mapped(one, change) for one in value]
    if isinstance(value, Mapping):
        return {key: mapped(one, change) for key, one in value.items()}
    if isinstance(value, slice):
        return slice(*(mapped(one, change) for one in (value.start, value.stop, value.step)))
    return change(value)


def leaves(value: Any) -> Iterator[Any]:
    """All in ``value`` that is no container."""
    if isinstance(value, (tuple, list)):
        for one in value:
            yield from leaves(one)
    elif isinstance(value, Mapping):
        yield from leaves(list(value.values()))
    elif isinstance(value, slice):
        yield from (value.start, value.stop, value.step)
    else:
        yield value


class Tracer:
    """Sorts out what Python tells.

    Args:
        model: a Module, whose parts and weights have names, or any function.
        known: by code, by the name of a declared operator, or by module and name, what is a call
            of the trace.
        conditions: of some of these, a function of the arguments that says whether.
    """

    def __init__(self, model: Any, known: Any, conditions: Any) -> None:
        self.model = model
        self.known = known
        self.conditions = conditions
        self.inner = {key[1] for key in known if isinstance(key, tuple)}
        self.names = (
            {id(one): name for name, one in model.named_modules()}
            if isinstance(model, Module)
            else {}
        )
        self.module_call = Module.__call__.__code__
        self.modules: list[tuple[FrameType, str]] = []
        self.numbers: dict[int, int] = {}
        """By the id of an array, its value."""
        self.stale: dict[int, tuple[int, str]] = {}
        """By the id of an array that was overwritten through another Tensor: the value that was
        written, and where."""
        self.lost: dict[int, Lost] = {}
        self.of_shapes: set[int] = set()
        self.sources: dict[int, str] = {}
        self.kept: list[Any] = []
        """All that is known by its id, lest another get it."""
        self.kinds: dict[int, tuple[tuple[int, ...], np.dtype]] = {}
        self.live: dict[int, np.ndarray] = {}
        """The arrays that hold values, by their ids."""
        self.from_inputs: set[int] = set()
        self.constant: set[int] = set()
        """Values that calls of the trace have made of constants alone."""
        self.calls: list[Call] = []
        self.looks: list[tuple[str, str]] = []
        self.frame: FrameType | None = None
        """The frame of the call of the trace that now runs."""
        self.call: Any = None
        self.ours: dict[CodeType, bool] = {}

    def run(self, inputs: list[Tensor], call: Callable[[], Any]) -> Trace:
        """Runs ``call``, which gives ``inputs`` to the model."""
        given = [self.new(one.array) for one in inputs]
        self.from_inputs.update(given)
        weights = {}
        for name, one in named_tensors(self.model):
            if id(one.array) not in self.numbers:
                weights[self.new(one.array)] = name
        with profiled(self.see):
            output = call()
        found = mapped(output, self.referred)
        arrays = [np.array(one.array) for one in leaves(output) if isinstance(one, Tensor)]
        return Trace(given, weights, self.calls, found, self.kinds, self.looks, arrays)

    def new(self, array: np.ndarray) -> int:
        """A new value, which from now on is what ``array`` holds."""
        number = len(self.kinds)
        self.kinds[number] = (array.shape, array.dtype)
        self.holds(array, number)
        return number

    def holds(self, array: np.ndarray, number: int) -> None:
        """From now on ``array`` is this value."""
        self.numbers[id(array)] = number
        self.live[id(array)] = array
        self.stale.pop(id(array), None)
        self.kept.append(array)

    @property
    def path(self) -> str:
        return self.modules[-1][1] if self.modules else ""

    # -- what is in arguments ----------------------------------------------------------------------

    def referred(self, one: Any) -> Any:
        """A Ref or a Constant for a Tensor or an array; anything else as it is."""
        if isinstance(one, Tensor):
            array = one.array
        elif isinstance(one, np.ndarray):
            array = one
        elif type(one).__name__ == "Taps":  # of a resizing: a matrix
            return Constant(one.matrix, "")
        else:
            return one
        number = self.numbers.get(id(array))
        if number is not None:
            if id(array) in self.stale:
                _, where = self.stale[id(array)]
                return Lost(f"a write in place ({where})", self.path)
            return Ref(number)
        if id(array) in self.lost:
            return self.lost[id(array)]
        return Constant(array.copy(), self.sources.get(id(array), ""))

    def depends(self, value: Any) -> bool:
        """Whether a Tensor in ``value`` is no constant."""
        return any(
            isinstance(one, Tensor)
            and (
                self.numbers.get(id(one.array), -1) not in {-1, *self.constant}
                or id(one.array) in self.lost
            )
            for one in leaves(value)
        )

    # -- what Python tells -------------------------------------------------------------------------

    def see(self, frame: FrameType, event: str, result: Any) -> None:
        if event == "call":
            if self.frame is None:
                self.begins(frame)
        elif event == "return":
            if self.frame is frame:
                self.ends(result)
            elif self.frame is None:
                self.returns(frame, result)

    def begins(self, frame: FrameType) -> None:
        code = frame.f_code
        if code is self.module_call:
            self.modules.append((frame, self.names.get(id(frame.f_locals["self"]), self.path)))
            return
        key: Any = code
        if code.co_qualname in OPERATORS:
            key = frame.f_locals["name"]
        elif code.co_name in self.inner:
            inner = (frame.f_globals.get("__name__"), code.co_name)
            key = inner if inner in self.known else code
        elif code.co_name in LOOKED_AT:
            self.looks_at(frame)
        if key not in self.known:
            return
        arguments = _arguments_of(frame, code)
        if arguments.get("inplace"):
            return  # it calls itself without, and then ``assign``
        if key in self.conditions and not self.conditions[key](arguments):
            return
        if key == IN_PLACE:
            self.frame, self.call = (
                frame,
                (arguments["target"], arguments["value"], arguments["name"]),
            )
            return
        self.frame = frame
        name = arguments.pop("name", None) or code.co_name
        if isinstance(key, str):
            name = key
        self.call = Call(key, name.strip("_"), self.path, mapped(arguments, self.referred))
        self.given = arguments

    def ends(self, result: Any) -> None:
        call, self.frame, self.call = self.call, None, None
        if isinstance(call, tuple):
            if result is not None:
                self.written(*call)
            return
        if call.key == ("autotensor.operators.structure.indexing", "setitem"):
            self.item_written(call)
            return
        if result is None:
            return  # it has raised an error, and somebody has caught that
        call.result = mapped(result, lambda one: self.given_out(call, one))
        if call.arrays:
            self.calls.append(call)

    def given_out(self, call: Call, one: Any) -> Any:
        if not isinstance(one, (Tensor, np.ndarray)):
            return one
        array = one.array if isinstance(one, Tensor) else one
        known = self.numbers.get(id(array))
        if known is not None:  # the very Tensor that was given
            return Ref(known)
        if call.key in COPIES and isinstance(call.arguments["input"], Ref):
            self.holds(array, call.arguments["input"].number)
            return call.arguments["input"]
        number = self.new(array)
        self.note(number, call, array)
        return Ref(number)

    def note(self, number: int, call: Call, array: np.ndarray) -> None:
        """Notes what the value ``number``, which ``call`` has given, depends on."""
        given = list(leaves(call.arguments))
        used = {one.number for one in given if isinstance(one, Ref)}
        if used & self.from_inputs:
            self.from_inputs.add(number)
        alone = used <= self.constant and not any(isinstance(one, Lost) for one in given)
        if alone:
            self.constant.add(number)
        call.arrays[number] = array.copy() if alone else None

    def returns(self, frame: FrameType, result: Any) -> None:
        """A function ends that is no call of the trace."""
        code = frame.f_code
        if code is self.module_call:
            if self.modules and self.modules[-1][0] is frame:
                self.modules.pop()
            return
        if not isinstance(result, Tensor) or not self.is_library(frame):
            return
        array = result.array
        if id(array) in self.numbers:
            return
        name = code.co_name
        if name in ("door", "call") and isinstance(frame.f_locals.get("name"), str):
            name = frame.f_locals["name"]
        if name in ("wrap", "record", "record_from"):
            return
        self.kept.append(array)
        if name in OF_SHAPES:
            self.of_shapes.add(id(array))
            self.lost.pop(id(array), None)
        elif id(array) not in self.of_shapes and self.depends(_arguments_of(frame, code)):
            inner = name.startswith("_") and id(array) in self.lost
            if not inner:
                self.lost[id(array)] = Lost(name.strip("_"), self.path)
        self.sources[id(array)] = name

    def is_library(self, frame: FrameType) -> bool:
        found = self.ours.get(frame.f_code)
        if found is None:
            home = frame.f_globals.get("__name__") or ""
            ours = home.startswith(("autotensor.", "nn.")) and not home.startswith(_HERE)
            found = self.ours[frame.f_code] = ours
        return found

    def looks_at(self, frame: FrameType) -> None:
        one, caller = frame.f_locals.get("self", frame.f_locals.get("input")), frame.f_back
        while caller and caller.f_code.co_name == "door":
            caller = caller.f_back
        if not isinstance(one, Tensor) or caller is None or self.is_library(caller):
            return
        if self.numbers.get(id(one.array)) in self.from_inputs or id(one.array) in self.lost:
            self.looks.append((frame.f_code.co_name, self.path))

    # -- writes ------------------------------------------------------------------------------------

    def written(self, target: Tensor, value: Any, name: str) -> None:
        """``target`` now is ``value``."""
        found = self.referred(value if isinstance(value, Tensor) else np.asarray(value))
        arguments = {"target": self.referred(target), "value": found}
        call = Call(IN_PLACE, name, self.path, arguments)
        self.replaced(call, target)

    def item_written(self, call: Call) -> None:
        target = self.given["input"]
        call.arguments["input"] = (
            self.referred(target)
            if isinstance(call.arguments["input"], Lost)
            else call.arguments["input"]
        )
        value = self.given["value"]
        if isinstance(call.arguments["input"], Lost):
            number = self.numbers[id(target.array)]
            writer = self.stale.get(id(target.array), (None, ""))[0]
            if isinstance(value, Tensor) and self.numbers.get(id(value.array)) == writer:
                del self.stale[id(target.array)]  # ``x[i] += 1`` writes, and puts it back
                call.arguments["input"] = Ref(number)
        self.replaced(call, target)

    def replaced(self, call: Call, target: Tensor) -> None:
        if not any(isinstance(one, (Ref, Lost)) for one in leaves(call.arguments)):
            return  # a constant that is written with constants
        array = target.array
        number = self.new(array)
        self.note(number, call, array)
        call.result = Ref(number)
        self.calls.append(call)
        where = f"{call.name} in {self.path or 'the model'}"
        for key, memory in self.live.items():
            if memory is not array and _overlap(memory, array):
                self.stale[key] = (number, where)


def _overlap(one: np.ndarray, other: np.ndarray) -> bool:
    if not np.may_share_memory(one, other):
        return False
    share: Any = np.shares_memory
    try:
        return bool(share(one, other, max_work=10_000))
    except np.exceptions.TooHardError:
        return True


def named_tensors(model: Any) -> Iterator[tuple[str, Tensor]]:
    """Parameters and buffers by their names; those of the state dict come first."""
    if not isinstance(model, Module):
        return
    named: list[tuple[str, Tensor]] = [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]
    in_state = model.state_dict()
    yield from sorted(named, key=lambda pair: pair[0] not in in_state)


def _arguments_of(frame: FrameType, code: CodeType) -> dict[str, Any]:
    """The arguments of a function that has just been called, by name; ``<ndim>`` as ``ndim``."""
    found = frame.f_locals
    if code.co_qualname in OPERATORS:
        if "operator" not in code.co_qualname:
            names = ("input", "other")
            return {
                name: found[name] for name in names if name in found and name in code.co_varnames
            }
        names, filled = found["names"], found["fill"]
        given = dict(zip(names, found["args"], strict=False)) | found["kwargs"]
        return {**dict(zip(names, filled, strict=True)), **given}
    count = code.co_argcount + code.co_kwonlyargcount
    count += bool(code.co_flags & 4) + bool(code.co_flags & 8)
    given = {name.strip("<>"): found[name] for name in code.co_varnames[:count] if name in found}
    # What an inner function reads as well, and a face has under another name.
    return {
        name: one.cell_contents if isinstance(one, CellType) else one for name, one in given.items()
    }
