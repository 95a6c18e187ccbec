"""What scripts ask of ``torch.jit``: functions and Modules run as they are written.

What marks or compiles gives back what it is given; what would write a compiled program to a file is
refused.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar

from autotensor.importing import on_demand

__all__ = [
    "Final", "Future", "ScriptFunction", "ScriptModule", "annotate", "enable_onednn_fusion",
    "export", "fork", "freeze", "ignore", "interface", "is_scripting", "is_tracing", "isinstance",
    "load", "onednn_fusion_enabled", "optimize_for_inference", "optimized_execution", "save",
    "script", "script_if_tracing", "set_fusion_strategy", "strict_fusion", "trace", "trace_module",
    "unused", "wait",
]  # fmt: skip

Value = TypeVar("Value")
_isinstance = isinstance


class ScriptFunction:
    """What PyTorch's compiler makes of a function: nothing here is one, which ``isinstance`` says.

    Raises:
        RuntimeError: when it is called.

    Example:

        >>> isinstance(at.jit.script(at.exp), at.jit.ScriptFunction)
        False
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"jit.{type(self).__name__}: there is no compiler here; use the function or nn.Module "
            "that it would be made of"
        )


class ScriptModule(ScriptFunction):
    """What PyTorch's compiler makes of a Module: nothing here is one, which ``isinstance`` says.

    Raises:
        RuntimeError: when it is called.

    Example:

        >>> isinstance(at.jit.script(nn.Linear(2, 1)), at.jit.ScriptModule)
        False
    """


def script(
    obj: Value, optimize: None = None, _frames_up: int = 0, _rcb: Any = None,
    example_inputs: Any = None,
) -> Value:  # fmt: skip
    """``obj``: a function, a class or a Module, unchanged.  As a decorator too.

    Example:

        >>> at.jit.script(at.exp) is at.exp
        True
    """
    return obj


def trace(
    func: Value,
    example_inputs: Any = None,
    optimize: Any = None,
    check_trace: bool = True,
    check_inputs: Any = None,
    check_tolerance: float = 1e-5,
    strict: bool = True,
    *,
    example_kwarg_inputs: Any = None,
) -> Value:
    """``func``, unchanged: its conditions are asked at every call, not once as PyTorch's are.

    Example:

        >>> layer = nn.Linear(2, 1)
        >>> at.jit.trace(layer, at.ones(1, 2)) is layer
        True
    """
    return func


def trace_module(
    mod: Value,
    inputs: dict[str, Any],
    optimize: Any = None,
    check_trace: bool = True,
    check_inputs: Any = None,
    check_tolerance: float = 1e-5,
    strict: bool = True,
    *,
    example_inputs_is_kwarg: bool = False,
) -> Value:
    """``mod``, unchanged.

    Example:

        >>> layer = nn.Linear(2, 1)
        >>> at.jit.trace_module(layer, {"forward": at.ones(1, 2)}) is layer
        True
    """
    return mod


def export(fn: Value) -> Value:
    """``fn``.

    Example:

        >>> @at.jit.export
        ... def double(x):
        ...     return 2 * x
        >>> double(3)
        6
    """
    return fn


def script_if_tracing(fn: Value) -> Value:
    """``fn``.

    Example:

        >>> at.jit.script_if_tracing(at.exp) is at.exp
        True
    """
    return fn


def interface(obj: Value) -> Value:
    """``obj``.

    Example:

        >>> @at.jit.interface
        ... class Layer:
        ...     pass
        >>> Layer.__name__
        'Layer'
    """
    return obj


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """A decorator, bare or with settings, that gives back its function.

    Example:

        >>> @at.jit.ignore
        ... def double(x):
        ...     return 2 * x
        >>> double(3)
        6
    """
    return drop if callable(drop) else lambda fn: fn


def unused(fn: Value) -> Value:
    """``fn``.

    Example:

        >>> @at.jit.unused
        ... def double(x):
        ...     return 2 * x
        >>> double(3)
        6
    """
    return fn


def freeze(
    mod: Value,
    preserved_attrs: list[str] | None = None,
    optimize_numerics: bool = True,
    preserve_parameters: bool = False,
) -> Value:
    """``mod``, unchanged.

    Example:

        >>> layer = nn.Linear(2, 1).eval()
        >>> at.jit.freeze(layer) is layer
        True
    """
    return mod


def optimize_for_inference(mod: Value, other_methods: list[str] | None = None) -> Value:
    """``mod``, unchanged.

    Example:

        >>> layer = nn.Linear(2, 1).eval()
        >>> at.jit.optimize_for_inference(layer) is layer
        True
    """
    return mod


def annotate(the_type: Any, the_value: Value) -> Value:
    """``the_value``.

    Example:

        >>> at.jit.annotate(int, 3)
        3
    """
    return the_value


def isinstance(obj: object, target_type: Any) -> bool:
    """Python's ``isinstance``; of ``list[int]`` and its like, that it is a list.

    Example:

        >>> at.jit.isinstance([1, 2], list[int]), at.jit.isinstance(3, str)
        (True, False)
    """
    kinds = target_type if _isinstance(target_type, tuple) else (target_type,)
    return _isinstance(obj, tuple(getattr(kind, "__origin__", None) or kind for kind in kinds))


def is_scripting() -> bool:
    """False."""
    return False


def is_tracing() -> bool:
    """False."""
    return False


class Future(Generic[Value]):
    """What ``fork`` gives: the value is there already.

    Example:

        >>> at.jit.fork(at.add, at.ones(1), 2).wait()
        tensor([3.])
    """

    def __init__(self, value: Value) -> None:
        self._value = value

    def value(self) -> Value:
        """What the function gave.

        Example:

            >>> at.jit.fork(at.exp, at.zeros(1)).value()
            tensor([1.])
        """
        return self._value

    def wait(self) -> Value:
        """What the function gave.

        Example:

            >>> future = at.jit.fork(at.exp, at.zeros(1))
            >>> future.wait()
            tensor([1.])
        """
        return self._value

    def done(self) -> bool:
        """True.

        Example:

            >>> at.jit.fork(at.exp, at.zeros(1)).done()
            True
        """
        return True


def fork(func: Callable[..., Value], *args: Any, **kwargs: Any) -> Future[Value]:
    """Calls ``func`` at once; ``wait`` gives the result.

    Example:

        >>> future = at.jit.fork(lambda x: x + 1, at.ones(2))
        >>> at.jit.wait(future)
        tensor([2., 2.])
    """
    return Future(func(*args, **kwargs))


def wait(future: Future[Value]) -> Value:
    """The result of ``fork``.

    Example:

        >>> at.jit.wait(at.jit.fork(at.exp, at.zeros(1)))
        tensor([1.])
    """
    return future.wait()


@contextlib.contextmanager
def optimized_execution(should_optimize: bool) -> Iterator[None]:
    """A context without effect.

    Example:

        >>> with at.jit.optimized_execution(True):
        ...     at.ones(2) * 2
        tensor([2., 2.])
    """
    yield


class strict_fusion(contextlib.nullcontext[None]):
    """A context without effect.

    Example:

        >>> with at.jit.strict_fusion():
        ...     at.ones(2) * 2
        tensor([2., 2.])
    """


def enable_onednn_fusion(enabled: bool) -> None:
    """Without effect.

    Example:

        >>> at.jit.enable_onednn_fusion(True)
        >>> at.jit.onednn_fusion_enabled()
        False
    """


def onednn_fusion_enabled() -> bool:
    """False."""
    return False


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> None:
    """Without effect.

    Example:

        >>> at.jit.set_fusion_strategy([("STATIC", 2)])
    """


def save(m: Any, f: Any, _extra_files: Any = None) -> NoReturn:
    """Raises NotImplementedError: there is no compiled program to write.

    Example:

        >>> at.jit.save(nn.Linear(2, 1), "model.pt")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        NotImplementedError: jit.save: there is no compiled program to write; ...
    """
    raise NotImplementedError(
        "jit.save: there is no compiled program to write; delete this line, or write the state: "
        "autotensor.save(model.state_dict(), path)"
    )


def load(
    f: Any, map_location: Any = None, _extra_files: Any = None, _restore_shapes: bool = False
) -> NoReturn:
    """Raises NotImplementedError: compiled programs of PyTorch's cannot be read.

    Example:

        >>> at.jit.load("model.pt")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        NotImplementedError: jit.load: compiled programs cannot be read; ...
    """
    raise NotImplementedError(
        "jit.load: compiled programs cannot be read; build the model from its class, and fill it "
        "by load_state_dict(autotensor.load(path))"
    )


if not TYPE_CHECKING:
    __getattr__, __dir__ = on_demand(__name__)
