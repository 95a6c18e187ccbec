# Made by `python -m tests.checkers.stubs` from the declarations; not to be edited by hand.
"""Special functions."""

from autotensor import digamma as digamma
from autotensor import digamma as psi
from autotensor import erf as erf
from autotensor import erfc as erfc
from autotensor import erfinv as erfinv
from autotensor import exp2 as exp2
from autotensor import expm1 as expm1
from autotensor import i0 as i0
from autotensor import lgamma as gammaln
from autotensor import log1p as log1p
from autotensor import log_softmax as log_softmax
from autotensor import logit as logit
from autotensor import logsumexp as logsumexp
from autotensor import mvlgamma as multigammaln
from autotensor import polygamma as polygamma
from autotensor import round as round
from autotensor import sigmoid as expit
from autotensor import sinc as sinc
from autotensor import softmax as softmax
from autotensor import xlogy as xlogy
from autotensor.engine.tensor import Tensor
from autotensor.types import Operand
from builtins import float as _float

def entr(input: Tensor) -> Tensor: ...
def erfcx(input: Tensor) -> Tensor: ...
def i0e(input: Tensor) -> Tensor: ...
def i1(input: Tensor) -> Tensor: ...
def i1e(input: Tensor) -> Tensor: ...
def log_ndtr(input: Tensor) -> Tensor: ...
def ndtr(input: Tensor) -> Tensor: ...
def ndtri(input: Tensor) -> Tensor: ...
def xlog1py(input: Tensor | _float, other: Operand) -> Tensor: ...
def zeta(input: Tensor | _float, other: Operand) -> Tensor: ...
