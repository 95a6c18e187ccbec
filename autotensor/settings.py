"""Switches of a library with several devices and kinds of kernels: accepted, and kept.

What they ask for is so anyway, or there is nothing here that they could change.
"""

from __future__ import annotations

from typing import Any

from autotensor.engine.dtypes import set_default_dtype
from autotensor.importing import list_public
from autotensor.operators.arguments import int_of
from autotensor.tensor_types import DoubleTensor, FloatTensor, HalfTensor, tensortype

__all__ = [
    "are_deterministic_algorithms_enabled", "get_deterministic_debug_mode",
    "get_float32_matmul_precision", "get_num_interop_threads",
    "is_deterministic_algorithms_warn_only_enabled", "is_warn_always_enabled",
    "set_default_tensor_type", "set_deterministic_debug_mode", "set_float32_matmul_precision",
    "set_flush_denormal", "set_num_interop_threads", "set_warn_always",
    "use_deterministic_algorithms",
]  # fmt: skip

_DEBUG = ("default", "warn", "error")
_FLOATS = {one.__name__: one.dtype for one in (DoubleTensor, FloatTensor, HalfTensor)}

_settings: dict[str, Any] = {
    "deterministic": False, "interop": 1, "precision": "highest", "warn only": False, "warn": False
}  # fmt: skip


def _need_bool(caller: str, argument: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{caller}: {argument} must be a bool, got {type(value).__name__}")


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Asks for what is so anyway: the same input and seed give the same numbers.

    Example:

        >>> at.use_deterministic_algorithms(True)
        >>> at.are_deterministic_algorithms_enabled()
        True
        >>> at.use_deterministic_algorithms(False)
    """
    _need_bool("use_deterministic_algorithms", "mode", mode)
    _settings["deterministic"], _settings["warn only"] = mode, mode and warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """What ``use_deterministic_algorithms`` was last told.

    Example:

        >>> at.use_deterministic_algorithms(False)
        >>> at.are_deterministic_algorithms_enabled()
        False
    """
    return _settings["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether ``use_deterministic_algorithms`` was last told so.

    Example:

        >>> at.use_deterministic_algorithms(True, warn_only=True)
        >>> at.is_deterministic_algorithms_warn_only_enabled()
        True
        >>> at.use_deterministic_algorithms(False)
    """
    return _settings["warn only"]


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """``use_deterministic_algorithms`` by 0, 1, 2 or ``'default'``, ``'warn'``, ``'error'``.

    Raises:
        TypeError, RuntimeError: another mode.

    Example:

        >>> at.set_deterministic_debug_mode("warn")
        >>> at.get_deterministic_debug_mode()
        1
        >>> at.set_deterministic_debug_mode("default")
    """
    level = _DEBUG.index(debug_mode) if debug_mode in _DEBUG else debug_mode
    if level not in (0, 1, 2):
        raise RuntimeError(
            f"set_deterministic_debug_mode: expected 0, 1, 2 or one of {', '.join(_DEBUG)}, got "
            f"{debug_mode!r}"
        )
    use_deterministic_algorithms(level != 0, warn_only=level == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: what ``set_deterministic_debug_mode`` was last told.

    Example:

        >>> at.get_deterministic_debug_mode()
        0
    """
    return _settings["deterministic"] * (2 - _settings["warn only"])


def set_float32_matmul_precision(precision: str) -> None:
    """Accepts ``'highest'``, ``'high'`` and ``'medium'``; float32 is multiplied as float32.

    Raises:
        RuntimeError, TypeError, ValueError: another word.

    Example:

        >>> at.set_float32_matmul_precision("high")
        >>> at.get_float32_matmul_precision()
        'high'
        >>> at.set_float32_matmul_precision("highest")
    """
    if precision not in ("highest", "high", "medium"):
        raise RuntimeError(
            "set_float32_matmul_precision: expected 'highest', 'high' or 'medium', got "
            f"{precision!r}"
        )
    _settings["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What ``set_float32_matmul_precision`` was last told.

    Example:

        >>> at.get_float32_matmul_precision()
        'highest'
    """
    return _settings["precision"]


def set_num_interop_threads(num: int) -> None:
    """Accepts a number of threads for operators side by side: one runs after the other here.

    Example:

        >>> at.set_num_interop_threads(2)
        >>> at.get_num_interop_threads()
        2
        >>> at.set_num_interop_threads(1)
    """
    count = int_of(num, "set_num_interop_threads", "num")
    if count < 1:
        raise RuntimeError(f"set_num_interop_threads: expected a positive number, got {num}")
    _settings["interop"] = count


def get_num_interop_threads() -> int:
    """What ``set_num_interop_threads`` was last told, 1 before.

    Example:

        >>> at.get_num_interop_threads()
        1
    """
    return _settings["interop"]


def set_flush_denormal(mode: bool) -> bool:
    """False: the numbers nearest to 0 are kept, whatever is asked.

    Example:

        >>> at.set_flush_denormal(True)
        False
        >>> at.tensor(1e-40) > 0
        tensor(True)
    """
    _need_bool("set_flush_denormal", "mode", mode)
    return False


def set_warn_always(b: bool) -> None:
    """Accepts a bool: Python's ``warnings`` decide how often each is shown.

    Example:

        >>> at.set_warn_always(True)
        >>> at.is_warn_always_enabled()
        True
        >>> at.set_warn_always(False)
    """
    _need_bool("set_warn_always", "b", b)
    _settings["warn"] = b


def is_warn_always_enabled() -> bool:
    """What ``set_warn_always`` was last told.

    Example:

        >>> at.is_warn_always_enabled()
        False
    """
    return _settings["warn"]


def set_default_tensor_type(t: Any) -> None:
    """``set_default_dtype`` by a type of Tensor: ``DoubleTensor`` or ``'torch.DoubleTensor'``.

    Raises:
        TypeError: a type of another device, of integers, or none at all.

    Example:

        >>> at.set_default_tensor_type(at.DoubleTensor)
        >>> at.zeros(2).dtype
        torch.float64
        >>> at.set_default_tensor_type("torch.FloatTensor")
    """
    name = t.name if isinstance(t, tensortype) else t if isinstance(t, str) else repr(t)
    if "cuda" in name:
        raise TypeError(
            f"set_default_tensor_type: there is no CUDA device for {name}; delete this line, or "
            "take FloatTensor or DoubleTensor"
        )
    kind = name.rpartition(".")[2]
    if kind not in _FLOATS:
        raise TypeError(
            f"set_default_tensor_type: expected one of {', '.join(_FLOATS)}, got {name}"
        )
    set_default_dtype(_FLOATS[kind])


list_public(__name__)
