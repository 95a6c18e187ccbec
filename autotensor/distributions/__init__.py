"""Probability distributions with the names of ``torch.distributions``.

A distribution draws (``sample``; ``rsample`` with gradients by its parameters), and knows its
density (``log_prob``), its moments, its ``entropy`` and often its distribution function::

    >>> import autotensor as at
    >>> from autotensor.distributions import Categorical, Normal, kl_divergence
    >>> loc = at.tensor([0.0, 1.0], requires_grad=True)
    >>> normal = Normal(loc, 2.0)
    >>> normal
    Normal(loc: (2,), scale: (2,))
    >>> normal.log_prob(at.tensor(1.0))
    tensor([-1.7371, -1.6121], grad_fn=<SubBackward0>)
    >>> normal.rsample((3,)).shape
    (3, 2)
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

from autotensor.distributions.bernoulli import *
from autotensor.distributions.categorical import *
from autotensor.distributions.distribution import *
from autotensor.distributions.exp_family import *
from autotensor.distributions.kl import *
from autotensor.distributions.normal import *
from autotensor.distributions.uniform import *
from autotensor.importing import published

__all__ = published(__name__)
