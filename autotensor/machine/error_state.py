"""NumPy's error state: infinity and NaN without warnings, as in PyTorch; and its buffers.

NumPy warns when a number overflows, is divided by zero or turns into NaN.  Here such values are
ordinary results.  The user's own NumPy code keeps its warnings: NumPy holds this setting in a
context variable, so a context in which it is "ignore" silences just what runs inside.

- ``silent().run(ufunc, x, y)`` is ``ufunc(x, y)`` without warnings.  A copy of a context, because
  two threads, or one thread twice, cannot be in the same one.  Copying takes no time to speak of:
  30 ns altogether, where ``numpy.errstate`` takes 900.
- ``numpy_errors`` is NumPy's context variable and ``ignored`` its value for silence, for longer
  stretches of code: ``token = numpy_errors.set(ignored)``, in the end
  ``numpy_errors.reset(token)``.

The variable is not part of NumPy's interface.  Where there is none, ``numpy.errstate`` stands in.
``AUTOTENSOR_SILENT=0`` leaves NumPy's error state alone: it is then the caller's.

In the same variable NumPy keeps the size of the buffers through which ufuncs take arrays that are
not contiguous, or are broadcast.  It fills them with as many whole rows as they hold, which for
rows of some hundred numbers costs more than the longer loops win; with its own size of 8,192 twice
to five times what the ufunc takes.  So it is smaller in these contexts.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any

import numpy as np

from autotensor.machine.switches import switched_on

BUFFER = 2048
"""Numbers.  (``x * scale`` for each channel, ``(28, 6, 28, 128)``: 0.56 of the time with 8,192;
adding to 2,000 of 2,100 columns: 0.53; no ufunc tried took more than 1.06.  With 1,024, short rows
and conversions of bools lose.)"""


class _ErrorState:
    """The faces of a context and of a context variable, by ``numpy.errstate``."""

    def __init__(self, **errors: Any) -> None:
        self.errors = errors

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        with np.errstate(**self.errors):
            return function(*args, **kwargs)

    def set(self, errors: dict[str, Any]) -> Any:
        return np.seterr(**errors)

    def reset(self, token: Any) -> None:
        np.seterr(**token)


def _context_of_silence() -> tuple[Callable[[], Any], Any, Any] | None:
    """What makes silent contexts, NumPy's variable and its value in them; None if NumPy does not
    keep its error state in contexts."""
    before = np.geterr()
    context = Context()
    context.run(np.seterr, all="ignore")
    for variable, value in context.items():
        alone = Context()
        alone.run(variable.set, value)
        if set(alone.run(np.geterr).values()) == {"ignore"}:
            context.run(np.setbufsize, BUFFER)  # in the same variable
            return context.copy, variable, context[variable]
    np.seterr(**before)  # kept elsewhere, so the caller's was changed
    return None


def _found() -> tuple[Callable[[], Any], Any, Any]:
    silence = switched_on("AUTOTENSOR_SILENT")
    found = _context_of_silence() if silence else None
    if found is not None:
        return found
    state = _ErrorState(all="ignore") if silence else _ErrorState()
    return lambda: state, state, state.errors


silent, numpy_errors, ignored = _found()
