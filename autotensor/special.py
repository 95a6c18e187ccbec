"""Special functions under the names of ``torch.special``: ``autotensor.special.expit(x)``."""

from __future__ import annotations

from autotensor.operators.pointwise.bessel import i0 as i0
from autotensor.operators.pointwise.bessel import i0e, i1, i1e
from autotensor.operators.pointwise.exponential import exp2 as exp2
from autotensor.operators.pointwise.exponential import expm1 as expm1
from autotensor.operators.pointwise.exponential import log1p as log1p
from autotensor.operators.pointwise.exponential import sigmoid as expit
from autotensor.operators.pointwise.gamma import digamma as digamma
from autotensor.operators.pointwise.gamma import lgamma as gammaln
from autotensor.operators.pointwise.gamma import mvlgamma as multigammaln
from autotensor.operators.pointwise.gamma import polygamma as polygamma
from autotensor.operators.pointwise.gamma import zeta
from autotensor.operators.pointwise.rounding import round as round
from autotensor.operators.pointwise.special import entr, erfcx, log_ndtr, ndtr, ndtri, xlog1py
from autotensor.operators.pointwise.special import erf as erf
from autotensor.operators.pointwise.special import erfc as erfc
from autotensor.operators.pointwise.special import erfinv as erfinv
from autotensor.operators.pointwise.special import logit as logit
from autotensor.operators.pointwise.special import sinc as sinc
from autotensor.operators.pointwise.special import xlogy as xlogy
from autotensor.operators.reductions.reductions import log_softmax as log_softmax
from autotensor.operators.reductions.reductions import logsumexp as logsumexp
from autotensor.operators.reductions.reductions import softmax as softmax

psi = digamma

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gammaln", "i0",
    "i0e", "i1", "i1e", "log1p", "log_ndtr", "log_softmax", "logit", "logsumexp", "multigammaln",
    "ndtr", "ndtri", "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy", "zeta",
]  # fmt: skip
