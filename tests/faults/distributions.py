"""Faults of distributions."""

from __future__ import annotations

from tests.faults import Fault

FOLDER = "autotensor/distributions"
TESTS = "tests/autotensor/distributions"

# test file: file: (what, before, after)
ROWS: dict[str, dict[str, list[tuple[str, str, str]]]] = {
    "test_formulas.py": {
        "normal.py": [
            ("Normal: the density without its height", "- self.scale.log() - 0.5", "- 0.5"),
            ("Normal: draws ignore the scale", "self.loc + noise * self.scale", "self.loc + noise"),
            (
                "Normal: the entropy without its half",
                "return 0.5 + 0.5 * math",
                "return 0.5 * math",
            ),
        ],
        "laplace.py": [
            ("Laplace: the variance of one side", "2 * self.scale.pow(2)", "self.scale.pow(2)"),
            (
                "Laplace: quantiles mirrored",
                "self.loc - self.scale * from",
                "self.loc + self.scale * from",
            ),
        ],
        "cauchy.py": [("Cauchy: π is forgotten", "-math.log(math.pi) - self", "-self")],
        "exponential.py": [
            ("Exponential: the rate is a scale", ".log() / self.rate\n", ".log() * self.rate\n"),
        ],
        "gamma.py": [
            (
                "Gamma: the rate is a scale in the variance",
                "concentration / self.rate.pow(2)",
                "concentration * self.rate.pow(2)",
            ),
            (
                "Gamma: draws have no gradient by the shape",
                "g * _shift(concentration, output)",
                "g * 0",
            ),
            (
                "Gamma: the mode is the mean",
                "((self.concentration - 1) / self",
                "((self.concentration) / self",
            ),
        ],
        "beta.py": [
            (
                "Beta: shapes exchanged",
                "stack((value, 1.0 - value), -1)",
                "stack((1.0 - value, value), -1)",
            ),
        ],
        "weibull.py": [
            (
                "Weibull: the scale is applied to a power",
                "(self.concentration / self.scale).log()",
                "self.concentration.log()",
            ),
        ],
        "gumbel.py": [
            (
                "Gumbel: the mean without Euler's constant",
                "self.loc + self.scale * euler_constant",
                "self.loc + self.scale * 0.5",
            ),
            ("Gumbel: of minima", "return -z - (-z).exp()", "return z - z.exp()"),
        ],
        "half_normal.py": [
            (
                "HalfNormal: the density of both halves",
                "self.base_dist.log_prob(value) + math.log(2)",
                "self.base_dist.log_prob(value)",
            ),
        ],
        "kumaraswamy.py": [
            (
                "Kumaraswamy: the second moment is the first's square",
                "self._moment(2) - ",
                "self._moment(1).pow(2) - ",
            ),
        ],
        "studentT.py": [
            (
                "StudentT: the variance of df - 1",
                "pow(2) * df / (df - 2)",
                "pow(2) * df / (df - 1)",
            ),
        ],
        "fishersnedecor.py": [
            (
                "FisherSnedecor: half a degree of freedom too many",
                "(m - 1) * value.log()",
                "(m - 0.5) * value.log()",
            ),
        ],
        "generalized_pareto.py": [
            (
                "GeneralizedPareto: the concentration's sign",
                "self.scale.log() + self.concentration + 1",
                "self.scale.log() - self.concentration + 1",
            ),
        ],
        "continuous_bernoulli.py": [
            (
                "ContinuousBernoulli: a wrong term of the mean's series",
                "near * _even(near, 1 / 6, -1 / 90",
                "near * _even(near, 1 / 6, 1 / 9",
            ),
        ],
        "von_mises.py": [
            ("VonMises: the Bessel function is not scaled back", ".cos() - 1\n", ".cos()\n"),
        ],
        "geometric.py": [
            (
                "Geometric: the first success counts",
                "return 1.0 / self.probs - 1.0",
                "return 1.0 / self.probs",
            ),
        ],
        "binomial.py": [
            (
                "Binomial: the ways are not counted",
                "return ways + chances",
                "return chances",
            ),
        ],
        "negative_binomial.py": [
            (
                "NegativeBinomial: failures are counted",
                "self.total_count * self.logits.exp()\n",
                "self.total_count * (-self.logits).exp()\n",
            ),
        ],
        "poisson.py": [
            ("Poisson: the factorial is one too small", "lgamma(value + 1)", "lgamma(value)"),
        ],
        "transformed_distribution.py": [
            (
                "TransformedDistribution: the volume change is added",
                "total = total - sum_rightmost(change",
                "total = total + sum_rightmost(change",
            ),
        ],
        "pareto.py": [
            (
                "Pareto: the variance with one factor too few",
                "((a - 1).pow(2) * (a - 2))",
                "((a - 1) * (a - 2))",
            ),
        ],
    },
    "test_vectors.py": {
        "categorical.py": [
            (
                "Categorical: logits are not normalized",
                "logits - logsumexp(logits, -1, keepdim=True)",
                "logits",
            ),
        ],
        "dirichlet.py": [
            (
                "Dirichlet: the other shares stay where they are",
                "towards = g - sum(output * g, -1, keepdim=True)",
                "towards = g",
            ),
            (
                "Dirichlet: small shapes are drawn as large ones",
                "standard_exponential(a.shape) / a",
                "standard_exponential(a.shape)",
            ),
        ],
        "multivariate_normal.py": [
            (
                "MultivariateNormal: the determinant is squared",
                "- log_diagonal(self._triangle)\n",
                "- 2 * log_diagonal(self._triangle)\n",
            ),
            (
                "MultivariateNormal: a precision is taken for a covariance",
                'if name == "covariance_matrix" else triangle_of',
                "if name else triangle_of",
            ),
        ],
        "lowrank_multivariate_normal.py": [
            (
                "LowRankMultivariateNormal: the diagonal is no square",
                "self.cov_diag.sqrt() * own",
                "self.cov_diag * own",
            ),
        ],
        "lkj_cholesky.py": [
            (
                "LKJCholesky: the onion's layers as in PyTorch",
                "Beta(0.5 * (rows - 1), away",
                "Beta(rows - 1.5, away",
            ),
        ],
        "wishart.py": [
            (
                "Wishart: one degree of freedom for all rows",
                "self.df.unsqueeze(-1) - arange(p, dtype=self.df.dtype)",
                "self.df.unsqueeze(-1) - 0 * arange(p, dtype=self.df.dtype)",
            ),
        ],
        "mixture_same_family.py": [
            (
                "MixtureSameFamily: the variance of means is left out",
                "variance + away.pow(2))",
                "variance)",
            ),
        ],
        "relaxed_categorical.py": [
            (
                "RelaxedOneHotCategorical: one factor of the temperature too many",
                "(k - 1) * log_of",
                "k * log_of",
            ),
        ],
        "multinomial.py": [
            ("Multinomial: the ways are not counted", "return ways + where(", "return where("),
        ],
        "one_hot_categorical.py": [
            (
                "OneHotCategoricalStraightThrough: no gradient",
                "+ (self.probs - self.probs.detach())",
                "+ 0 * self.probs",
            ),
        ],
    },
    "test_kl.py": {
        "kl.py": [
            (
                "kl_divergence: of normal numbers, the ratio the other way",
                "ratio = (p.scale / q.scale).pow(2)",
                "ratio = (q.scale / p.scale).pow(2)",
            ),
            (
                "kl_divergence: the least specific function",
                "by_p = min(found, key=lambda one: one[:2])",
                "by_p = max(found, key=lambda one: one[:2])",
            ),
            (
                "kl_divergence: never infinite",
                "return where(_beyond(p, q), inf, _cross",
                "return where(_beyond(p, q), 0.0, _cross",
            ),
            (
                "kl_divergence: the mean of ln x of exponential numbers",
                "return -euler_constant - p.rate.log()",
                "return euler_constant - p.rate.log()",
            ),
        ],
    },
    "test_transforms.py": {
        "transforms.py": [
            (
                "TanhTransform: half the volume change",
                "return 2 * (math.log(2) - x",
                "return (math.log(2) - x",
            ),
            (
                "Transform: the cache is not asked",
                "if self._cache_size and y is self",
                "if not self._cache_size and y is self",
            ),
            (
                "ComposeTransform: undone in the same order",
                "[part.inv for part in reversed(self.parts)]",
                "[part.inv for part in self.parts]",
            ),
            (
                "StickBreakingTransform: pieces of different size",
                "shifted + logsigmoid(shifted)",
                "shifted - logsigmoid(shifted)",
            ),
        ],
        "constraints.py": [
            (
                "constraints.simplex: any sum",
                "((value.sum(-1) - 1).abs() < 1e-6)",
                "(value.sum(-1) > 0)",
            ),
            (
                "constraints.positive: 0 is, too",
                "return value > self.lower_bound",
                "return value >= self.lower_bound",
            ),
        ],
        "constraint_registry.py": [
            (
                "biject_to: below a bound is above it",
                "AffineTransform(constraint.upper_bound, -1)",
                "AffineTransform(constraint.upper_bound, 1)",
            ),
        ],
    },
    "test_edges.py": {
        "gamma.py": [
            (
                "Gamma: a number is no value",
                "value = as_value(value, self.rate.dtype)\n",
                "\n",
            ),
        ],
        "wishart.py": [
            (
                "Wishart: where there is no factor, its rest is taken for one",
                "where((no_factor == 0)[..., None, None], factor, math.nan)",
                "factor",
            ),
        ],
        "transformed_distribution.py": [
            (
                "TransformedDistribution: what the base never draws has a cdf",
                "self.base_dist._validate_sample(before, ends=True)",
                "pass",
            ),
        ],
        "constraints.py": [
            ("positive_definite: infinity is", "return finite & (chol", "return (chol"),
            (
                "cdf: refused at the end of an open support",
                "return GreaterThanEq(constraint.lower_bound)",
                "return constraint",
            ),
        ],
        "utils.py": [
            (
                "distributions: 0 ln 0 is NaN",
                "(power == 0) & (base == 0), 1.0",
                "(power == 0) & (base != base), 1.0",
            ),
        ],
        "continuous_bernoulli.py": [
            (
                "ContinuousBernoulli: quantiles of the other side",
                "where(away > 0, value, 1 - value), 1.0)",
                "where(away < 0, value, 1 - value), 1.0)",
            ),
        ],
        "geometric.py": [
            (
                "Geometric: of chances that were clamped",
                'if self._given == "logits":\n            return value',
                "if True:\n            return value",
            ),
        ],
        "bernoulli.py": [
            (
                "Bernoulli: a chance near 1 is lost in a difference",
                "value * logsigmoid(self.logits) + (1 - value) * logsigmoid(-self.logits)",
                "value * self.logits + logsigmoid(-self.logits)",
            ),
        ],
    },
    "test_behaviour.py": {
        "distribution.py": [
            (
                "Distribution: parameters are not checked",
                "if not holds(constraint, value):",
                "if False:",
            ),
            (
                "Distribution: values are not checked",
                "if not holds(with_ends(support)",
                "if False and (with_ends(support)",
            ),
            (
                "Distribution: draws carry a graph",
                "        with no_grad():\n            return self.rsample",
                "        if True:\n            return self.rsample",
            ),
            (
                "Distribution: expanding forgets the event",
                "value.expand((*batch_shape, *event))",
                "value.expand(batch_shape)",
            ),
        ],
        "utils.py": [
            (
                "lazy_property: computed each time",
                "vars(instance)[self.wrapped.__name__] = value",
                "pass",
            ),
        ],
    },
}

FAULTS = [
    Fault(what, f"{FOLDER}/{file}", before, after, f"{TESTS}/{test}")
    for test, files in ROWS.items()
    for file, rows in files.items()
    for what, before, after in rows
] + [
    Fault(
        what,
        "autotensor/kernels/tails.py",
        before,
        after,
        "tests/formulas/test_pointwise.py tests/autotensor/distributions/test_vectors.py "
        "tests/autotensor/test_special.py",
    )
    for what, before, after in [
        (
            "gammainc: the upper tail is not scaled",
            "part = _gamma_height(a, z) * _gamma_above",
            "part = _gamma_above",
        ),
        (
            "gammainc: the derivative of the lower tail, its last term",
            "* total - z * moment",
            "* total + z * moment",
        ),
        (
            "draws of Beta: the tail below is not whole",
            "whole = (1 + (a + b) * x * total) / a",
            "whole = (a + b) * x * total / a",
        ),
        (
            "draws of Beta: the tail above, its last term",
            "(1 - x) * (total + (a + b) * moment) / b",
            "(1 - x) * ((a + b) * moment) / b",
        ),
    ]
]
