"""Modules of PyTorch's that stand elsewhere here, and names that are many."""

from __future__ import annotations

__all__ = ["FOREACH", "HOMES"]

HOMES: dict[str, str] = {
    "autotensor.distributed.optim": "nn.optim.sharded",
    "autotensor.distributed.optim.zero_redundancy_optimizer": "nn.optim.sharded",
    "autotensor.nn": "nn",
    "autotensor.onnx": "nn.onnx",
    "autotensor.optim": "nn.optim",
    "autotensor.utils.data": "nn.data",
    # PyTorch has a file for each optimizer.
    **{
        f"autotensor.optim.{name}": f"nn.optim.{home}"
        for home, names in {
            "adam": "adamax adamw nadam radam",
            "adaptive": "adadelta adagrad rmsprop rprop",
        }.items()
        for name in names.split()
    },
    "autotensor.distributed.elastic.multiprocessing": "autotensor.distributed.elastic",
    "autotensor.distributed.elastic.multiprocessing.errors": "autotensor.distributed.elastic",
    "einops.layers.autotensor": "nn.layers.einops",
    # Old scripts say where these were.
    "autotensor.autograd.anomaly_mode": "autotensor.seeing.anomalies",
    "autotensor.autograd.function": "autotensor.extend.function",
    "autotensor.autograd.grad_mode": "autotensor.engine.modes",
    "autotensor.autograd.gradcheck": "autotensor.extend.gradcheck",
    "autotensor.autograd.variable": "autotensor.autograd",
    "autotensor.utils.data._utils": "nn.data",
    "autotensor.utils.hooks": "autotensor.hooks",
}
"""By PyTorch's name, with this package's for ``torch``: where the module is, and what is in it."""

FOREACH: tuple[str, ...] = (
    "_foreach_clone",
    "_foreach_copy_",
    "_foreach_max",
    "_foreach_norm",
    "_foreach_zero_",
    *(
        f"_foreach_{name}{ending}"
        for name in (
            "abs", "acos", "add", "addcdiv", "addcmul", "asin", "atan", "ceil", "clamp_max",
            "clamp_min", "cos", "cosh", "div", "erf", "erfc", "exp", "expm1", "floor", "frac",
            "lerp", "lgamma", "log", "log10", "log1p", "log2", "maximum", "minimum", "mul", "neg",
            "pow", "reciprocal", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "sub",
            "tan", "tanh", "trunc",
        )
        for ending in ("", "_")
    ),
)  # fmt: skip
"""PyTorch's names of operators on lists of Tensors; what they are stands in ``foreach.py``."""
