"""Elementwise operators, with broadcasting: arithmetic, comparisons, functions of one number."""

from autotensor.importing import public_names
from autotensor.operators.pointwise.arithmetic import *
from autotensor.operators.pointwise.choice import *
from autotensor.operators.pointwise.comparison import *
from autotensor.operators.pointwise.exponential import *
from autotensor.operators.pointwise.gamma import *
from autotensor.operators.pointwise.rounding import *
from autotensor.operators.pointwise.special import *
from autotensor.operators.pointwise.trigonometric import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = public_names(__name__)
