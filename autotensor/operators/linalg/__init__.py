"""Linear algebra: products, decompositions, functions of matrices, norms, distances."""

from typing import TYPE_CHECKING

from autotensor.operators.linalg import (
    covariance,
    decompositions,
    distances,
    functions,
    norms,
    products,
)
from autotensor.operators.linalg.covariance import *
from autotensor.operators.linalg.decompositions import *
from autotensor.operators.linalg.distances import *
from autotensor.operators.linalg.functions import *
from autotensor.operators.linalg.norms import *
from autotensor.operators.linalg.products import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = [
        *covariance.__all__,
        *decompositions.__all__,
        *distances.__all__,
        *functions.__all__,
        *norms.__all__,
        *products.__all__,
    ]
