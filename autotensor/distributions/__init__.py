"""Probability distributions with the names of ``torch.distributions``.

A distribution draws (``sample``; ``rsample`` with gradients by its parameters), and knows its
density (``log_prob``), its moments, its ``entropy`` and often its distribution function::

    >>> import autotensor as at
    >>> from autotensor.distributions import Categorical, Normal, kl_divergence
    >>> loc = at.tensor([0.0, 1.0], requires_grad=True)
    >>> normal = Normal(loc, 2.0)
    >>> normal
    Normal(loc: torch.Size([2]), scale: torch.Size([2]))
    >>> normal.log_prob(at.tensor(1.0))
    tensor([-1.7371, -1.6121], grad_fn=<SubBackward0>)
    >>> normal.rsample((3,)).shape
    torch.Size([3, 2])
    >>> kl_divergence(normal, Normal(0.0, 2.0))
    tensor([0.0000, 0.1250], grad_fn=<MulBackward0>)
    >>> policy = Categorical(logits=at.zeros(4))
    >>> policy.log_prob(policy.sample()).exp()
    tensor(0.2500)

Draws come from the default generator, so ``autotensor.manual_seed`` repeats them.  Parameters and
values are checked unless ``validate_args=False``.  ``transforms`` bend distributions
(``TransformedDistribution``); ``biject_to`` and ``transform_to`` find the transform that leads to
where a parameter may lie.
"""

from autotensor.distributions import constraints, transforms
from autotensor.distributions.bernoulli import Bernoulli
from autotensor.distributions.beta import Beta
from autotensor.distributions.binomial import Binomial
from autotensor.distributions.categorical import Categorical
from autotensor.distributions.cauchy import Cauchy
from autotensor.distributions.chi2 import Chi2
from autotensor.distributions.constraint_registry import biject_to, transform_to
from autotensor.distributions.continuous_bernoulli import ContinuousBernoulli
from autotensor.distributions.dirichlet import Dirichlet
from autotensor.distributions.distribution import Distribution
from autotensor.distributions.exp_family import ExponentialFamily
from autotensor.distributions.exponential import Exponential
from autotensor.distributions.fishersnedecor import FisherSnedecor
from autotensor.distributions.gamma import Gamma
from autotensor.distributions.generalized_pareto import GeneralizedPareto
from autotensor.distributions.geometric import Geometric
from autotensor.distributions.gumbel import Gumbel
from autotensor.distributions.half_cauchy import HalfCauchy
from autotensor.distributions.half_normal import HalfNormal
from autotensor.distributions.independent import Independent
from autotensor.distributions.inverse_gamma import InverseGamma
from autotensor.distributions.kl import kl_divergence, register_kl
from autotensor.distributions.kumaraswamy import Kumaraswamy
from autotensor.distributions.laplace import Laplace
from autotensor.distributions.lkj_cholesky import LKJCholesky
from autotensor.distributions.log_normal import LogNormal
from autotensor.distributions.logistic_normal import LogisticNormal
from autotensor.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from autotensor.distributions.mixture_same_family import MixtureSameFamily
from autotensor.distributions.multinomial import Multinomial
from autotensor.distributions.multivariate_normal import MultivariateNormal
from autotensor.distributions.negative_binomial import NegativeBinomial
from autotensor.distributions.normal import Normal
from autotensor.distributions.one_hot_categorical import (
    OneHotCategorical,
    OneHotCategoricalStraightThrough,
)
from autotensor.distributions.pareto import Pareto
from autotensor.distributions.poisson import Poisson
from autotensor.distributions.relaxed_bernoulli import RelaxedBernoulli
from autotensor.distributions.relaxed_categorical import RelaxedOneHotCategorical
from autotensor.distributions.studentT import StudentT
from autotensor.distributions.transformed_distribution import TransformedDistribution
from autotensor.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from autotensor.distributions.uniform import Uniform
from autotensor.distributions.von_mises import VonMises
from autotensor.distributions.weibull import Weibull
from autotensor.distributions.wishart import Wishart
from autotensor.extend import published

__all__ = [
    "AbsTransform", "AffineTransform", "Bernoulli", "Beta", "Binomial", "CatTransform",
    "Categorical", "Cauchy", "Chi2", "ComposeTransform", "ContinuousBernoulli",
    "CorrCholeskyTransform", "CumulativeDistributionTransform", "Dirichlet", "Distribution",
    "ExpTransform", "Exponential", "ExponentialFamily", "FisherSnedecor", "Gamma",
    "GeneralizedPareto", "Geometric", "Gumbel", "HalfCauchy", "HalfNormal", "Independent",
    "IndependentTransform", "InverseGamma", "Kumaraswamy", "LKJCholesky", "Laplace", "LogNormal",
    "LogisticNormal", "LowRankMultivariateNormal", "LowerCholeskyTransform", "MixtureSameFamily",
    "Multinomial", "MultivariateNormal", "NegativeBinomial", "Normal", "OneHotCategorical",
    "OneHotCategoricalStraightThrough", "Pareto", "Poisson", "PositiveDefiniteTransform",
    "PowerTransform", "RelaxedBernoulli", "RelaxedOneHotCategorical", "ReshapeTransform",
    "SigmoidTransform", "SoftmaxTransform", "SoftplusTransform", "StackTransform",
    "StickBreakingTransform", "StudentT", "TanhTransform", "Transform", "TransformedDistribution",
    "Uniform", "VonMises", "Weibull", "Wishart", "biject_to", "identity_transform", "kl_divergence",
    "constraints", "register_kl", "transform_to", "transforms",
]  # fmt: skip

published(__name__, __all__)
