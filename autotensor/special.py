"""Special functions under the names of ``torch.special``: ``autotensor.special.expit(x)``."""

from __future__ import annotations

from autotensor.importing import published
from autotensor.operators.pointwise.exponential import exp2, expm1, log1p
from autotensor.operators.pointwise.exponential import sigmoid as expit
from autotensor.operators.pointwise.gamma import digamma, polygamma, zeta
from autotensor.operators.pointwise.gamma import lgamma as gammaln
from autotensor.operators.pointwise.gamma import mvlgamma as multigammaln
from autotensor.operators.pointwise.rounding import round

from autotensor.operators.pointwise.special import (  # isort: skip
    entr, erf, erfc, erfcx, erfinv, gammainc, gammaincc, i0, i0e, i1, i1e, log_ndtr, logit, ndtr,
    ndtri, sinc, xlog1py, xlogy,
)  # fmt: skip
from autotensor.operators.reductions.reductions import log_softmax, logsumexp, softmax

psi = digamma

__all__ = [
    "digamma", "entr", "erf", "erfc", "erfcx", "erfinv", "exp2", "expit", "expm1", "gammainc",
    "gammaincc", "gammaln", "i0", "i0e", "i1", "i1e", "log1p", "log_ndtr", "log_softmax", "logit",
    "logsumexp", "multigammaln", "ndtr", "ndtri", "polygamma", "psi", "round", "sinc", "softmax",
    "xlog1py", "xlogy", "zeta",
]  # fmt: skip


published(__name__, __all__)
