"""Looking at a network while it runs: what each module and each function gives out and computes."""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Self

import numpy as np

from autotensor import Tensor
from autotensor.extend.seeing import watched_calls
from nn.hooks import drop_empty_hooks
from nn.module import Module
from nn.tensors import tensors_in

Shape = tuple[int, ...]


@dataclass
class Seen:
    """What was seen of a module, or of the calls of a function in it that gave one shape."""

    input_shapes: list[Shape] = field(default_factory=list)
    """Those of the first call; a shape for each Tensor."""
    output_shapes: list[Shape] = field(default_factory=list)
    calls: int = 0
    multiply_adds: int = 0
    bytes: int = 0
    """Memory of what it gave out, in all calls."""
    touched: bool = False
    """Whether its own ``forward`` made Tensors of Tensors."""

    def add(self, given: Iterable[Tensor], result: Iterable[Tensor], needed: int) -> None:
        if not self.calls:
            self.input_shapes = [tuple(one.shape) for one in given]
            self.output_shapes = [tuple(one.shape) for one in result]
        self.calls += 1
        self.bytes += needed


Key = tuple[str, tuple[Shape, ...]]
"""The name of a function and the shapes it gave."""


@dataclass
class _Call:
    """A function that runs."""

    module: Module
    """Whose ``forward`` has called it."""
    name: str
    given: list[Tensor]
    multiply_adds: int = 0


class Watch:
    """Looks at every call of every module of a model while it is entered.

    Attributes:
        modules: what was seen of each, without what modules and functions within it have done.
        functions: for each, the calls of functions that its ``forward`` made itself, by key.
        order: for each, the modules and the keys of functions in the order of their first call.
    """

    def __init__(self, model: Module) -> None:
        self.model = model
        self.modules: defaultdict[Module, Seen] = defaultdict(Seen)
        self.functions: defaultdict[Module, dict[Key, Seen]] = defaultdict(dict)
        self.order: defaultdict[Module, list[Module | Key]] = defaultdict(list)
        self.running: list[Module] = []
        self.pending: list[_Call] = []
        """The calls of functions that now run, one within the other."""
        self.counted: dict[int, weakref.ref[np.ndarray]] = {}
        """The arrays that somebody gave out already."""

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        self.stack.enter_context(_hooked(self.model, self._before, self._after))
        self.stack.enter_context(watched_calls(self, Module.__call__))
        return self

    def __exit__(self, *error: Any) -> None:
        self.stack.__exit__(*error)

    # -- modules -----------------------------------------------------------------------------------

    def _before(self, module: Module, args: Any, kwargs: Any) -> None:
        if self.running:
            self._note(self.running[-1], module)
        self.running.append(module)

    def _after(self, module: Module, args: Any, kwargs: Any, output: Any) -> None:
        self.running.pop()
        given, result = [*tensors_in((args, kwargs))], [*tensors_in(output)]
        self.modules[module].add(given, result, self._fresh_bytes(given, result))

    def _note(self, module: Module, what: Module | Key) -> None:
        if what not in self.order[module]:
            self.order[module].append(what)

    def _fresh_bytes(self, given: list[Tensor], result: list[Tensor]) -> int:
        """Memory of the Tensors in ``result`` that do not lie in that of ``given`` and that nobody
        has given out before."""
        needed = 0
        for array in (one.array for one in result):
            earlier = self.counted.get(id(array))
            if earlier is not None and earlier() is array:
                continue
            self.counted[id(array)] = weakref.ref(array)
            if not any(np.may_share_memory(array, other.array) for other in given):
                needed += array.nbytes
        return needed

    # -- functions, of which ``watched_calls`` tells -----------------------------------------------

    @property
    def _here(self) -> Module:
        return self.running[-1] if self.running else self.model

    def begun(self, name: str, arguments: dict[str, Any]) -> None:
        self.pending.append(_Call(self._here, name, [*tensors_in(arguments)]))

    def ended(self, result: Any) -> None:
        call = self.pending.pop()
        tensors = [*tensors_in(result)]
        if call.given and tensors:
            self.modules[call.module].touched = True
        needed = self._fresh_bytes(call.given, tensors)
        if not needed and not call.multiply_adds:
            return  # a view, a question, or a Tensor that was there
        key = (call.name, tuple(tuple(one.shape) for one in tensors))
        seen = self.functions[call.module].setdefault(key, Seen())
        seen.add(call.given, tensors, needed)
        seen.multiply_adds += call.multiply_adds
        self._note(call.module, key)

    def computed(self, multiply_adds: int) -> None:
        inside = bool(self.pending) and self.pending[-1].module is self._here
        seen = self.pending[-1] if inside else self.modules[self._here]
        seen.multiply_adds += multiply_adds


class Stopwatch:
    """Measures the time that each module spends outside of the modules it calls."""

    def __init__(self, model: Module) -> None:
        self.model = model
        self.seconds: defaultdict[Module, float] = defaultdict(float)
        # For every module now running:
        self.began: list[float] = []
        self.inner: list[float] = []
        """The time of the modules that it called."""

    def __enter__(self) -> Self:
        self.stack = ExitStack()
        self.stack.enter_context(_hooked(self.model, self._before, self._after))
        return self

    def __exit__(self, *error: Any) -> None:
        self.stack.__exit__(*error)

    def _before(self, module: Module, args: Any, kwargs: Any) -> None:
        self.inner.append(0.0)
        self.began.append(perf_counter())

    def _after(self, module: Module, args: Any, kwargs: Any, output: Any) -> None:
        seconds = perf_counter() - self.began.pop()
        self.seconds[module] += seconds - self.inner.pop()
        if self.inner:
            self.inner[-1] += seconds


@contextmanager
def _hooked(model: Module, before: Any, after: Any) -> Iterator[None]:
    """Inside it ``before`` and ``after`` are called around every call of every module."""
    handles = []
    for module in model.modules():
        handles += [
            module.register_forward_pre_hook(before, prepend=True, with_kwargs=True),
            module.register_forward_hook(after, with_kwargs=True),
        ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
        for module in model.modules():
            drop_empty_hooks(module)
