"""Operators that arrange elements without computing: shapes, views, joining, reading by index.

The lowest floor of the operators: the others are made of these.
"""

from autotensor.importing import public_names
from autotensor.operators.structure.copying import *
from autotensor.operators.structure.diagonals import *
from autotensor.operators.structure.indexing import *
from autotensor.operators.structure.joining import *
from autotensor.operators.structure.padding import *
from autotensor.operators.structure.repeating import *
from autotensor.operators.structure.selection import *
from autotensor.operators.structure.shapes import *
from autotensor.operators.structure.strided import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = public_names(__name__)
