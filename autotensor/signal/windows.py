"""Windows: weights that fall towards both ends of a stretch of signal.

``hann(M)`` and so on are symmetric; with ``sym=False``, and in ``hann_window(M)`` by default, they
are *periodic*: the first ``M`` points of the symmetric one of ``M + 1``.  All formulas are in
``t = n / (N - 1)``, which goes from 0 to 1 over the ``N`` points of a symmetric one, and computed
in float64.  Source: F. J. Harris, "On the use of windows for harmonic analysis", 1978; kaiser: J.
F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor.creation import dtype_of, made
from autotensor.engine.tensor import Tensor
from autotensor.importing import list_public
from autotensor.operators.arguments import count_of, need_float_dtype, number_of

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine",
    "general_hamming", "hamming", "hann", "kaiser", "nuttall",
]  # fmt: skip

_NUTTALL = (0.3635819, 0.4891775, 0.1365995, 0.0106411)


def _window(
    name: str, M: Any, sym: bool, formula: Callable[[np.ndarray, int], Any], settings: dict
) -> Tensor:
    """``formula(t, N)`` at the ``M`` points; a single one is 1."""
    kind = dtype_of(settings["dtype"], settings["device"], name)
    need_float_dtype(kind, name)
    count = count_of(M, name, "window_length" if name.endswith("_window") else "M")
    points = count + (not sym)
    values = np.ones(count)
    if count > 1:
        values = formula(np.arange(count) / (points - 1), points)
    return made(values.astype(kind), settings["requires_grad"])


def _cosines(a: Sequence[float]) -> Callable[[np.ndarray, int], Any]:
    """``Σ (-1)ᵏ aₖ cos(2πkt)``."""
    signed = [(-1) ** k * one for k, one in enumerate(a)]
    return lambda t, _: sum(one * np.cos(2 * np.pi * k * t) for k, one in enumerate(signed))


def _triangle(t: np.ndarray, _: int) -> np.ndarray:
    return 1 - np.abs(2 * t - 1)


def _kaiser(beta: Any, name: str) -> Callable[[np.ndarray, int], Any]:
    """``I₀(β √(1 - (2t - 1)²)) / I₀(β)``."""
    beta = float(number_of(beta, name, "beta"))
    return lambda t, _: np.i0(beta * np.sqrt(np.maximum(1 - (2 * t - 1) ** 2, 0))) / np.i0(beta)


def bartlett(
    M: int, *, sym: bool = True, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A triangle, ``1 - |2t - 1|``.

    ``(M,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``M`` is no int of at least 0.

    Example:

        >>> at.signal.windows.bartlett(5)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
        >>> at.signal.windows.bartlett(4, sym=False)
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _window("bartlett", M, sym, _triangle, locals())


def blackman(
    M: int, *, sym: bool = True, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``0.42 - 0.5 cos(2πt) + 0.08 cos(4πt)``.

    ``(M,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``M`` is no int of at least 0.

    Example:

        >>> at.signal.windows.blackman(5).round(decimals=2).abs()
        tensor([0.0000, 0.3400, 1.0000, 0.3400, 0.0000])
    """
    return _window("blackman", M, sym, _cosines((0.42, 0.5, 0.08)), locals())


def cosine(
    M: int, *, sym: bool = True, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``sin(π (n + ½) / N)``.

    ``(M,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``M`` is no int of at least 0.

    Example:

        >>> at.signal.windows.cosine(3)  # sin 30°, sin 90°, sin 150°
        tensor([0.5000, 1.0000, 0.5000])
    """
    return _window("cosine", M, sym, lambda t, N: np.sin(np.pi * (t * (N - 1) + 0.5) / N), locals())


def exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``e^(-|n - center| / tau)``; ``center`` is the middle, and only a periodic window may have
    another.

    ``(M,)``.

    Raises:
        ValueError: ``tau`` is not positive, or a ``center`` for a symmetric window.

    Example:

        >>> at.signal.windows.exponential(3)  # 1/e at both ends
        tensor([0.3679, 1.0000, 0.3679])
    """
    if tau <= 0:
        raise ValueError(f"exponential: tau must be positive, got {tau}")
    if sym and center is not None:
        raise ValueError("exponential: center must be None for a symmetric window")

    def formula(t: np.ndarray, N: int) -> np.ndarray:
        middle = (N - 1) / 2 if center is None else center
        return np.exp(-np.abs(t * (N - 1) - middle) / tau)

    return _window("exponential", M, sym, formula, locals())


def gaussian(
    M: int,
    *,
    std: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``e^(-½ ((n - (N - 1) / 2) / std)²)``.

    ``(M,)``.

    Raises:
        ValueError: ``std`` is not positive.

    Example:

        >>> at.signal.windows.gaussian(5, std=2.0)
        tensor([0.6065, 0.8825, 1.0000, 0.8825, 0.6065])
    """
    if std <= 0:
        raise ValueError(f"gaussian: std must be positive, got {std}")
    return _window(
        "gaussian",
        M,
        sym,
        lambda t, N: np.exp(-0.5 * ((t - 0.5) * (N - 1) / std) ** 2),
        locals(),
    )


def general_cosine(
    M: int,
    *,
    a: Sequence[float],
    sym: bool = True,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``Σ (-1)ᵏ aₖ cos(2πkt)``.

    ``(M,)``.

    Raises:
        TypeError, ValueError: ``a`` is no sequence of numbers, or empty.

    Example:

        >>> at.signal.windows.general_cosine(5, a=[0.5, 0.5])  # a Hann window
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    if not isinstance(a, (tuple, list)):
        raise TypeError(f"general_cosine: a must be a list of numbers, got {type(a).__name__}")
    if not a:
        raise ValueError("general_cosine: a must not be empty")
    return _window("general_cosine", M, sym, _cosines(a), locals())


def general_hamming(
    M: int,
    *,
    alpha: float = 0.54,
    sym: bool = True,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``α - (1 - α) cos(2πt)``.

    ``(M,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``M`` is no int of at least 0.

    Example:

        >>> at.signal.windows.general_hamming(5, alpha=0.75)
        tensor([0.5000, 0.7500, 1.0000, 0.7500, 0.5000])
    """
    return _window("general_hamming", M, sym, _cosines((alpha, 1 - alpha)), locals())


def hamming(
    M: int, *, sym: bool = True, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``0.54 - 0.46 cos(2πt)``.

    ``(M,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``M`` is no int of at least 0.

    Example:

        >>> at.signal.windows.hamming(5)
        tensor([0.0800, 0.5400, 1.0000, 0.5400, 0.0800])
    """
    return _window("hamming", M, sym, _cosines((0.54, 0.46)), locals())


def hann(
    M: int, *, sym: bool = True, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``½ - ½ cos(2πt)``.

    ``(M,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``M`` is no int of at least 0.

    Example:

        >>> at.signal.windows.hann(5)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
        >>> halves = at.signal.windows.hann(4, sym=False)
        >>> (halves + halves.roll(2)).round(decimals=3)  # shifted by half, they add up to 1
        tensor([1., 1., 1., 1.])
    """
    return _window("hann", M, sym, _cosines((0.5, 0.5)), locals())


def kaiser(
    M: int,
    *,
    beta: float = 12.0,
    sym: bool = True,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``I₀(β √(1 - (2t - 1)²)) / I₀(β)``.

    ``(M,)``.

    Raises:
        ValueError: ``beta`` is negative.

    Example:

        >>> at.signal.windows.kaiser(5, beta=8.0)
        tensor([0.0023, 0.3690, 1.0000, 0.3690, 0.0023])
    """
    if beta < 0:
        raise ValueError(f"kaiser: beta must not be negative, got {beta}")
    return _window("kaiser", M, sym, _kaiser(beta, "kaiser"), locals())


def nuttall(
    M: int, *, sym: bool = True, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """``0.3636 - 0.4892 cos(2πt) + 0.1366 cos(4πt) - 0.0106 cos(6πt)``, with seven digits.

    ``(M,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``M`` is no int of at least 0.

    Example:

        >>> (1000 * at.signal.windows.nuttall(5)).round()
        tensor([   0.,  227., 1000.,  227.,    0.])
    """
    return _window("nuttall", M, sym, _cosines(_NUTTALL), locals())


# -- the older functions ---------------------------------------------------------------------------


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A triangle, ``1 - |2t - 1|``.

    ``(window_length,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``window_length`` is no int of at least 0.

    Example:

        >>> at.bartlett_window(4)
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
        >>> at.bartlett_window(5, periodic=False)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    return _window("bartlett_window", window_length, not periodic, _triangle, locals())


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``0.42 - 0.5 cos(2πt) + 0.08 cos(4πt)``.

    ``(window_length,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``window_length`` is no int of at least 0.

    Example:

        >>> at.blackman_window(4).abs().round(decimals=2)
        tensor([0.0000, 0.3400, 1.0000, 0.3400])
    """
    formula = _cosines((0.42, 0.5, 0.08))
    return _window("blackman_window", window_length, not periodic, formula, locals())


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``α - β cos(2πt)``.

    ``(window_length,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``window_length`` is no int of at least 0.

    Example:

        >>> at.hamming_window(4)
        tensor([0.0800, 0.5400, 1.0000, 0.5400])
    """
    formula = _cosines((alpha, beta))
    return _window("hamming_window", window_length, not periodic, formula, locals())


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``½ - ½ cos(2πt)``.

    ``(window_length,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``window_length`` is no int of at least 0.

    Example:

        >>> signal = at.ones(8)
        >>> frames = signal.unfold(0, 4, 2) * at.hann_window(4)
        >>> frames[0]
        tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    return _window("hann_window", window_length, not periodic, _cosines((0.5, 0.5)), locals())


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """``I₀(β √(1 - (2t - 1)²)) / I₀(β)``.

    ``(window_length,)``.

    Raises:
        TypeError, RuntimeError, ValueError: ``window_length`` is no int of at least 0.

    Example:

        >>> at.kaiser_window(5, periodic=False, beta=8.0)
        tensor([0.0023, 0.3690, 1.0000, 0.3690, 0.0023])
    """
    formula = _kaiser(beta, "kaiser_window")
    return _window("kaiser_window", window_length, not periodic, formula, locals())


list_public(__name__)
