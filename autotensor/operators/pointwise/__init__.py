"""Operators that compute each element by itself, with broadcasting."""

from typing import TYPE_CHECKING

from autotensor.operators.pointwise import (
    arithmetic,
    bessel,
    choice,
    comparison,
    exponential,
    gamma,
    rounding,
    special,
    trigonometric,
)
from autotensor.operators.pointwise.arithmetic import *
from autotensor.operators.pointwise.bessel import *
from autotensor.operators.pointwise.choice import *
from autotensor.operators.pointwise.comparison import *
from autotensor.operators.pointwise.exponential import *
from autotensor.operators.pointwise.gamma import *
from autotensor.operators.pointwise.rounding import *
from autotensor.operators.pointwise.special import *
from autotensor.operators.pointwise.trigonometric import *

if not TYPE_CHECKING:  # checkers follow the lines above
    files = (
        arithmetic,
        bessel,
        choice,
        comparison,
        exponential,
        gamma,
        rounding,
        special,
        trigonometric,
    )
    __all__ = [name for file in files for name in file.__all__]
