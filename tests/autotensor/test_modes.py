"""Recording on and off: as context manager, as decorator; in each thread, task and generator by
itself."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from functools import partial
from typing import Any

import numpy as np
import pytest

import autotensor as at


@pytest.fixture
def x() -> at.Tensor:
    return at.ones(2, requires_grad=True)


@pytest.mark.parametrize("off", [at.no_grad, at.inference_mode])
def test_off_and_on_again(off: Any, x: at.Tensor) -> None:
    with off():
        assert not at.is_grad_enabled()
        assert not (x * 2).requires_grad
        with at.enable_grad():
            assert (x * 2).requires_grad
        assert not at.is_grad_enabled()
    assert (x * 2).requires_grad


def test_an_exception_puts_it_back() -> None:
    with pytest.raises(KeyError), at.no_grad():
        raise KeyError
    assert at.is_grad_enabled()


@pytest.mark.parametrize("decorator", [at.no_grad, at.no_grad(), at.inference_mode()])
def test_as_decorator(decorator: Any, x: at.Tensor) -> None:
    @decorator
    def function(times: int) -> Any:
        """Described."""
        if times:
            return function(times - 1)
        return x * 2

    assert not function(3).requires_grad
    assert at.is_grad_enabled()
    assert function.__name__ == "function"
    assert function.__doc__ == "Described."


@pytest.mark.parametrize("decorator", [at.no_grad(), at.enable_grad(), at.inference_mode()])
def test_a_decorated_function_has_arguments_of_any_name(decorator: Any) -> None:
    """``step`` was the name of an argument of the decorator's own."""

    class Average:
        @decorator
        def update(self, model: int, step: int, **named: int) -> tuple[int, ...]:
            return model, step, *named.values()

    assert Average().update(1, step=2) == (1, 2)
    assert Average().update(1, step=2, function=3, within=4, args=5, kwargs=6) == (1, 2, 3, 4, 5, 6)


def test_as_decorator_of_a_generator(x: at.Tensor) -> None:
    @at.no_grad()
    def steps() -> Iterator[bool]:
        got = yield at.is_grad_enabled()
        assert got == "sent"
        yield at.is_grad_enabled()

    generator = steps()
    assert next(generator) is False
    assert at.is_grad_enabled()
    assert generator.send("sent") is False  # type: ignore[attr-defined]
    assert at.is_grad_enabled()


def test_a_decorated_generator_can_be_closed_and_thrown_into() -> None:
    log = []

    @at.no_grad()
    def steps() -> Iterator[int]:
        try:
            yield 1
        except KeyError:
            log.append("caught")
            yield 2
        finally:
            log.append("closed")

    generator = steps()
    next(generator)
    assert generator.throw(KeyError) == 2  # type: ignore[attr-defined]
    generator.close()  # type: ignore[attr-defined]
    assert log == ["caught", "closed"]


def test_set_grad_enabled(x: at.Tensor) -> None:
    at.set_grad_enabled(False)
    assert not at.is_grad_enabled()
    at.set_grad_enabled(True)
    with at.set_grad_enabled(False):
        assert not at.is_grad_enabled()
        with at.set_grad_enabled(True):
            assert at.is_grad_enabled()
        assert not at.is_grad_enabled()
    assert at.is_grad_enabled()

    @at.set_grad_enabled(False)
    def function() -> bool:
        return at.is_grad_enabled()

    assert at.is_grad_enabled()
    assert function() is False
    assert at.is_grad_enabled()


@pytest.mark.parametrize("off", [at.no_grad, at.inference_mode, lambda: at.set_grad_enabled(False)])
@pytest.mark.parametrize(
    "read", [at.Tensor.numpy, np.asarray, lambda one: np.array(one, copy=False)]
)
def test_off_what_requires_grad_is_an_array(off: Any, read: Any, x: at.Tensor) -> None:
    for one in (x, at.nn.Parameter(at.ones(2)), x * 1, (x * 1)[:]):
        with off():
            array = read(one)
        array[0] = 7  # on the same memory
        assert one.detach()[0] == 7
        with pytest.raises(RuntimeError, match="requires grad"):
            read(one)
        with at.no_grad(), at.enable_grad(), pytest.raises(RuntimeError, match="requires grad"):
            read(one)


def test_inference_mode_by_name(x: at.Tensor) -> None:
    def recorded() -> bool:
        return (x * 2).requires_grad

    assert not at.inference_mode(mode=recorded)()
    assert not at.inference_mode(mode=True)(recorded)()
    assert at.inference_mode(mode=False)(recorded)()
    with at.inference_mode(mode=True):
        assert not recorded()
    with pytest.raises(TypeError, match="mode"):
        at.no_grad(mode=True)


def test_inference_mode_off_records(x: at.Tensor) -> None:
    with at.inference_mode(False):
        assert (x * 2).requires_grad


def test_one_context_used_again() -> None:
    off = at.no_grad()
    for _ in range(2):
        with off:
            with off:
                assert not at.is_grad_enabled()
            assert not at.is_grad_enabled()
        assert at.is_grad_enabled()


def test_each_thread_has_its_own() -> None:
    inside: list[bool] = []
    with at.no_grad(), at.detect_anomaly():
        thread = threading.Thread(
            target=lambda: inside.extend([at.is_grad_enabled(), at.is_anomaly_enabled()])
        )
        thread.start()
        thread.join()
    assert inside == [True, False]


def test_leaves_made_without_recording_can_require_grad() -> None:
    with at.no_grad():
        x = at.ones(2, requires_grad=True)
    assert x.requires_grad
    (x * 2).sum().backward()
    assert x.grad is not None


# -- tasks and generators --------------------------------------------------------------------------

on = at.is_grad_enabled
Opened = Callable[[], AbstractContextManager[Any]]


async def looks_around(seen: list[bool], mode: bool | None) -> None:
    """A task that looks around between its awaits; with ``mode``, in a block of its own."""
    with nullcontext() if mode is None else at.set_grad_enabled(mode):
        for _ in range(5):
            seen.append(on())
            await asyncio.sleep(0)
    seen.append(on())


def test_an_await_leads_to_no_mode_of_another_task() -> None:
    async def all_at_once() -> list[list[bool]]:
        seen: list[list[bool]] = [[], [], []]
        await asyncio.gather(*map(looks_around, seen, (None, False, True)))
        return seen

    plain, off, enabled = asyncio.run(all_at_once())
    assert plain == enabled == [True] * 6
    assert off == [False] * 5 + [True]
    with at.no_grad():  # a task begins with the modes of who starts it
        plain, off, enabled = asyncio.run(all_at_once())
    assert plain == off == [False] * 6
    assert enabled == [True] * 5 + [False]


def test_a_mode_set_at_once_stays_in_its_task() -> None:
    async def switches() -> None:
        at.set_grad_enabled(False)
        at.set_detect_anomaly(True)
        await asyncio.sleep(0)
        assert not on()
        assert at.is_anomaly_enabled()

    async def looks() -> None:
        for _ in range(3):
            assert on()
            assert not at.is_anomaly_enabled()
            await asyncio.sleep(0)

    async def both() -> None:
        await asyncio.gather(switches(), looks())

    asyncio.run(both())
    assert on()


def test_a_thread_of_asyncio_has_the_modes_of_its_task() -> None:
    async def task() -> list[bool]:
        with at.no_grad():
            return [await asyncio.to_thread(on), on()]

    assert asyncio.run(task()) == [False, False]


def test_as_decorator_of_a_coroutine() -> None:
    @at.no_grad()
    async def off(steps: int) -> int:
        """Described."""
        for _ in range(steps):
            assert not on()
            await asyncio.sleep(0)
        return steps

    @at.no_grad()
    def makes_one() -> Coroutine[Any, Any, int]:
        return off(2)

    async def main() -> list[int]:
        return [await off(3), *await asyncio.gather(off(1), makes_one())]

    assert asyncio.run(main()) == [3, 1, 2]
    assert inspect.iscoroutinefunction(off)
    assert (off.__name__, off.__doc__) == ("off", "Described.")
    # Driven by hand, in one context: two of them, turn and turn about.
    first, second = off(2), off(2)
    for _ in range(2):
        first.send(None)
        assert on()
        second.send(None)
        assert on()
    first.close()
    with pytest.raises(KeyError):
        second.throw(KeyError)
    assert on()


def test_as_decorator_of_an_asynchronous_generator() -> None:
    log: list[Any] = []

    @at.no_grad()
    async def steps() -> AsyncGenerator[Any, Any]:
        try:
            while True:
                assert not on()
                await asyncio.sleep(0)
                assert not on()
                try:
                    log.append((yield len(log)))
                except KeyError:
                    log.append("caught")
        finally:
            assert not on()
            await asyncio.sleep(0)
            log.append("closed")

    async def main() -> None:
        generator = steps()
        assert await anext(generator) == 0
        assert on()
        assert await generator.asend("sent") == 1
        assert await generator.athrow(KeyError) == 2
        assert on()
        await generator.aclose()
        assert on()

    assert inspect.isasyncgenfunction(steps)
    asyncio.run(main())
    assert log == ["sent", "caught", "closed"]


def test_a_class_is_refused() -> None:
    class Model:
        pass

    for switch in (at.no_grad, at.no_grad(), at.set_grad_enabled(False), at.inference_mode()):
        with pytest.raises(TypeError, match=r": Model is a class; decorate those of its methods"):
            switch(Model)
    with pytest.raises(TypeError, match="no_grad: expected a function, got 3"):
        at.no_grad()(3)  # type: ignore[type-var]
    assert on()


@contextmanager
def evaluating() -> Iterator[None]:
    with at.no_grad():
        yield


@pytest.mark.parametrize("opened", [at.no_grad, evaluating, lambda: at.set_grad_enabled(False)])
def test_a_block_around_a_yield_holds_in_the_generator_alone(opened: Opened) -> None:
    def values() -> Iterator[bool]:
        yield on()
        with opened():
            yield on()
            with at.enable_grad():
                yield on()
            yield on()
        yield on()

    seen = []
    for value in values():
        assert on()
        seen.append(value)
    assert seen == [True, False, True, False, True]
    with at.no_grad():  # whatever is around the steps
        steps = values()
        assert next(steps) is False
        assert next(steps) is False
    with at.enable_grad():
        assert next(steps) is True
        assert on()
    with at.no_grad(), at.enable_grad():
        assert next(steps) is False
        assert on()
        with evaluating():
            assert next(steps) is False
    assert on()


def test_a_generator_sees_its_own_mode_whichever_began_first() -> None:
    def switched(mode: bool, inner: Iterator[list[bool]] | None) -> Iterator[list[bool]]:
        with at.set_grad_enabled(mode):
            while True:
                seen = [] if inner is None else next(inner)
                yield [*seen, on()]

    inner = switched(False, None)
    assert next(inner) == [False]
    outer = switched(True, inner)
    assert next(outer) == [False, True]
    later = switched(False, outer)
    assert next(later) == [False, True, False]
    outer.close()  # type: ignore[attr-defined]
    assert on()
    assert next(inner) == [False]

    def asks(mode: bool) -> Generator[list[bool], Iterator[list[bool]], None]:
        with at.set_grad_enabled(mode):
            other = yield [on()]
            while True:
                other = yield [*next(other), on()]

    earlier = asks(True)
    assert next(earlier) == [True]
    last = switched(False, None)
    assert next(last) == [False]
    assert earlier.send(last) == [False, True]
    at.set_grad_enabled(False)  # with ``inner`` and ``later`` waiting
    assert not on()
    at.set_grad_enabled(True)
    assert next(inner) == [False]


def test_an_asynchronous_generator_switches_nothing_for_who_uses_it() -> None:
    @asynccontextmanager
    async def evaluating_later() -> AsyncGenerator[None, None]:
        await asyncio.sleep(0)
        with at.no_grad():
            yield

    async def values() -> AsyncGenerator[bool, None]:
        with at.no_grad():
            yield on()
            await asyncio.sleep(0)
            yield on()

    async def main() -> None:
        async for value in values():
            assert value is False
            assert on()
        dropped = values()
        await anext(dropped)
        del dropped
        async with evaluating_later():
            assert not on()
        assert on()

    asyncio.run(main())


@pytest.fixture(name="switched_off")
def _switched_off() -> Iterator[None]:
    with at.no_grad():
        yield


def test_a_fixture_switches_for_the_test(switched_off: None) -> None:
    assert not on()


def test_left_in_another_order_or_elsewhere_nothing_stays() -> None:
    first, second = at.no_grad(), at.enable_grad()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert on()
    second.__exit__(None, None, None)
    assert on()
    contextvars.copy_context().run(_leave_elsewhere)
    assert on()


def _leave_elsewhere() -> None:
    with ExitStack() as stack:
        stack.enter_context(at.no_grad())
        assert not on()
        contextvars.Context().run(stack.close)
        assert not on()  # it holds here, and that was elsewhere


def test_hooks_on_what_is_saved_are_those_of_the_task(x: at.Tensor) -> None:
    async def packs(kept: list[Any]) -> None:
        with at.autograd.graph.saved_tensors_hooks(lambda t: kept.append(t) or t, lambda t: t):
            for _ in range(3):
                await asyncio.sleep(0)
                (x * x).sum().backward()

    async def main() -> list[list[Any]]:
        kept: list[list[Any]] = [[], []]
        await asyncio.gather(*map(packs, kept))
        return kept

    counts = [len(kept) for kept in asyncio.run(main())]
    assert counts[0] == counts[1] > 0


def test_no_switch_leaves_a_reference_cycle(x: at.Tensor) -> None:
    gc.collect()
    gc.disable()
    try:
        for made in (
            at.enable_grad,
            partial(at.set_grad_enabled, True),
            at.detect_anomaly,
            partial(at.autograd.graph.saved_tensors_hooks, lambda t: t, lambda t: t),
        ):
            switch = made()
            gone = weakref.ref(switch)
            with switch:
                (x * x).sum().backward()
            del switch
            assert gone() is None
    finally:
        gc.enable()


def test_what_has_been_watched_is_noted_once() -> None:
    from autotensor.engine.modes import watched

    for _ in range(3):
        with at.detect_anomaly(), at.autograd.graph.save_on_cpu():
            pass
        at.set_detect_anomaly(False)
    assert len(watched) == 1


def test_whether_inference_mode_holds() -> None:
    assert not at.is_inference_mode_enabled()
    with at.no_grad():
        assert not at.is_inference_mode_enabled()
    with at.inference_mode():
        with at.enable_grad():
            assert at.is_inference_mode_enabled()
        with at.inference_mode(False):
            assert not at.is_inference_mode_enabled()
        x = at.ones(2)
    assert not at.is_inference(x)
    assert not x.is_inference()
    assert at.is_anomaly_check_nan_enabled()
    for check in (True, False):
        with at.autograd.detect_anomaly(check_nan=check):
            assert at.is_anomaly_check_nan_enabled() == check
