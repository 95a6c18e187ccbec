"""Faults of losses."""

from __future__ import annotations

from tests.faults import Fault

VALUES = "tests/formulas/test_losses.py"
GRADIENTS = "tests/autotensor/test_gradients.py -k"
FOLDER = "autotensor/operators/networks/losses"

# file: (what, before, after)
VALUE_FAULTS: dict[str, list[tuple[str, str, str]]] = {
    f"{FOLDER}/reduction.py": [
        ("losses: the mean is a sum", "        return mean(loss)\n", "        return sum(loss)\n"),
        (
            "losses: 'sum' gives the loss of each element",
            'return sum(loss) if reduction == "sum" else loss',
            'return sum(loss) if reduction == "all" else loss',
        ),
    ],
    f"{FOLDER}/regression.py": [
        (
            "mse_loss: the sum instead of the mean",
            "1 / input.numel() if averaged",
            "1.0 if averaged",
        ),
        (
            "mse_loss: absolute errors",
            "difference * difference if squared",
            "absolute(difference) if squared",
        ),
        (
            "mse_loss: the weighted mean divides by all",
            "return sum(loss) / sum(weight)",
            "return sum(loss) / weight.numel()",
        ),
        (
            "mse_loss: the weight is squared",
            "    loss = loss * weight\n    return sum(loss) / ",
            "    loss = loss * weight * weight\n    return sum(loss) / ",
        ),
        (
            "huber_loss: the half is forgotten",
            "return bounded * (difference - bounded * 0.5)",
            "return bounded * (difference - bounded)",
        ),
        (
            "huber_loss: the dtype of the target counts",
            "to(_huber(input - target, float(delta)), own)",
            "_huber(input - target, float(delta))",
        ),
        (
            "smooth_l1_loss: of integers",
            '    need_float(input, None, "smooth_l1_loss")\n',
            "",
        ),
        (
            "huber_loss: not straight below",
            "np.clip(difference, -delta, delta)",
            "np.minimum(difference, delta)",
        ),
        (
            "huber_loss: delta is 1.5 unless given",
            'reduction: str = "mean", delta: float = 1.0',
            'reduction: str = "mean", delta: float = 1.5',
        ),
        (
            "huber_loss: the weighted mean divides by the weights",
            "        loss = loss * weight\n    return reduced_loss",
            "        loss = loss * weight * loss.numel() / sum(weight)\n    return reduced_loss",
        ),
        ("smooth_l1_loss: not divided by beta", "return bounded / beta", "return bounded"),
        (
            "smooth_l1_loss: overflows in between",
            "return bounded / beta * (difference - bounded * 0.5)",
            "return bounded * (difference - bounded * 0.5) / beta",
        ),
        ("smooth_l1_loss: beta is 0.5 unless given", "beta: float = 1.0", "beta: float = 0.5"),
        (
            "smooth_l1_loss: beta 0 is the squared error",
            "absolute(difference) if beta == 0",
            "difference * difference if beta == 0",
        ),
        (
            "poisson_nll_loss: takes rates, not their logarithms",
            "log_input: bool = True",
            "log_input: bool = False",
        ),
        (
            "poisson_nll_loss: the target's sign",
            "exp(input) - target * input",
            "exp(input) + target * input",
        ),
        ("poisson_nll_loss: eps is 1e-6 unless given", "eps: float = 1e-8", "eps: float = 1e-6"),
        ("poisson_nll_loss: eps outside the logarithm", "log(input + eps)", "(log(input) + eps)"),
        ("poisson_nll_loss: Stirling's term without π", "many * (2 * math.pi)", "many * 2"),
        (
            "poisson_nll_loss: Stirling's term without its half",
            "log(many * (2 * math.pi)) * 0.5",
            "log(many * (2 * math.pi))",
        ),
        (
            "poisson_nll_loss: Stirling's term for small counts",
            "where(target > 1, stirling, 0.0)",
            "stirling",
        ),
        (
            "gaussian_nll_loss: the half is forgotten",
            "difference * difference / var) * 0.5",
            "difference * difference / var)",
        ),
        (
            "gaussian_nll_loss: divides by the deviation",
            "difference * difference / var)",
            "difference * difference / var**0.5)",
        ),
        ("gaussian_nll_loss: eps is added", "at_least(var, float(eps))", "var + float(eps)"),
        ("gaussian_nll_loss: eps is 1e-8 unless given", "eps: float = 1e-6", "eps: float = 1e-8"),
        (
            "gaussian_nll_loss: the constant is not halved",
            "loss + 0.5 * math.log(2 * math.pi)",
            "loss + math.log(2 * math.pi)",
        ),
        (
            "gaussian_nll_loss: the constant is always there",
            "if full else loss, reduction)",
            "if not full else loss, reduction)",
        ),
        (
            "gaussian_nll_loss: variances of rows go to columns",
            "return unsqueeze(var, -1)",
            "return unsqueeze(var, 0)[..., :1]",
        ),
    ],
    f"{FOLDER}/classification.py": [
        (
            "binary_cross_entropy: logarithms down to -50 only",
            "np.maximum(np.log1p(-input), -100)",
            "np.maximum(np.log1p(-input), -50)",
        ),
        (
            "binary_cross_entropy: yes and no exchanged",
            "(target - 1) * no - target * yes",
            "(target - 1) * yes - target * no",
        ),
        (
            "binary_cross_entropy: the weight is added",
            (
                "    return reduced_loss(loss if weight is None else loss * weight, reduction)\n"
                "\n"
                "\n"
                "def binary_cross_entropy_with_logits"
            ),
            (
                "    return reduced_loss(loss if weight is None else loss + weight, reduction)\n"
                "\n"
                "\n"
                "def binary_cross_entropy_with_logits"
            ),
        ),
        (
            "binary_cross_entropy_with_logits: pos_weight for all",
            "target * (pos_weight - 1) + 1",
            "pos_weight",
        ),
        (
            "binary_cross_entropy_with_logits: pos_weight for the negative part",
            "target * (pos_weight - 1) + 1",
            "(1 - target) * (pos_weight - 1) + 1",
        ),
        (
            "binary_cross_entropy_with_logits: the weight is ignored",
            "    loss = loss if weight is None else loss * weight\n    if raw(target)",
            "    if raw(target)",
        ),
        (
            "binary_cross_entropy_with_logits: the dtype of both",
            "        loss = to(loss, target.dtype)  # PyTorch's",
            "        pass  # PyTorch's",
        ),
        ("cross_entropy: ignored targets count in the mean", "factors[self.ignored] = 0", "pass"),
        (
            "cross_entropy: ignore_index is 0 unless given",
            (
                "    ignore_index: int = -100,\n"
                "    reduce: bool | None = None,\n"
                '    reduction: str = "mean",\n'
                "    label_smoothing"
            ),
            (
                "    ignore_index: int = 0,\n"
                "    reduce: bool | None = None,\n"
                '    reduction: str = "mean",\n'
                "    label_smoothing"
            ),
        ),
        (
            "cross_entropy: a negative ignore_index is a class from the end",
            "ignored = rows == ignore_index",
            "ignored = rows == ignore_index % classes",
        ),
        (
            "cross_entropy: the weighted mean divides by how many there are",
            "total = float(classes.total) or np.nan",
            "total = float(len(classes.rows)) or np.nan",
        ),
        ("cross_entropy: the weight is forgotten", "        loss *= factor\n", "        pass\n"),
        (
            "cross_entropy: smoothing spreads over C - 1 classes",
            "spread * (label_smoothing / count)",
            "spread * (label_smoothing / (count - 1))",
        ),
        (
            "cross_entropy: smoothing takes nothing from the right class",
            "return exact * (1 - label_smoothing) + spread",
            "return exact + spread",
        ),
        (
            "cross_entropy: smoothing ignores the weights",
            "logarithms if weight is None else logarithms * weight, 1)",
            "logarithms, 1)",
        ),
        (
            "cross_entropy: smoothing counts ignored targets",
            "spread = where(classes.ignored, 0.0, spread)",
            "pass",
        ),
        (
            "cross_entropy: smoothing is 0.1 unless given",
            'label_smoothing: float = 0.0,\n) -> Any:\n    """``-ln softmax',
            'label_smoothing: float = 0.1,\n) -> Any:\n    """``-ln softmax',
        ),
        (
            "cross_entropy: classes of images are read along the last axis",
            "movedim(input, 1, -1) if input.ndim > 2 else input",
            "input",
        ),
        (
            "cross_entropy of probabilities: smoothing by C - 1",
            "target * (1 - label_smoothing) + label_smoothing / count",
            "target * (1 - label_smoothing) + label_smoothing / (count - 1)",
        ),
        (
            "cross_entropy of probabilities: the mean divides by all elements",
            "math.prod(input.shape) // max(count, 1)",
            "math.prod(input.shape)",
        ),
        (
            "cross_entropy of probabilities: the mean divides by the batch",
            "math.prod(input.shape) // max(count, 1)",
            "input.shape[0]",
        ),
        (
            "cross_entropy of probabilities: the weight is ignored",
            "    if weight is not None:\n        terms",
            "    if False:\n        terms",
        ),
        ("nll_loss: the sign", "losses = -item_at(", "losses = item_at("),
        ("nll_loss: the weight is forgotten", "losses = losses * classes.factors", "pass"),
        (
            "nll_loss: the mean divides by all",
            "return divided(loss, self.total) if",
            "return divided(loss, len(self.rows)) if",
        ),
        (
            "kl_div: logarithms of targets are not undone",
            "exp(target) * (target - input)",
            "target * (target - input)",
        ),
        (
            "kl_div: targets are taken for logarithms",
            "log_target: bool = False",
            "log_target: bool = True",
        ),
        (
            "kl_div: batchmean divides by all",
            "divided(sum(loss), input.shape[0]",
            "divided(sum(loss), input.numel()",
        ),
        (
            "kl_div: input and target exchanged",
            "target * (log_or_zero(target) - input)",
            "target * (input - log_or_zero(target))",
        ),
    ],
    "autotensor/kernels/cross_entropy.py": [
        (
            "cross_entropy of many classes: the next row's score",
            "classes + np.arange(0, rows * count, count)",
            "(classes + np.arange(count, (rows + 1) * count, count)) % (rows * count)",
        ),
        (
            "cross_entropy: the gradient at the right class is positive",
            "[positions] -= share",
            "[positions] += share",
        ),
    ],
    f"{FOLDER}/margin.py": [
        (
            "hinge_embedding_loss: the margin is added to near pairs",
            "where(target != -1, input, 0.0)",
            "where(target != -1, input + margin, 0.0)",
        ),
        (
            "hinge_embedding_loss: far pairs are not bounded",
            "clamp(margin - input, 0.0)",
            "(margin - input)",
        ),
        (
            "hinge_embedding_loss: margin 0 unless given",
            "    target: Any,\n    margin: float = 1.0,\n    size",
            "    target: Any,\n    margin: float = 0.0,\n    size",
        ),
        (
            "soft_margin_loss: the sign",
            "-logsigmoid(target * input)",
            "-logsigmoid(-target * input)",
        ),
        (
            "multilabel_soft_margin_loss: the sum over classes",
            "reduced_loss(mean(loss, -1), reduction)",
            "reduced_loss(sum(loss, -1), reduction)",
        ),
        (
            "multilabel_soft_margin_loss: only right classes count",
            " + (1 - target) * logsigmoid(-input))",
            ")",
        ),
        (
            "margin_ranking_loss: the order of the inputs",
            "-target * (input1 - input2) + margin",
            "target * (input1 - input2) + margin",
        ),
        (
            "margin_ranking_loss: margin 1 unless given",
            (
                "    target: Any,\n"
                "    margin: float = 0.0,\n"
                "    size_average: bool | None = None,\n"
                "    reduce: bool | None = None,\n"
                '    reduction: str = "mean",\n'
                ") -> Any:\n"
                '    """``[margin - target'
            ),
            (
                "    target: Any,\n"
                "    margin: float = 1.0,\n"
                "    size_average: bool | None = None,\n"
                "    reduce: bool | None = None,\n"
                '    reduction: str = "mean",\n'
                ") -> Any:\n"
                '    """``[margin - target'
            ),
        ),
        (
            "multi_margin_loss: the right class counts too",
            "where(_all_but(right, row, scores.shape), short if p == 1",
            "where(scores == scores, short if p == 1",
        ),
        ("multi_margin_loss: p = 2 is p = 1", "short if p == 1 else short * short", "short"),
        (
            "multi_margin_loss: divides by C - 1",
            "loss = mean(short, 1)\n",
            "loss = sum(short, 1) / (classes - 1)\n",
        ),
        (
            "multi_margin_loss: the weight is ignored",
            "loss if weight is None else loss * item_at(weight, (right,))",
            "loss",
        ),
        (
            "multilabel_margin_loss: labels after -1 count",
            "np.logical_and.accumulate(listed >= 0, axis=1)",
            "listed >= 0",
        ),
        (
            "multilabel_margin_loss: right classes compete with each other",
            "counted[:, :, None] & others[:, None, :]",
            "counted[:, :, None]",
        ),
        (
            "multilabel_margin_loss: not divided by C",
            "sum(short, (1, 2)) / float(classes)",
            "sum(short, (1, 2))",
        ),
        (
            "cosine_embedding_loss: the margin's sign",
            "clamp(cosine - margin, 0.0)",
            "clamp(cosine + margin, 0.0)",
        ),
        (
            "cosine_embedding_loss: far pairs are not bounded",
            "clamp(cosine - margin, 0.0)",
            "(cosine - margin)",
        ),
        (
            "cosine_embedding_loss: 1 + cos",
            "where(target == 1, 1 - cosine, 0.0)",
            "where(target == 1, 1 + cosine, 0.0)",
        ),
        (
            "triplet_margin_loss: swap is on",
            "swap: bool = False,\n    size_average",
            "swap: bool = True,\n    size_average",
        ),
        (
            "triplet_margin_loss: swap takes the larger",
            "minimum(far, distance(positive, negative))",
            "(far + distance(positive, negative) - minimum(far, distance(positive, negative)))",
        ),
        (
            "triplet_margin_loss: swap compares anchor and positive",
            "minimum(far, distance(positive, negative))",
            "minimum(far, distance(anchor, positive))",
        ),
        (
            "triplet_margin_loss: swap measures the other way round",
            "distance(positive, negative))",
            "distance(negative, positive))",
        ),
        (
            "triplet_margin_loss: eps is 1e-8 unless given",
            "eps: float = 1e-6,\n    swap",
            "eps: float = 1e-8,\n    swap",
        ),
        ("triplet_margin_loss: p is 1 unless given", "p: float = 2.0", "p: float = 1.0"),
        (
            "triplet_margin_loss: near and far exchanged",
            "margin + near - far",
            "margin + far - near",
        ),
        (
            "triplet_margin_with_distance_loss: its function is not used",
            "distance_function or pairwise_distance",
            "pairwise_distance",
        ),
    ],
    f"{FOLDER}/ctc.py": [
        (
            "ctc_loss: repeated labels need no blank between",
            "rows[:, 1:] != rows[:, :-1]",
            "rows[:, 1:] >= 0",
        ),
        ("ctc_loss: no path skips a blank", "skips[:, 3::2]", "skips[:, :0]"),
        ("ctc_loss: must end in a blank", "(distance == 0) | (distance == 1)", "distance == 0"),
        (
            "ctc_loss: must begin with a blank",
            "    states[:, 0] = 0\n    found",
            "    states[:, :1] = -1\n    found",
        ),
        (
            "ctc_loss: all times are those of the longest sample",
            "at_end = item_at(before, (targets.times,",
            "at_end = item_at(before, (0 * targets.times - 1,",
        ),
        (
            "ctc_loss: the mean does not divide by the lengths",
            "losses / np.maximum(lengths, 1)",
            "losses / np.minimum(lengths, 1)",
        ),
        (
            "ctc_loss: the mean divides by the lengths in time",
            "losses / np.maximum(lengths, 1)",
            "losses / np.maximum(times, 1)",
        ),
        (
            "ctc_loss: the mean of an empty target divides by 0",
            "np.maximum(lengths, 1)",
            "np.maximum(lengths, 2)",
        ),
        (
            "ctc_loss: blank is always 0",
            "2 * longest + 1), blank, np.int64)",
            "2 * longest + 1), 0, np.int64)",
        ),
        (
            "ctc_loss: targets one after another all begin at the first",
            "labels = given[: lengths.sum()]",
            "labels = given[-int(lengths.sum()) or len(given) :][::-1]",
        ),
    ],
    "nn/layers/adaptive.py": [
        (
            "AdaptiveLogSoftmaxWithLoss: clusters narrow as the first",
            "div_value ** (cluster + 1)",
            "div_value",
        ),
        (
            "AdaptiveLogSoftmaxWithLoss: div_value 2 unless given",
            "div_value: float = 4.0",
            "div_value: float = 2.0",
        ),
        (
            "AdaptiveLogSoftmaxWithLoss: the clusters' chance is forgotten",
            "parts.append(found[rows] + self._picked",
            "parts.append(self._picked",
        ),
        (
            "AdaptiveLogSoftmaxWithLoss: the next cluster's chance",
            "self.shortlist_size + cluster - 1",
            "self.shortlist_size + cluster % self.n_clusters",
        ),
        (
            "AdaptiveLogSoftmaxWithLoss: outputs in the order of clusters",
            "at.cat(parts)[np.argsort(np.concatenate(order))]",
            "at.cat(parts)",
        ),
        ("AdaptiveLogSoftmaxWithLoss: the loss is a sum", "-output.mean()", "-output.sum()"),
        (
            "AdaptiveLogSoftmaxWithLoss: a cutoff belongs to the cluster before",
            'target, side="right")',
            'target, side="left")',
        ),
        (
            "AdaptiveLogSoftmaxWithLoss: predicts the first cluster for all",
            "at.argmax(self.log_prob(input[rest]), 1)",
            "self.shortlist_size",
        ),
        (
            "AdaptiveLogSoftmaxWithLoss: log_prob without the clusters' chance",
            " + head[:, column : column + 1])",
            ")",
        ),
    ],
    "nn/losses.py": [
        (
            "SmoothL1Loss: beta is not passed on",
            'options=("beta",)',
            "options=()",
        ),
        (
            "HuberLoss: delta is not passed on",
            'options=("delta",)',
            "options=()",
        ),
        (
            "PoissonNLLLoss: full is not passed on",
            'options=("log_input", "full", "eps")',
            'options=("log_input", "eps")',
        ),
        ("PoissonNLLLoss: eps is 1e-6 unless given", "eps: float = 1e-8", "eps: float = 1e-6"),
        (
            "GaussianNLLLoss: eps is not passed on",
            'options=("full", "eps")',
            'options=("full",)',
        ),
        (
            "CrossEntropyLoss: smoothing is not passed on",
            "            label_smoothing=self.label_smoothing,\n        )\n\n"
            "    def count(self, input: Tensor, target: Tensor) -> float:\n"
            '        """What the mean divides by: Σ weight over the classes of ``target`` '
            'that count."""\n        return',
            "        )\n\n"
            "    def count(self, input: Tensor, target: Tensor) -> float:\n"
            "        return",
        ),
        (
            "CrossEntropyLoss: the weight is not passed on",
            "target,\n            self.weight,\n            ignore_index=self.ignore_index",
            "target,\n            ignore_index=self.ignore_index",
        ),
        (
            "NLLLoss: ignore_index is not passed on",
            'options=("weight", "ignore_index")',
            'options=("weight",)',
        ),
        (
            "LinearCrossEntropyLoss: the bias is left out",
            "linear_bias=None if bias is None else bias.reshape(scores)",
            "linear_bias=None",
        ),
        (
            "BCEWithLogitsLoss: pos_weight is not passed on",
            'options=("weight", "pos_weight")',
            'options=("weight",)',
        ),
        (
            "KLDivLoss: log_target is not passed on",
            'options=("log_target",)',
            "options=()",
        ),
        (
            "CTCLoss: blank is not passed on",
            'options=("blank", "zero_infinity")',
            'options=("zero_infinity",)',
        ),
        (
            "HingeEmbeddingLoss: the margin is not passed on",
            'at.hinge_embedding_loss, options=("margin",)',
            "at.hinge_embedding_loss",
        ),
        ("pair losses: margin 1 unless given", "margin: float = 0.0", "margin: float = 1.0"),
        (
            "MultiMarginLoss: p is not passed on",
            'options=("p", "margin", "weight")',
            'options=("margin", "weight")',
        ),
        (
            "TripletMarginLoss: swap is not passed on",
            'options=("margin", "p", "eps", "swap")',
            'options=("margin", "p", "eps")',
        ),
        (
            "TripletMarginLoss: eps is 1e-8 unless given",
            "eps: float = 1e-6,\n        swap",
            "eps: float = 1e-8,\n        swap",
        ),
        (
            "TripletMarginWithDistanceLoss: another distance unless given",
            "distance_function or PairwiseDistance()",
            "distance_function or PairwiseDistance(1.0)",
        ),
        (
            "losses: the reduction is not passed on",
            "self._compute(*inputs, reduction=self.reduction, **options)",
            "self._compute(*inputs, **options)",
        ),
        (
            "losses with weights: the weight is not passed on",
            'class _WeightedLoss(_PlainLoss, options=("weight",))',
            "class _WeightedLoss(_PlainLoss)",
        ),
        (
            "pair losses: the margin is not passed on",
            'class _PairLoss(_Loss, options=("margin",))',
            "class _PairLoss(_Loss)",
        ),
    ],
}

# (what, file, before, after, the cases that must notice)
GRADIENT_FAULTS = [
    (
        "mse_loss: the gradient without its 2",
        f"{FOLDER}/regression.py",
        "input=lambda g, input, target, factor: (input - target) * (g * (2 * factor))",
        "input=lambda g, input, target, factor: (input - target) * (g * factor)",
        "mse_loss",
    ),
    (
        "binary_cross_entropy: the gradient's sign",
        f"{FOLDER}/classification.py",
        "g * (input - target) / clamp(",
        "g * (target - input) / clamp(",
        "binary_cross_entropy",
    ),
    (
        "binary_cross_entropy: the target's gradient is exchanged",
        f"{FOLDER}/classification.py",
        "_bounded_log(1 - input) - _bounded_log(input)",
        "_bounded_log(input) - _bounded_log(1 - input)",
        "binary_cross_entropy",
    ),
    (
        "cross_entropy: second derivatives without the one-hot target",
        f"{FOLDER}/classification.py",
        "(softmax(input, 1) - one_hot(probabilities, positions)) * share",
        "softmax(input, 1) * share",
        "cross_entropy",
    ),
    (
        "ctc_loss: the gradient's sign",
        f"{FOLDER}/ctc.py",
        "reshape(-g, (1, -1, 1))",
        "reshape(g, (1, -1, 1))",
        "ctc_loss",
    ),
    (
        "ctc_loss: what comes after is one step off",
        f"{FOLDER}/ctc.py",
        "_after(emitted, targets)[1:]",
        "_after(emitted, targets)[:-1]",
        "ctc_loss",
    ),
]

FAULTS = [
    Fault(what, file, before, after, VALUES)
    for file, rows in VALUE_FAULTS.items()
    for what, before, after in rows
] + [
    Fault(what, file, before, after, f"{GRADIENTS} {cases}")
    for what, file, before, after, cases in GRADIENT_FAULTS
]
