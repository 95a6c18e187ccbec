"""What an error about shapes says besides: the shape that each layer gave on the way there, and
what to change.

The layers that are done are read from the graph behind what the failing one was given; so nothing
is noted down beforehand, and nothing is known of them where no gradients are recorded.
"""

from __future__ import annotations

import linecache
import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import suppress
from heapq import heappop, heappush
from types import FrameType, TracebackType
from typing import Any, NamedTuple
from weakref import ref

from autotensor import Tensor, is_grad_enabled
from autotensor.extend import Node, names_of
from nn.tables import aligned
from nn.tensors import tensors_in

__all__ = ["note_shapes"]

_ABOUT_SHAPES = re.compile(
    r"shape|size|channel|feature|dim|element|broadcast|out of bounds|rows|fit|length"
)
_LIBRARIES = frozenset({"autotensor", "nn", "numpy"})
_MOST_ROWS = 12
_MOST_NODES = 5_000
_MOST_NAMES = 4
_WIDTH = 78

Shape = tuple[int, ...]


class _Call(NamedTuple):
    """A call of a Module: when it began, and what it was given or gave."""

    began: int
    module: Any  # None when it is gone
    kind: type
    done: bool
    shapes: str


class Account:
    """What one error has to say, kept with it while it passes the Modules on its way out.

    It holds no Tensors, and is not copied or pickled with the error.
    """

    def __init__(self, error: Exception, module: Any, given: Any) -> None:
        self.text = ""
        self.given: list[_Call] = []
        self.starts: list[ref[Node]] = []
        self.lines: list[str] = []
        trace = error.__traceback__
        if trace is None or trace.tb_next is None:
            trace = getattr(error.__cause__, "__traceback__", None)
        steps = list(_steps(trace))
        # Not if a program of the user's refuses.
        self.speaks = bool(
            steps and _home(steps[-1].tb_frame) in _LIBRARIES and _ABOUT_SHAPES.search(str(error))
        )
        if self.speaks:
            self._look(steps, module, given, str(error))

    def _look(self, steps: list[TracebackType], module: Any, given: Any, words: str) -> None:
        """Finds what the innermost Module was given, and what to change."""
        starts = list(tensors_in(given))
        users = [at for at, step in enumerate(steps) if _home(step.tb_frame) not in _LIBRARIES]
        if users:
            self.lines = list(_told(steps[users[-1]]))
            for step in steps[users[-1] :][:2]:  # the function that it called, too
                starts += tensors_in(dict(step.tb_frame.f_locals))
        else:
            shapes = [tuple(one.shape) for one in starts]
            self.lines = [text] if (text := advice(module, shapes, words)) else []
        self.starts = [ref(one.node) for one in starts if one.node is not None]

    def __reduce__(self) -> Any:
        return str, ()

    def rows(self, root: Any) -> list[str]:
        """Oldest first, a line for each layer that is done and each Module that was called."""
        done, more = _done(self.starts)
        outer = min(self.given)
        inner = [call for call in self.given if call.shapes != outer.shapes or call is outer]
        calls = sorted([*done, *(inner if not done else [outer, max(self.given)])])
        calls = list(dict.fromkeys(calls))
        if len(calls) > _MOST_ROWS:
            more += len(calls) - _MOST_ROWS
            calls = (
                [calls[0], *calls[1 - _MOST_ROWS :]] if calls[0] is outer else calls[-_MOST_ROWS:]
            )
        names = {id(module): path for path, module in root.named_modules()}
        others = [
            call.module
            for call in calls
            if call.module is not None and id(call.module) not in names
        ]
        names |= names_of([], others) if others else {}
        lines = aligned(
            [
                (
                    names.get(id(call.module), ""),
                    call.kind.__name__,
                    f"→ {call.shapes}" if call.done else f"was given {call.shapes}",
                )
                for call in calls
            ],
            left=3,
        )
        if more:
            lines.insert(1 if calls[0] is outer else 0, f"… {more} more")
        return lines


def note_shapes(
    error: Exception, passed: Sequence[Any], began: int, args: Any, kwargs: Any
) -> None:
    """Adds to ``error`` a note with the shapes on the way to it, if it is about shapes.

    Called by each Module that the error passes, as the last of ``passed``; ``began`` is the clock's
    time when it was called.
    """
    with suppress(Exception):  # nothing here may come in the place of what went wrong
        _note(error, passed, began, (args, kwargs))


def _note(error: Exception, passed: Sequence[Any], began: int, given: Any) -> None:
    account = error.__dict__.get("account")
    if account is None:
        account = error.__dict__["account"] = Account(error, passed[0], given)
    if not isinstance(account, Account) or not account.speaks:
        return
    shapes = ", ".join(str(tuple(one.shape)) for one in tensors_in(given))
    account.given.append(_Call(began, passed[-1], type(passed[-1]), False, shapes))
    notes = error.__notes__
    if account.text in notes:
        notes.remove(account.text)
    account.text = "\n".join(f"  {line}" for line in _lines(account, passed[-1]))
    if account.text:
        error.add_note(account.text)


def _lines(account: Account, root: Any) -> Iterator[str]:
    rows = account.rows(root)
    if len(rows) > 1:
        yield from rows
    yield from account.lines
    if len(account.given) > 1 and not is_grad_enabled():
        yield "Call it outside of no_grad to see the shape that each layer before gave."


# -- the user's line -------------------------------------------------------------------------------


def _home(frame: FrameType) -> str:
    return frame.f_globals.get("__name__", "").partition(".")[0]


def _steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _failing(step: TracebackType) -> str:
    """The expression of the user's program that failed, or its line."""
    code = step.tb_frame.f_code
    first, last, start, stop = list(code.co_positions())[step.tb_lasti // 2]
    text = linecache.getline(code.co_filename, step.tb_lineno)
    if first == last == step.tb_lineno and start is not None and stop is not None:
        text = text.encode()[start:stop].decode()
    return text.strip()


def _told(step: TracebackType) -> Iterator[str]:
    """The failing expression, and the shapes of the variables in it."""
    text, known = _failing(step), step.tb_frame.f_locals
    names = dict.fromkeys(re.findall(r"(?<![\w.])[A-Za-z_]\w*", text))
    shapes = [
        f"{name} is {tuple(known[name].shape)}"
        for name in names
        if isinstance(known.get(name), Tensor)
    ][:_MOST_NAMES]
    if text:
        yield textwrap.shorten(f"line {step.tb_lineno}: {text}", _WIDTH, placeholder=" …")
    if shapes:
        yield f"where {' and '.join(shapes)}"


# -- the layers that are done ----------------------------------------------------------------------


def _done(starts: Sequence[ref[Node]]) -> tuple[list[_Call], int]:
    """The calls that led to ``starts``, and how many more than a few there were."""
    heap: list[tuple[int, Node]] = []
    seen: set[Node] = set()

    def reach(node: Any) -> None:
        if isinstance(node, Node) and node not in seen:
            seen.add(node)
            heappush(heap, (-node.number, node))

    for one in starts:
        reach(one())
    found: dict[int, list[Any]] = {}
    while heap and len(seen) < _MOST_NODES:
        _, node = heappop(heap)
        inner = getattr(node, "calls", None)
        while inner is not None and inner[2] is not None:
            inner = inner[2]  # whose output is also that of the calls around it
        if inner is not None and node.shape is not None:
            (module, kind), began, _ = inner
            found.setdefault(began, [node.number, module(), kind, []])[3].append(node.shape)
        for parent in node.parents:
            reach(parent)
    calls = [
        _Call(number, module, kind, True, ", ".join(map(str, reversed(shapes))))
        for number, module, kind, shapes in found.values()
    ]
    calls.sort(reverse=True)
    return calls[:_MOST_ROWS], len(calls[_MOST_ROWS:])


# -- what to change --------------------------------------------------------------------------------


def advice(module: Any, shapes: Sequence[Shape], words: str) -> str:
    """What would let ``module``, which refused in these ``words``, take Tensors of ``shapes``; ""
    if that is not known."""
    if not shapes or not shapes[0]:
        return ""
    kind, shape = type(module).__name__, shapes[0]
    has = module.__dict__.get
    if "window" in words:
        left = " × ".join(map(str, shape[2:]))
        return f"What is left of a picture is {left}: make it less small before, or pass padding."
    if has("in_features") is not None and has("out_features") is not None:
        return _for_linear(kind, module.in_features, module.out_features, shape)
    if has("in_channels") is not None and has("kernel_size") is not None:
        return _for_convolution(module, module.in_channels, shape)
    if index := re.search(r"index (\d+) is out of bounds", words):
        return f"Make its num_embeddings {int(index[1]) + 1} at least, or look at the numbers."
    if (wanted := has("normalized_shape")) is not None:
        return (
            f"Its normalized_shape is {tuple(wanted)}; make it {shape[-1]}, or {shape[1:]} for all "
            "of a sample."
        )
    for setting, axis in _SETTINGS.items():
        if (wanted := has(setting)) is not None and -len(shape) <= axis < len(shape):
            got = shape[axis]
            return "" if got == wanted else f"Its {setting} is {wanted}; make it {got}."
    return ""


_SETTINGS = {"num_features": 1, "num_channels": 1, "input_size": -1, "embed_dim": -1}
"""By name, the dimension of the input that a setting of a layer is about."""


def _for_linear(kind: str, wanted: int, out: int, shape: Shape) -> str:
    got, flat = shape[-1], math.prod(shape[1:])
    if got == wanted:
        return ""
    if flat == wanted:
        return f"Flatten first: nn.Flatten() makes {(shape[0], flat)} of {shape}."
    if len(shape) > 3:
        return (
            f"Flatten first, nn.Flatten() makes {(shape[0], flat)} of {shape}, and make this "
            f"{kind}({flat}, {out}), not {kind}({wanted}, {out})."
        )
    each = "a sample has" if len(shape) == 2 else "the last dimension has"
    return f"Make it {kind}({got}, {out}), not {kind}({wanted}, {out}): {each} {got} values here."


def _for_convolution(module: Any, wanted: int, shape: Shape) -> str:
    kind, dims = type(module).__name__, len(module.kernel_size)
    if len(shape) == dims + 1 and wanted == 1 and shape[0] != 1:
        return f"If these are {shape[0]} samples of one channel: x.unsqueeze(1)."
    if not dims < len(shape) <= dims + 2:
        return ""
    got = shape[-1 - dims]
    if wanted in (got, shape[-1]):
        return ""
    others = f"{module.out_channels}, {module.kernel_size[0]}"
    return f"Make it {kind}({got}, {others}, …), not {kind}({wanted}, {others}, …)."
