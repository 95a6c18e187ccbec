"""How far a network is from what it should give."""

from autotensor.importing import public_names
from autotensor.operators.networks.losses.classification import *
from autotensor.operators.networks.losses.ctc import *
from autotensor.operators.networks.losses.margin import *
from autotensor.operators.networks.losses.regression import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = public_names(__name__)
