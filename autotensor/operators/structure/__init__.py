"""Operators that arrange elements without computing: shapes and views, joining, reading
and writing by index.  The lowest floor of the operators: the others are made of these."""

from typing import TYPE_CHECKING

from autotensor.operators.structure import (
    copying,
    diagonals,
    indexing,
    joining,
    padding,
    repeating,
    selection,
    shapes,
    strided,
)
from autotensor.operators.structure.copying import *
from autotensor.operators.structure.diagonals import *
from autotensor.operators.structure.indexing import *
from autotensor.operators.structure.joining import *
from autotensor.operators.structure.padding import *
from autotensor.operators.structure.repeating import *
from autotensor.operators.structure.selection import *
from autotensor.operators.structure.shapes import *
from autotensor.operators.structure.strided import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = [
        *copying.__all__,
        *diagonals.__all__,
        *indexing.__all__,
        *joining.__all__,
        *padding.__all__,
        *repeating.__all__,
        *selection.__all__,
        *shapes.__all__,
        *strided.__all__,
    ]
