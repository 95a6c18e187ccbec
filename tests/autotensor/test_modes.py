"""Recording on and off: as context manager, as decorator, in each thread by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

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
