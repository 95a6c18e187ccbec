"""PyTorch's own database of operators, as cases to try here.

PyTorch describes each of its operators for its own tests: sample inputs, and inputs to be refused.
They were written by others and for another library, so they try what one's own cases forget.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

import autotensor as at
import nn.functional as F
from autotensor.facts import SHOWN
from tests.autotensor.cases import Case


class OutOfScopeError(Exception):
    """A sample asks for what this library does not have: complex numbers, devices, layouts."""


class Slot:
    """Where a Tensor stood among the arguments of a sample."""

    def __init__(self, index: int) -> None:
        self.index = index


@cache
def descriptions() -> list[Any]:
    """PyTorch's descriptions of its operators (``OpInfo``)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own
        from torch.testing._internal.common_methods_invocations import op_db
    return list(op_db)


def short_name(described: Any) -> str:
    """The name under which this library would have the operator."""
    return str(described.name).removeprefix("nn.functional.")


#: Random, or not set at all: nothing to compare with.
RANDOM = {
    "alpha_dropout", "bernoulli", "dropout", "dropout2d", "dropout3d", "empty", "empty_like",
    "empty_strided", "feature_alpha_dropout", "fractional_max_pool2d", "fractional_max_pool3d",
    "multinomial", "new_empty", "normal", "pca_lowrank", "rand_like", "randint", "randint_like",
    "randn", "randn_like", "rrelu", "svd_lowrank",
}  # fmt: skip

#: PyTorch's samples of these are written for other arguments than the operator's own.
ADAPTED: dict[str, Callable[..., Any]] = {
    "einsum": lambda operands, equation: at.einsum(equation, *operands),
    "nn.functional.embedding": lambda weight, index, **k: F.embedding(index, weight, **k),
    "nn.functional.embedding_bag": lambda weight, index, **k: F.embedding_bag(index, weight, **k),
    "polygamma": lambda x, n, **k: at.polygamma(n, x, **k),
    "special.polygamma": lambda x, n, **k: at.special.polygamma(n, x, **k),
    "unfold": lambda x, *args, **k: x.unfold(*args, **k),
    "where": lambda x, condition, other: at.where(condition, x, other),
    "linalg.lstsq.grad_oriented": lambda a, b, driver: at.linalg.lstsq(a, b, driver=driver)[:2],
    "linalg.pinv.singular": lambda a, b: at.linalg.pinv(a @ b.mT),
}

#: Operators some of whose samples differ here, and why.
REASONS: dict[str, str] = {
    "addbmm": "PyTorch cuts a fractional beta or alpha off for integers; here it is refused",
    "addmv": "PyTorch cuts a fractional beta or alpha off for integers; here it is refused",
    "addr": "with alpha=0 PyTorch's addmm leaves a NaN of the product out, its addr does not",
    "argsort": "unstable: which of equal elements comes first is not defined",
    "as_strided_scatter": "PyTorch's gradient is 0 where the input is kept, not where it is not",
    "baddbmm": "PyTorch cuts a fractional beta or alpha off for integers; here it is refused",
    "batch_norm": "an input without channels, (0,), is refused",
    "cholesky_inverse": "PyTorch gives gradients to the triangle that is not read",
    "cholesky_solve": "PyTorch gives gradients to the triangle that is not read",
    "cov": "the sample's float32 weights are rounded differently",
    "ctc_loss": "PyTorch's gradient holds after log_softmax only; here it is the derivative",
    "kthvalue": "which of equal elements is named is not defined",
    "linalg.eig": "there are no complex Tensors",
    "linalg.eigvals": "there are no complex Tensors",
    "linalg.norm": "second derivatives at 0 are 0 where PyTorch gives NaN",
    "local_response_norm": "integers are refused",
    "matrix_exp": "PyTorch is off in float32: float64 agrees",
    "mode": "which of equal elements is named is not defined",
    "multi_head_attention_forward": "samples with dropout are random",
    "polygamma": "PyTorch is off in float32: float64 agrees",
    "sort": "unstable: which of equal elements comes first is not defined",
    "special.polygamma": "PyTorch is off in float32: float64 agrees",
    "topk": "which of equal elements is named is not defined",
}


def our_function(described: Any) -> Callable[..., Any] | None:
    """The function or method of this library by the name of the operator, if there is one."""
    name = described.name
    for known in (f"{name}.{described.variant_test_name}", name):
        if known in ADAPTED:
            return ADAPTED[known]
    if name.startswith("nn.functional."):
        return getattr(F, short_name(described), None)
    found: Any = at
    for part in name.split("."):
        found = getattr(found, part, None)
    if callable(found):
        return found
    method = getattr(at.Tensor, name, None)
    if method is None:
        return None
    if callable(method):
        return lambda self, *args, **settings: getattr(self, name)(*args, **settings)
    return lambda self: getattr(self, name)


def in_library(library: ModuleType, value: Any, tensors: tuple[Any, ...]) -> Any:
    """An argument of a sample, its Tensors and dtypes those of ``library``."""
    if isinstance(value, Slot):
        return tensors[value.index]
    if isinstance(value, (list, tuple)):
        return type(value)(in_library(library, one, tensors) for one in value)
    if isinstance(value, dict):
        return {key: in_library(library, one, tensors) for key, one in value.items()}
    if isinstance(value, Dtype):
        return getattr(library, value.name)
    return value


class Dtype:
    """A dtype by its name, which both libraries share."""

    def __init__(self, name: str) -> None:
        self.name = name
        if not hasattr(at, name):
            raise OutOfScopeError(name)


def as_case(torch: ModuleType, described: Any, sample: Any, number: int) -> Case:
    """A sample as a case of both libraries."""
    ours = our_function(described)
    arrays: list[np.ndarray] = []
    constants: list[np.ndarray] = []
    seen: dict[int, tuple[list[np.ndarray], int]] = {}

    def without_tensors(value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            if (
                value.layout != torch.strided
                or getattr(at, str(value.dtype)[6:], None) not in SHOWN
            ):
                raise OutOfScopeError(f"{value.layout} {value.dtype}")
            if id(value) not in seen:
                # Floating constants after the inputs to differentiate by, as ``compare`` has them.
                group = arrays if value.requires_grad else constants
                seen[id(value)] = (group, len(group))
                group.append(value.detach().numpy())
            group, index = seen[id(value)]
            return Slot(index if group is arrays else -1 - index)
        if isinstance(value, torch.Size):
            return tuple(value)
        if isinstance(value, torch.dtype):
            return Dtype(str(value)[6:])
        foreign = (complex, torch.device, torch.layout, torch.memory_format, torch.nn.Module)
        if isinstance(value, foreign):
            raise OutOfScopeError(str(value))
        if isinstance(value, (list, tuple)):
            return type(value)(without_tensors(one) for one in value)
        if isinstance(value, dict):
            return {key: without_tensors(one) for key, one in value.items()}
        return value

    if sample.kwargs.get("dropout_p"):
        raise OutOfScopeError("random")
    input, args, settings = (
        without_tensors(one) for one in (sample.input, sample.args, sample.kwargs)
    )

    def function(library: ModuleType, *tensors: Any) -> Any:
        # The constants come last, and are counted from where they begin.
        ordered = tensors[: len(arrays)] + tensors[len(arrays) :][::-1]
        call = ours if library is at else described
        out = call(  # type: ignore[misc]
            in_library(library, input, ordered),
            *in_library(library, args, ordered),
            **in_library(library, settings, ordered),
        )
        return sample.output_process_fn_grad(out)

    detail = f"database {described.variant_test_name or ''} {number}".replace("  ", " ")
    return Case(
        short_name(described),
        detail,
        function,
        tuple(arrays),
        second=described.supports_gradgrad,
        constants=tuple(constants),
    )


def samples(torch: ModuleType, described: Any, dtype: Any, limit: int) -> Iterator[Case]:
    """At most ``limit`` of the samples of an operator in a dtype, taken evenly from all."""
    if dtype not in described.dtypes:
        return
    torch.manual_seed(0)
    differentiable = described.supports_autograd and dtype == torch.float64
    everything = list(described.sample_inputs("cpu", dtype, requires_grad=differentiable))
    step = max(1, math.ceil(len(everything) / limit))
    for number, sample in list(enumerate(everything))[::step]:
        try:
            yield as_case(torch, described, sample, number)
        except OutOfScopeError:
            continue


def refused_samples(torch: ModuleType, described: Any) -> Iterator[Case]:
    """What PyTorch refuses of an operator."""
    if described.error_inputs_func is None:
        return
    for number, refused in enumerate(described.error_inputs("cpu")):
        try:
            yield as_case(torch, described, refused.sample_input, number)
        except OutOfScopeError:
            continue
