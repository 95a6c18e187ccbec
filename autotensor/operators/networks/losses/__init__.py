"""How far a network is from what it should give."""

from typing import TYPE_CHECKING

from autotensor.importing import public_names
from autotensor.operators.networks.losses.classification import *
from autotensor.operators.networks.losses.ctc import *
from autotensor.operators.networks.losses.margin import *
from autotensor.operators.networks.losses.regression import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = public_names(__name__)
