"""Pickles, read by a machine that runs nothing.

A pickle is a program for a small machine with a stack: it makes numbers, strings and containers,
and it may call whatever it names.  Here it may name what is in a list, and what is made then is
made by functions of this package: nothing is imported or looked up.  Opcodes as in Python's module
``pickle``, protocols 2 to 5.
"""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from autotensor.serialization.budget import Budget, FormatError

__all__: list[str] = []  # helpers, which no package shows

LONGEST_NAME = 500
DEEPEST = 250
"""Containers within each other: what walks through a value by recursion can still do so."""
MOST_VALUES = 20_000_000
"""Values in all, where each is counted as often as it can be reached: a list of a list twice, and
that twice, and so on, is small in memory and endless to walk through."""
LARGEST_KEY = 2**61 - 2
"""Larger ints may have the hash of a smaller one; a dict of such takes forever."""
MOST_IN_KEY = 1000

PREFIXES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Modules that Python 2 called otherwise, as pickles of protocol 2 do."""

# What is taken by values, in bytes; rather too much.
OBJECT, LIST, DICT, SET, ITEM, PAIR, ELEMENT, MEMO = 50, 72, 80, 240, 18, 60, 110, 110
VALUES = "the values that are no arrays"


@dataclass(frozen=True, eq=False)
class Maker:
    """What a pickle may call by the name ``name``; ``make`` takes its arguments."""

    name: str
    make: Callable[..., Any]
    cost: int = 400
    """Bytes of what it makes, besides its arguments."""


class Unreadable(NamedTuple):
    """Stands in a value where something is that cannot be read: refused with its place."""

    why: str


class Unpickler:
    """Reads pickles from a file, one behind the other.

    Args:
        file: where to read.
        left: how many bytes may be read.
        budget: what values may take.
        names: what a pickle may name, by its full name: a ``Maker``, or a value.
        persistent: what stands for a persistent id.
        refuse: what to say of any other name.
        encoding: of a str of Python 2; "bytes" leaves it as it is.
    """

    def __init__(
        self,
        file: IO[bytes],
        left: int,
        budget: Budget,
        names: Mapping[str, Any],
        persistent: Callable[[Any], Any],
        refuse: Callable[[str], FormatError],
        encoding: str = "utf-8",
    ) -> None:
        self.file = file
        self.left = left
        self.budget = budget
        self.names = names
        self.persistent = persistent
        self.refuse = refuse
        self.encoding = encoding

    def load(self) -> Any:
        """The value of the next pickle."""
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        while True:
            code = self.read(1)
            if code == b".":
                break
            if code not in OPERATIONS:
                raise FormatError(
                    f"is damaged, or no file of PyTorch's: its pickle has the opcode {code!r}"
                )
            OPERATIONS[code](self)
        if self.below or len(self.stack) != 1:
            raise FormatError("is damaged: its pickle ends in the middle of something")
        return self.stack[0]

    def read(self, count: int) -> bytes:
        if count > self.left:
            raise FormatError("is truncated or damaged: its pickle ends too early")
        self.left -= count
        found = self.file.read(count)
        while len(found) < count:  # a file need not give all at once
            more = self.file.read(count - len(found))
            if not more:
                raise FormatError("is truncated or damaged: its pickle ends too early")
            found += more
        return found

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.read(struct.calcsize(form)))[0]

    def push(self, value: Any, cost: int = ITEM) -> None:
        self.budget.take(cost, VALUES)
        self.stack.append(value)

    # -- numbers and text --------------------------------------------------------------------------

    def text(self, form: str) -> None:
        raw = self.bytes_of(form, 5)
        self.push(raw.decode("utf-8", "surrogatepass"), OBJECT)

    def text_of_python_2(self, form: str) -> None:
        raw = self.bytes_of(form, 5)
        try:
            self.stack.append(raw if self.encoding == "bytes" else raw.decode(self.encoding))
        except UnicodeError:
            raise FormatError(
                f"has text of Python 2 that is not in {self.encoding}: {raw[:100]!r}; say which "
                "it is in, as load(…, encoding='latin1'), or 'bytes' to have it as it is"
            ) from None

    def bytes_of(self, form: str, times: int = 2) -> bytes:
        """So many bytes as the next number says, counted before they are read."""
        count = self.number(form)
        if count > self.left:
            raise FormatError("is truncated or damaged: its pickle ends too early")
        self.budget.take(OBJECT + times * count, VALUES)
        return self.read(count)

    def long(self) -> None:
        digits = self.read(self.number("<B"))
        self.push(int.from_bytes(digits, "little", signed=True), OBJECT + 2 * len(digits))

    # -- containers --------------------------------------------------------------------------------

    def mark(self) -> None:
        self.budget.take(LIST, VALUES)
        self.below.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.below.pop()
        self.budget.take(ITEM * len(items), VALUES)
        return items

    def last(self, count: int) -> list[Any]:
        if count > len(self.stack):
            raise FormatError("is damaged: its pickle takes what is not there")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) not in (list, deque):
            raise FormatError(f"is damaged: its pickle appends to a {type(target).__name__}")
        self.budget.take(ITEM * len(items), VALUES)
        target.extend(items)

    def add(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not set:
            raise FormatError(f"is damaged: its pickle adds to a {type(target).__name__}")
        target.update(self.keys(items))

    def keys(self, items: list[Any]) -> Iterator[Any]:
        self.budget.take(ELEMENT * len(items), VALUES)
        for one in items:
            need_key(one)
            yield one

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) not in (dict, OrderedDict, Counter, defaultdict):
            raise FormatError(f"is damaged: its pickle sets items of a {type(target).__name__}")
        self.budget.take(PAIR * len(items), VALUES)
        for key, value in zip(items[::2], items[1::2], strict=True):
            need_key(key)
            target[key] = value

    # -- names and calls ---------------------------------------------------------------------------

    def name(self, module: str, name: str) -> None:
        full = f"{PREFIXES.get(module, module)}.{name}"
        if full not in self.names:
            raise self.refuse(full)
        self.push(self.names[full])

    def line(self) -> str:
        found = self.file.readline(min(LONGEST_NAME, self.left))
        self.left -= len(found)
        if not found.endswith(b"\n"):
            raise FormatError("is damaged: its pickle has a name without an end")
        return found[:-1].decode("utf-8")

    def named_by_stack(self) -> None:
        module, name = self.last(2)
        if type(module) is not str or type(name) is not str:
            raise FormatError("is damaged: its pickle has a name that is no text")
        self.name(module[:LONGEST_NAME], name[:LONGEST_NAME])

    def call(self) -> None:
        maker, arguments = self.last(2)
        if type(maker) is not Maker or type(arguments) is not tuple:
            raise FormatError("is damaged: its pickle calls what cannot be called")
        weights: dict[type, int] = {list: ELEMENT, dict: ELEMENT, tuple: ITEM, str: 5, bytes: 2}
        sizes = (weights.get(type(one), 0) * len(one) for one in arguments if type(one) in weights)
        self.budget.take(maker.cost + sum(sizes), VALUES)
        self.stack.append(maker.make(*arguments))

    def build(self) -> None:
        state = self.last(1)[0]
        value = self.stack[-1]
        self.budget.take(DICT, VALUES)
        builder = self.names.get(f"build {type(value).__name__}")
        if builder is None:
            raise FormatError(f"is damaged: its pickle gives a state to {type(value).__name__}")
        builder(value, state)

    # -- the memo ----------------------------------------------------------------------------------

    def keep(self, index: int) -> None:
        if index not in self.memo:
            self.budget.take(MEMO, VALUES)
        self.memo[index] = self.stack[-1]

    def recall(self, index: int) -> None:
        if index not in self.memo:
            raise FormatError("is damaged: its pickle recalls what it has not kept")
        self.push(self.memo[index])


OPERATIONS: dict[bytes, Callable[[Unpickler], Any]] = {
    b"\x80": lambda one: one.read(1),  # PROTO
    b"\x95": lambda one: one.read(8),  # FRAME
    b"N": lambda one: one.push(None),
    b"\x88": lambda one: one.push(True),
    b"\x89": lambda one: one.push(False),
    b"K": lambda one: one.push(one.number("<B")),
    b"M": lambda one: one.push(one.number("<H"), OBJECT),
    b"J": lambda one: one.push(one.number("<i"), OBJECT),
    b"G": lambda one: one.push(one.number(">d"), OBJECT),
    b"\x8a": Unpickler.long,
    b"X": lambda one: one.text("<L"),
    b"\x8c": lambda one: one.text("<B"),
    b"\x8d": lambda one: one.text("<Q"),
    b"B": lambda one: one.stack.append(one.bytes_of("<L")),
    b"C": lambda one: one.stack.append(one.bytes_of("<B")),
    b"\x8e": lambda one: one.stack.append(one.bytes_of("<Q")),
    b"\x96": lambda one: one.stack.append(bytearray(one.bytes_of("<Q"))),
    b"U": lambda one: one.text_of_python_2("<B"),
    b"T": lambda one: one.text_of_python_2("<l"),
    b"]": lambda one: one.push([], LIST),
    b"}": lambda one: one.push({}, DICT),
    b"\x8f": lambda one: one.push(set(), SET),
    b")": lambda one: one.push(()),
    b"(": Unpickler.mark,
    b"t": lambda one: one.push(tuple(one.since_mark()), LIST),
    b"\x85": lambda one: one.push(tuple(one.last(1)), LIST),
    b"\x86": lambda one: one.push(tuple(one.last(2)), LIST),
    b"\x87": lambda one: one.push(tuple(one.last(3)), LIST),
    b"\x91": lambda one: one.push(frozenset(one.keys(one.since_mark())), SET),
    b"a": lambda one: one.extend(one.last(1)),
    b"e": lambda one: one.extend(one.since_mark()),
    b"s": lambda one: one.set_items(one.last(2)),
    b"u": lambda one: one.set_items(one.since_mark()),
    b"\x90": lambda one: one.add(one.since_mark()),
    b"0": lambda one: one.last(1),  # POP
    b"1": lambda one: one.since_mark(),  # POP_MARK
    b"2": lambda one: one.push(one.stack[-1]),  # DUP
    b"c": lambda one: one.name(one.line(), one.line()),
    b"\x93": Unpickler.named_by_stack,
    b"R": Unpickler.call,
    b"\x81": Unpickler.call,  # a class and its arguments
    b"b": Unpickler.build,
    b"Q": lambda one: one.push(one.persistent(one.last(1)[0]), 500),
    b"q": lambda one: one.keep(one.number("<B")),
    b"r": lambda one: one.keep(one.number("<L")),
    b"\x94": lambda one: one.keep(len(one.memo)),
    b"h": lambda one: one.recall(one.number("<B")),
    b"j": lambda one: one.recall(one.number("<L")),
}
"""What the machine does at each opcode."""


def need_key(key: Any) -> None:
    """Refuses a key, or an element of a set, that cannot be one, or that takes long to hash."""
    waiting, count = [key], 0
    while waiting:
        one = waiting.pop()
        count += 1
        if type(one) in (tuple, frozenset):
            waiting += one
        elif isinstance(one, (Maker, Unreadable)) or count > MOST_IN_KEY:
            raise FormatError(
                "is damaged: a key in it is something else than text, numbers or tuples of such"
            )
        elif type(one) is int and abs(one) > LARGEST_KEY:
            raise FormatError(f"has the key {str(one)[:40]}, which is too large for one")
    hash(key)  # now that it is known to be quick


def check(value: Any, why_not: Callable[[Any], str]) -> None:
    """Refuses a value that holds itself, what it must not, or too much to walk through.

    Args:
        why_not: what to say of something that must not be in it; "" for all else.
    """
    done: dict[int, int] = {}  # of each container, how many values it holds
    inside: set[int] = set()
    path: list[tuple[Any, Any, Iterator[tuple[Any, Any]], list[int]]] = []

    def place() -> str:
        return "".join(f"[{repr(key)[:100]}]" for key, *_ in path[1:]) or "the top"

    def enter(key: Any, one: Any) -> int:
        """How many values ``one`` is; 0 if that is still to be found out."""
        if why := why_not(one):
            path.append((key, None, iter(()), [0]))
            raise FormatError(f"holds, at {place()}, {why}")
        if not isinstance(one, (list, tuple, dict, deque)) and not hasattr(one, "__dict__"):
            return 1
        if id(one) in inside:
            path.append((key, None, iter(()), [0]))
            raise FormatError(f"holds, at {place()}, a {type(one).__name__} that holds itself")
        if id(one) in done:
            return done[id(one)]
        if len(path) > DEEPEST:
            raise FormatError(f"nests its values deeper than {DEEPEST} containers")
        inside.add(id(one))
        path.append((key, one, parts_of(one), [1]))
        return 0

    enter("", value)
    while path:
        _, container, parts, total = path[-1]
        for key, one in parts:
            count = enter(key, one)
            if not count:
                break
            total[0] += count
            if total[0] > MOST_VALUES:
                raise FormatError(
                    f"holds, at {place()}, the same containers again and again, more than "
                    f"{MOST_VALUES} values in all"
                )
        else:
            path.pop()
            inside.discard(id(container))
            done[id(container)] = total[0]
            if path:
                path[-1][3][0] += total[0]


def parts_of(value: Any) -> Iterator[tuple[Any, Any]]:
    """What a container holds, each with its key; of any other object its attributes."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, (list, tuple, deque)):
        yield from enumerate(value)
    if hasattr(value, "__dict__"):
        yield from vars(value).items()
