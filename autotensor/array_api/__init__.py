"""The namespace of the Python array API standard, 2025.12: what programs that are written for any
array library call, on Tensors, with gradients.

``x.__array_namespace__()`` is this module.  Each function here is an operator of ours behind the
standard's name and arguments.  What of the standard is not here, and why, is in ``LEFT_OUT`` of
``info.py``: complex numbers and what needs them, wide unsigned integers.  Where the standard wants
something else of a Tensor than PyTorch does, PyTorch's meaning holds.
"""

from __future__ import annotations

import typing as _typing
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi

from autotensor.array_api import linalg as linalg
from autotensor.array_api.creation import *
from autotensor.array_api.data_types import *
from autotensor.array_api.elementwise import *
from autotensor.array_api.info import Info as _Info
from autotensor.array_api.info import missing as _missing
from autotensor.array_api.linalg import matmul as matmul
from autotensor.array_api.linalg import matrix_transpose as matrix_transpose
from autotensor.array_api.linalg import tensordot as tensordot
from autotensor.array_api.linalg import vecdot as vecdot
from autotensor.array_api.manipulation import *
from autotensor.array_api.searching import *
from autotensor.array_api.statistics import *
from autotensor.facts import bool as bool
from autotensor.facts import float32 as float32
from autotensor.facts import float64 as float64
from autotensor.facts import int8 as int8
from autotensor.facts import int16 as int16
from autotensor.facts import int32 as int32
from autotensor.facts import int64 as int64
from autotensor.facts import uint8 as uint8
from autotensor.importing import published as _published

newaxis = None
__array_api_version__ = "2025.12"
__array_namespace_info__ = _Info

if not _typing.TYPE_CHECKING:
    __all__ = [
        *_published(__name__),
        "__array_api_version__", "__array_namespace_info__", "bool", "e", "float32", "float64",
        "inf", "int16", "int32", "int64", "int8", "linalg", "nan", "newaxis", "pi", "uint8",
    ]  # fmt: skip


def __getattr__(name: str) -> object:
    raise _missing(__name__, name)
