"""Linear algebra: products, decompositions, functions of matrices, norms, distances."""

from autotensor.importing import public_names
from autotensor.operators.linalg.covariance import *
from autotensor.operators.linalg.decompositions import *
from autotensor.operators.linalg.einstein import *
from autotensor.operators.linalg.low_rank import *
from autotensor.operators.linalg.matrix_functions import *
from autotensor.operators.linalg.norms import *
from autotensor.operators.linalg.products import *

# Not by assignment: checkers follow the lines above.
globals()["__all__"] = public_names(__name__)
