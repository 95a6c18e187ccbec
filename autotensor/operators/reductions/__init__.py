"""Reductions, scans, scatter, sorting and statistics: values made out of many."""

from autotensor.importing import public_names
from autotensor.operators.reductions.differences import *
from autotensor.operators.reductions.histograms import *
from autotensor.operators.reductions.reductions import *
from autotensor.operators.reductions.scans import *
from autotensor.operators.reductions.scattering import *
from autotensor.operators.reductions.sorting import *
from autotensor.operators.reductions.statistics import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = public_names(__name__)
