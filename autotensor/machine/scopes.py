"""Settings that hold for a while: in one context, and in a generator only while that runs.

Settings lie in a context variable, so every thread and every task of asyncio has its own, and an
``await`` does not lead to those of another.  (They are read at each operator: 20 ns, where the
attribute of a ``threading.local`` takes 35.)

Python gives tasks a context, but not generators: what a ``with`` around a ``yield`` sets, holds for
whoever runs until the generator goes on.  So settings that are made in the body of a generator are
bound to its frame, and hold where that is among the frames that are running.  The body of a context
manager (``contextlib.contextmanager``, a fixture of pytest) acts for those that enter it, and is
bound to nothing, or to the generator around.

Settings lie on top of each other, each with its owner.  Who leaves takes away its own, wherever it
lies and in whatever order; in a context that does not have it, nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from inspect import CO_ASYNC_GENERATOR, CO_GENERATOR, CO_ITERABLE_COROUTINE
from types import FrameType
from typing import Any, Generic, TypeVar

GENERATORS = CO_GENERATOR | CO_ASYNC_GENERATOR
ENTRANCES = frozenset({"__enter__", "__aenter__", "enter_context", "enter_async_context"})
"""The functions that enter a context manager."""
FIXTURES = "_pytest.fixtures"
"""The module whose generators are context managers too."""


class Settings:
    """Values by name: those of ``below``, and on top what ``owner`` has set."""

    below: Settings | None
    owner: object
    own: Mapping[str, Any]

    def __init__(self, below: Settings | None, owner: object, own: Mapping[str, Any]) -> None:
        values = {} if below is None else below.values()
        self.__dict__ = {**values, **own, "below": below, "owner": owner, "own": own}

    def values(self) -> dict[str, Any]:
        return self.__dict__

    def onto(self, below: Settings) -> Settings:
        """The same on top of others."""
        return type(self)(below, self.owner, self.own)

    def with_own(self, own: Mapping[str, Any]) -> Settings:
        """These with more of their own; at the very bottom too."""
        return type(self)(self.below or self, self.owner, {**self.own, **own})


class _Bound(Settings):
    """Settings made in a generator: they hold where its frame runs, elsewhere those below."""

    def __init__(
        self, below: Settings | None, owner: object, own: Mapping[str, Any], frame: FrameType
    ) -> None:
        self.below, self.owner, self.own, self.frame = below, owner, own, frame

    def __getattr__(self, name: str) -> Any:
        bound = []
        level: Any = self
        while isinstance(level, _Bound):
            bound.append(level)
            level = level.below
        frame: FrameType | None = sys._getframe(1)
        # The innermost frame decides, whichever of two generators began first.
        while frame is not None:
            for one in bound:
                if one.frame is frame and name in one.own:
                    return one.own[name]
            frame = frame.f_back
        return getattr(level, name)

    def values(self) -> dict[str, Any]:
        level: Any = self
        while isinstance(level, _Bound):
            level = level.below
        return {name: getattr(self, name) for name in level.values()}

    def onto(self, below: Settings) -> Settings:
        return _Bound(below, self.owner, self.own, self.frame)

    def with_own(self, own: Mapping[str, Any]) -> Settings:
        return _Bound(self.below, self.owner, {**self.own, **own}, self.frame)

    def suspended(self) -> bool:
        return self.frame.f_back is None


S = TypeVar("S", bound=Settings)


class Scope(Generic[S]):
    """A context variable that holds Settings, ``defaults`` at first; ``now()`` gives them."""

    def __init__(self, name: str, defaults: S) -> None:
        self._variable: ContextVar[Any] = ContextVar(name, default=defaults)
        self._kind = type(defaults)
        self.now = self._variable.get

    def enter(self, owner: object, own: Mapping[str, Any], frame: FrameType | None = None) -> None:
        """Sets ``own`` until ``owner`` leaves; with ``frame``, that of a generator, in it alone."""
        top = self.now()
        if frame is None and top.__class__ is self._kind:  # as nearly always
            self._variable.set(self._kind(top, owner, own))
            return
        waiting, top = self._parted()
        if frame is None:
            self._put_back(waiting, self._kind(top, owner, own))
        else:
            self._put_back(waiting, _Bound(top, owner, own, frame))

    def leave(self, owner: object) -> None:
        """Takes away what ``owner`` set last."""
        top = self.now()
        if top.owner is owner:
            self._variable.set(top.below)
            return
        above: list[Any] = []
        for level in self._levels(top):
            if level.owner is owner:
                self._put_back(above, level.below)
                return
            above.append(level)

    def change(self, own: Mapping[str, Any]) -> None:
        """Sets ``own`` for as long as the uppermost settings hold."""
        waiting, top = self._parted()
        self._put_back(waiting, top.with_own(own))

    def go_back(self, settings: Any) -> None:
        """Has ``settings``, which ``now`` gave before a change, hold again."""
        self._variable.set(settings)

    def _parted(self) -> tuple[list[Any], Any]:
        """Those of suspended generators, which will be inside of what comes now when they go on,
        and what remains without them."""
        top = level = self.now()
        waiting: list[Any] = []
        running: list[Any] = []
        while isinstance(level, _Bound):
            (waiting if level.suspended() else running).append(level)
            level = level.below
        return waiting, _piled(running, level) if waiting else top

    def _levels(self, level: Any) -> Iterator[Any]:
        """From ``level`` down to the one above the very bottom."""
        while level.below is not None:
            yield level
            level = level.below

    def _put_back(self, above: list[Any], level: Any) -> None:
        self._variable.set(_piled(above, level))


def _piled(above: list[Any], level: Any) -> Any:
    """``above``, of which the first is the uppermost, on top of ``level``."""
    for one in reversed(above):
        level = one.onto(level)
    return level


def generator_around(frame: FrameType | None) -> FrameType | None:
    """The generator in whose body ``frame`` enters a context manager: ``frame`` itself, or what is
    around the context managers that it belongs to; else None."""
    while frame is not None:
        code = frame.f_code
        if code.co_flags & GENERATORS and not code.co_flags & CO_ITERABLE_COROUTINE:
            opener = frame.f_back
            if opener is None or opener.f_globals.get("__name__") == FIXTURES:
                return None
            if opener.f_code.co_name not in ENTRANCES:
                return frame
        elif code.co_name not in ENTRANCES:
            return None
        frame = frame.f_back
    return None
