"""Settings: keywords that many functions share beside their own: ``out``, ``memory_format`` and
those that say how PyTorch is to store a Tensor, of which one answer each is right here.

Who takes one, and what it does, stands here and nowhere else; ``autotensor/keywords.py`` finds the
way here where a function is called with a keyword that it does not have.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autotensor.engine import dtypes
from autotensor.engine.in_place import assign, need_castable, need_writable
from autotensor.engine.modes import modes
from autotensor.engine.tensor import Tensor, method, wrap
from autotensor.keywords import in_other_words, names_of, setting

__all__ = [
    "channels_last", "channels_last_3d", "contiguous_format", "layout", "memory_format",
    "preserve_format", "strided",
]  # fmt: skip


# -- out -------------------------------------------------------------------------------------------

_WITH_OUT = (
    "autotensor.linalg",
    "autotensor.special",
    "autotensor.operators.linalg",
    "autotensor.operators.pointwise",
    "autotensor.operators.reductions",
)
"""The rooms whose functions take ``out``, unless they are among the following; elsewhere those take
it that are listed after them."""

_WITHOUT_OUT = frozenset({
    "allclose", "bincount", "cdist", "corrcoef", "count_nonzero", "cov",
    "cumulative_trapezoid", "det", "linalg.diagonal", "dist", "einsum", "equal", "gradient",
    "histogramdd", "index_fill", "index_put", "is_nonzero", "is_same_size", "is_tensor", "isclose",
    "isfinite", "isinf", "isnan", "isreal", "linear", "logdet", "lstsq", "lu", "masked_scatter",
    "matrix_exp", "pdist", "pinverse", "put", "relu", "rsub", "select_scatter", "std_mean",
    "trace", "trapezoid", "trapz", "unique", "unique_consecutive", "vander",
    "var_mean",
})  # fmt: skip
_ALSO_WITH_OUT = frozenset({
    "arange", "bernoulli", "cat", "column_stack", "concat", "concatenate", "conj_physical", "diag",
    "dstack", "empty", "eye", "full", "gather", "hardshrink", "hstack", "index_select", "linspace",
    "logspace", "masked_select", "multinomial", "narrow_copy", "nonzero", "normal", "normalize",
    "ones", "rand", "randint", "randn", "randperm", "range", "row_stack", "stack", "take",
    "take_along_dim", "threshold", "tril", "triu", "vstack", "where", "zeros",
})  # fmt: skip


_IN_ITS_OWN_DTYPE = frozenset({
    "abs", "absolute", "ceil", "fix", "float_power", "floor", "frac", "heaviside", "isneginf",
    "isposinf", "neg", "negative", "round", "sign", "signbit", "trunc",
})  # fmt: skip
"""Those that PyTorch writes only to an ``out`` of the result's dtype."""


def takes_out(function: Callable[..., Any]) -> bool:
    """Whether PyTorch's function of this name takes ``out``."""
    name, home = function.__name__, inspect.unwrap(function).__module__
    if name.endswith("_"):
        return False
    if home == "autotensor.linalg":
        name = f"linalg.{name}"  # where others of that name do not take it
    return name in _ALSO_WITH_OUT or (home.startswith(_WITH_OUT) and name not in _WITHOUT_OUT)


@setting("out", takes_out)
def write_out(function: Any, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``function`` gives, written into the memory of ``out``, which is returned: a Tensor, or
    several where there are several results.

    ``out`` gets the shape of the result, but for ``arange`` and its like, which only need as many
    elements; its dtype it keeps, and functions that take a ``dtype``
    compute in it.  Nothing is written unless all can be.

    Raises:
        TypeError: not as many Tensors as there are results.
        RuntimeError: a gradient is wanted of what this reads or writes; a dtype that cannot hold
            the result; memory that is read-only, or shared and of another shape.
    """
    if out is None:
        return in_other_words(function, args, kwargs)
    name = function.__name__
    outs = tuple(out) if isinstance(out, (tuple, list)) else (out,)
    for one in outs:
        if not isinstance(one, Tensor):
            raise TypeError(
                f"{name}: out must be a Tensor, or a tuple of them for several results, got "
                f"{type(one).__name__}"
            )
        if modes().grad_enabled and one.requires_grad:
            raise RuntimeError(_NO_GRADIENT.format(name, "out requires grad"))
    wants_grad = kwargs.pop("requires_grad", False)
    if "dtype" in names_of(function).all():
        wanted = kwargs.setdefault("dtype", outs[0].dtype)
        if wanted is None:
            kwargs["dtype"] = outs[0].dtype
        elif dtypes.canonical(wanted, name) != outs[0].array.dtype:
            raise RuntimeError(f"{name}: dtype {wanted} is not that of out, {outs[0].dtype}")
    result = in_other_words(function, args, kwargs)
    several = isinstance(result, tuple)
    results = [
        one if isinstance(one, Tensor) else wrap(np.asarray(one))
        for one in (result if several else (result,))
    ]
    if several != isinstance(out, (tuple, list)) or len(results) != len(outs):
        what = f"a tuple of {len(results)} Tensors" if several else "one Tensor"
        raise TypeError(f"{name}: out must be {what}, as the results are")
    if name in _IN_A_ROW and outs[0].numel() == results[0].numel():
        results[0] = results[0].reshape(outs[0].shape)
    _need_fit(name, outs, results)
    for one, value in zip(outs, results, strict=True):
        if one.shape != value.shape:
            one.resize_(value.shape)
        assign(one, value, name)
        if wants_grad:
            one.requires_grad_()
    if not several:
        return outs[0]
    return result._make(outs) if hasattr(result, "_make") else outs


_IN_A_ROW = {"arange", "linspace", "logspace", "range"}
"""What fills an ``out`` of any shape that has as many elements."""

_NO_GRADIENT = "{}: out= does not go with gradients, but {}; use no_grad(), or no out"


def _need_fit(name: str, outs: tuple[Tensor, ...], results: list[Tensor]) -> None:
    """Raises RuntimeError unless each of ``outs`` can take its result."""
    for one, value in zip(outs, results, strict=True):
        if value.requires_grad:
            raise RuntimeError(_NO_GRADIENT.format(name, "an argument requires grad"))
        need_castable(one, value, name)
        if name in _IN_ITS_OWN_DTYPE and one.array.dtype != value.array.dtype:
            raise RuntimeError(
                f"{name}: out must be of dtype {value.array.dtype}, as the result is, got "
                f"{one.array.dtype}"
            )
        need_writable(one, name)
        if one.shape == value.shape:
            continue
        if one.numel() and (one.view_of is not None or (one._storage and one._storage.shared)):
            raise RuntimeError(
                f"{name}: out of shape {one.shape} shares its memory and cannot get the shape "
                f"{value.shape} of the result"
            )
        if one.numel():
            warnings.warn(
                f"{name}: out has shape {one.shape} but the result {value.shape}, so out is "
                "resized; PyTorch will stop doing so unless out is empty",
                UserWarning,
                stacklevel=5,
            )


# -- how elements lie in memory --------------------------------------------------------------------


class memory_format:
    """In which order the elements of a Tensor lie in memory; there are the four below.

    Example:

        >>> x = at.zeros(2, 3, 4, 5).to(memory_format=at.channels_last)
        >>> x.is_contiguous(), x.is_contiguous(memory_format=at.channels_last)
        (False, True)
    """

    name = ""
    order: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"autotensor.{self.name}"

    def __reduce__(self) -> str:
        return self.name  # a copy, or what comes out of a pickle, is this very object


def _format(name: str, *order: int) -> memory_format:
    made = memory_format()
    made.name, made.order = name, order
    return made


contiguous_format = _format("contiguous_format")
preserve_format = _format("preserve_format")
channels_last = _format("channels_last", 0, 2, 3, 1)
channels_last_3d = _format("channels_last_3d", 0, 2, 3, 4, 1)


def _places_elements(function: Callable[..., Any]) -> bool:
    name = function.__name__
    return name in ("clone", "contiguous", "cpu", "empty", "to") or name.endswith("_like")


@setting("memory_format", _places_elements)
def in_format(function: Any, format: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``function`` gives, with its elements in memory in the order ``format``."""
    name = function.__name__
    if not isinstance(format, memory_format):
        raise TypeError(
            f"{name}: memory_format must be one such as channels_last, got {type(format).__name__}"
        )
    result = in_other_words(function, args, kwargs)
    if format is preserve_format:
        return result
    if not format.order and result.is_contiguous():
        return result
    order = _order_for(result, format, name) if format.order else tuple(range(result.ndim))
    wants_grad = result.requires_grad and result.is_leaf and name != "contiguous"
    moved = (result.detach() if wants_grad else result).permute(order).contiguous()
    back = moved.permute(tuple(sorted(range(len(order)), key=order.__getitem__)))
    return back.requires_grad_() if wants_grad else back


def _order_for(tensor: Tensor, format: memory_format, name: str) -> tuple[int, ...]:
    order = format.order
    if tensor.ndim != len(order):
        raise RuntimeError(
            f"{name}: {format!r} is for Tensors of {len(order)} dimensions, got shape "
            f"{tensor.shape}"
        )
    return order


@method
def is_contiguous(self: Tensor, memory_format: memory_format = contiguous_format) -> bool:
    """Whether the elements lie without gaps in row-major order, or that of ``memory_format``.

    Example:

        >>> x = at.zeros(2, 3)
        >>> x.is_contiguous(), x.T.is_contiguous()
        (True, False)
    """
    if not memory_format.order:
        return self.array.flags.c_contiguous
    order = memory_format.order
    return self.ndim == len(order) and self.array.transpose(order).flags.c_contiguous


# -- where PyTorch has a choice --------------------------------------------------------------------


class layout:
    """How a Tensor is stored.  There is the one: ``strided``.

    Example:

        >>> at.zeros(2).layout == at.strided
        True
    """

    def __repr__(self) -> str:
        return "autotensor.strided"

    def __reduce__(self) -> str:
        return "strided"


strided = layout()


def _makes_tensors(function: Callable[..., Any]) -> bool:
    """Whether a function says where what it makes is stored."""
    return "device" in names_of(function).all()


def _only(name: str, taken_by: Callable[[Any], bool], right: tuple[Any, ...], why: str) -> None:
    """Declares a setting whose only answers here are ``right``."""

    @setting(name, taken_by)
    def check(function: Any, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not any(value is one for one in right):
            raise RuntimeError(f"{function.__name__}: {name} is {value!r}, but {why}")
        return in_other_words(function, args, kwargs)


def _named(*names: str) -> Callable[[Any], bool]:
    return lambda function: function.__name__ in names


_only("layout", _makes_tensors, (None, strided), "there are strided Tensors only; delete it")
_only("pin_memory", _makes_tensors, (None, False), "no device needs pinned memory; delete it")
_only("sparse_grad", _named("gather"), (None, False), "no gradient is sparse; delete it")
_only("names", _named("full"), (None,), "dimensions have no names here; delete it")
