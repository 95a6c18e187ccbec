"""Operators that make fewer values out of many, in order or at positions: sums, extremes, scans,
sorting, statistics."""

from typing import TYPE_CHECKING

from autotensor.operators.reductions import (
    accumulating,
    differences,
    histograms,
    reductions,
    scans,
    scattering,
    sorting,
    statistics,
)
from autotensor.operators.reductions.accumulating import *
from autotensor.operators.reductions.differences import *
from autotensor.operators.reductions.histograms import *
from autotensor.operators.reductions.reductions import *
from autotensor.operators.reductions.scans import *
from autotensor.operators.reductions.scattering import *
from autotensor.operators.reductions.sorting import *
from autotensor.operators.reductions.statistics import *

if not TYPE_CHECKING:  # checkers follow the lines above
    files = (
        accumulating,
        differences,
        histograms,
        reductions,
        scans,
        scattering,
        sorting,
        statistics,
    )
    __all__ = [name for file in files for name in file.__all__]
