"""How Tensors are seen by other array libraries: the protocols that those ask an array for.

Each file teaches Tensor one protocol, by methods of its own.  What answers is loaded when somebody
first asks.
"""

from __future__ import annotations

from autotensor.importing import on_demand

__getattr__, __dir__ = on_demand(__name__, "elementwise", "numpy_functions")
