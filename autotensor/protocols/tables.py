"""Beside a table of pandas a Tensor goes first: ``series * x`` is ``x``'s operator, as
``array * x`` is, and gives a Tensor that knows its gradient, as ``x * series`` does.
"""

from __future__ import annotations

from autotensor.engine.tensor import method

__all__: list[str] = []

# pandas leaves an operator to what says more than its own types do; a DataFrame says 4000.
method(5000, "__pandas_priority__")
