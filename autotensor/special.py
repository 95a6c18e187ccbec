"""Special functions under the names of ``torch.special``: ``autotensor.special.expit(x)``."""

from __future__ import annotations

from autotensor.operators.bessel import i0 as i0
from autotensor.operators.bessel import i0e, i1, i1e
from autotensor.operators.elementwise import exp2 as exp2
from autotensor.operators.elementwise import expm1 as expm1
from autotensor.operators.elementwise import log1p as log1p
from autotensor.operators.elementwise import sigmoid as expit
from autotensor.operators.gamma import digamma as digamma
from autotensor.operators.gamma import lgamma as gammaln
from autotensor.operators.gamma import mvlgamma as multigammaln
from autotensor.operators.gamma import polygamma as polygamma
from autotensor.operators.gamma import zeta
from autotensor.operators.reductions import log_softmax as log_softmax
from autotensor.operators.reductions import logsumexp as logsumexp
from autotensor.operators.reductions import softmax as softmax
from autotensor.operators.rounding import round as round
from autotensor.operators.special import entr, erfcx, log_ndtr, ndtr, ndtri, xlog1py
from autotensor.operators.special import erf as erf
from autotensor.operators.special import erfc as erfc
from autotensor.operators.special import erfinv as erfinv
from autotensor.operators.special import logit as logit
from autotensor.operators.special import sinc as sinc
from autotensor.operators.special import xlogy as xlogy

psi = digamma

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gammaln", "i0",
    "i0e", "i1", "i1e", "log1p", "log_ndtr", "log_softmax", "logit", "logsumexp", "multigammaln",
    "ndtr", "ndtri", "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy", "zeta",
]  # fmt: skip
