"""Public operators as methods of Tensor, as their declarations say; and which in-place methods are
functions too."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from autotensor.doors import HOT, behind_door
from autotensor.engine.tensor import Tensor, method

__all__ = ["in_place_functions", "make_methods"]

_FUNCTIONS_TOO = (
    "abs_", "acos_", "acosh_", "addmv_", "arccos_", "arccosh_", "arcsin_", "arcsinh_", "arctan_",
    "arctanh_", "as_strided_", "asin_", "asinh_", "atan_", "atanh_", "ceil_", "clamp_",
    "clamp_max_", "clamp_min_", "clip_", "conj_physical_", "cos_", "cosh_", "deg2rad_", "detach_",
    "erf_", "erfc_", "exp2_", "exp_", "expm1_", "fill_", "fix_", "floor_", "frac_", "gcd_", "i0_",
    "index_put_", "lcm_", "ldexp_", "log10_", "log1p_", "log2_", "log_", "logit_", "nan_to_num_",
    "neg_", "negative_", "rad2deg_", "reciprocal_", "relu_", "resize_as_", "round_", "rsqrt_",
    "sigmoid_", "sin_", "sinc_", "sinh_", "sqrt_", "square_", "tan_", "tanh_", "trunc_", "xlogy_",
    "zero_",
)  # fmt: skip
"""Those that PyTorch has as functions: ``relu_(x)`` as well as ``x.relu_()``."""


def make_methods(*families: ModuleType) -> None:
    """Makes what ``families`` list in ``__all__`` methods of Tensor.

    All but what is declared ``@function_only``; with ``add_`` beside ``add`` where the declaration
    says ``in_place=True`` or ``@has_in_place``.  An alias (``multiply``) is declared where it is
    set, by being the same function.
    """
    for family in families:
        for name in family.__all__:
            compute = getattr(family, name)
            if not hasattr(compute, "function_only") and not hasattr(Tensor, name):
                method(compute, name)
            if hasattr(compute, "in_place_form"):
                within = compute if name + "_" in HOT else behind_door(compute)
                method(compute.in_place_form(within, name + "_"), name + "_")


def in_place_functions() -> dict[str, Any]:
    """The in-place methods that are functions too, by name.  The modules that say to be their home
    get them as well, for there pickle looks."""
    found = {name: getattr(Tensor, name) for name in _FUNCTIONS_TOO}
    for name, function in found.items():
        vars(sys.modules[function.__module__]).setdefault(name, function)
    return found
