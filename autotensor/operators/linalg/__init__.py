"""Linear algebra: products, decompositions, functions of matrices, norms, distances."""

from typing import TYPE_CHECKING

from autotensor.operators.linalg import (
    covariance,
    decompositions,
    einstein,
    matrix_functions,
    norms,
    products,
)
from autotensor.operators.linalg.covariance import *
from autotensor.operators.linalg.decompositions import *
from autotensor.operators.linalg.einstein import *
from autotensor.operators.linalg.matrix_functions import *
from autotensor.operators.linalg.norms import *
from autotensor.operators.linalg.products import *

if not TYPE_CHECKING:  # checkers follow the lines above
    files = (covariance, decompositions, einstein, matrix_functions, norms, products)
    __all__ = [name for file in files for name in file.__all__]
