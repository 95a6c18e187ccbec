"""How far a network is from what it should give."""

from typing import TYPE_CHECKING

from autotensor.operators.networks.losses import classification, ctc, margin, regression
from autotensor.operators.networks.losses.classification import *
from autotensor.operators.networks.losses.ctc import *
from autotensor.operators.networks.losses.margin import *
from autotensor.operators.networks.losses.regression import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = [
        *classification.__all__,
        *ctc.__all__,
        *margin.__all__,
        *regression.__all__,
    ]
