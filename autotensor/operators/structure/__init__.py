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
    files = copying, diagonals, indexing, joining, padding, repeating, selection, shapes, strided
    __all__ = [name for file in files for name in file.__all__]
