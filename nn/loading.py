"""Loading a state dict: found out as a whole before anything is changed."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

import autotensor as at
from autotensor import Parameter, Tensor
from autotensor.extend import type_name
from nn.parameter import is_lazy

#: The name, among what is known of a module's state, of ``load_state_dict``'s argument ``assign``.
ASSIGN = "assign_to_params_buffers"


#: Names that a message lists, and characters of each: a hostile dict may have a million.
MOST, LONGEST = 1000, 1000


class IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What ``load_state_dict`` did not find on one side or the other."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_{super().__repr__()}"  # the name it has in PyTorch, and in the logs of scripts


class Given(OrderedDict[str, Any]):
    """A copy of the state dict to load, with what is to be done once all modules have read it."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self._metadata = getattr(given, "_metadata", {})
        self.steps: list[Callable[[], object]] = []

    def under(self, prefix: str) -> Given:
        """Only what is under ``prefix``, as the module there sees it; what is to be done is one
        list."""
        part = Given({key: value for key, value in self.items() if key.startswith(prefix)})
        part._metadata, part.steps = self._metadata, self.steps
        return part


class Loading:
    """What ``load_state_dict`` is going to do, found out before it does anything."""

    def __init__(self, given: Mapping[str, Any], strict: bool, assign: bool, name: str) -> None:
        if strange := [key for key in given if not isinstance(key, str)]:
            kind = type(strange[0]).__name__
            raise TypeError(
                f"load_state_dict: the keys of a state dict are names, str, but one is "
                f"{repr(strange[0])[:100]} ({kind})"
            )
        self.state = Given(given)
        self.strict = strict
        self.assign = assign
        self.name = name
        self.keys = IncompatibleKeys([], [])
        self.problems: list[str] = []

    def about(self, prefix: str) -> dict[str, Any]:
        """What is known of the state of one module, besides its values."""
        known = dict(self.state._metadata.get(prefix[:-1], {}))
        return {**known, ASSIGN: True} if self.assign else known

    def _hints(self) -> list[str]:
        """Where the missing names may be: in a dict within, or behind a common prefix."""
        missing = self.keys.missing_keys
        for key, value in self.state.items():
            if isinstance(value, Mapping) and missing[0] in value:
                return [f"They are in state_dict[{key!r}]: load that."]
        prefix = next((key for key in self.state if key.endswith(f".{missing[0]}")), "")
        prefix = prefix.removesuffix(missing[0])
        if prefix and all(prefix + key in self.state for key in missing):
            return [
                f"They are there behind {prefix!r}: load "
                f"{{key.removeprefix({prefix!r}): value for key, value in state_dict.items()}}."
            ]
        return []

    def raise_problems(self, with_keys: bool) -> None:
        problems = []
        if self.strict and (with_keys or self.problems):
            for kind, keys in zip(("Missing", "Unexpected"), self.keys, strict=True):
                if keys:
                    names = ", ".join(f'"{key[:LONGEST]}"' for key in keys[:MOST])
                    if len(keys) > MOST:
                        names += f" and {len(keys) - MOST} more"
                    problems.append(f"{kind} key(s) in state_dict: {names}. ")
        problems += self.problems
        if problems and self.keys.missing_keys:
            problems += self._hints()
        if problems:
            raise RuntimeError(
                f"Error(s) in loading state_dict for {self.name}:\n\t" + "\n\t".join(problems)
            )


WIDENED = ("bfloat16", "float8_e4m3fn", "float8_e5m2")
"""Dtypes of others that NumPy lacks, and whose every number is one of float32."""


def tensor_of(value: Any) -> Tensor | None:
    """A Tensor with the numbers of ``value``: of a Tensor, an ndarray, or what another library has
    of the kind, such as a Tensor or Parameter of PyTorch's; of anything else None.

    It is on the memory of ``value`` where it can be.

    Raises:
        TypeError: numbers that are not there, or that no Tensor can have.
    """
    if isinstance(value, Tensor):
        return value
    kind = type_name(value)
    if all(hasattr(value, name) for name in ("detach", "cpu", "numpy", "dtype")):
        array = _array_of_torch(value, kind)
    elif isinstance(value, np.ma.MaskedArray):
        raise TypeError("it is a masked array; fill it first, with filled()")
    elif all(hasattr(value, name) for name in ("__array__", "dtype", "shape")):
        array = np.asarray(value)
    else:
        return None
    dtype = array.dtype
    if dtype.name in WIDENED:  # of the package ml_dtypes
        array = array.astype(np.float32)
    elif dtype.kind == "u" and dtype.itemsize in (2, 4):
        array = array.astype(f"i{2 * dtype.itemsize}")
    elif dtype.kind not in "biuf" or dtype.itemsize > 8 or dtype.name == "uint64":
        raise TypeError(f"{kind} of dtype {dtype}, which no Tensor has; convert it first")
    return at.as_tensor(array)


def _array_of_torch(value: Any, kind: str) -> np.ndarray:
    """The numbers of a Tensor of PyTorch's, which need not be asked for to be here."""
    place = str(getattr(value, "device", "cpu"))
    if place == "meta":
        raise TypeError(f"{kind} on the device 'meta' has no numbers")
    value = value.detach().cpu()
    if hasattr(value, "resolve_neg"):
        value = value.resolve_neg()
    if str(value.dtype).rpartition(".")[2] in WIDENED:
        value = value.float()
    try:
        return np.asarray(value.numpy())
    except (TypeError, RuntimeError) as error:  # sparse, quantized
        raise TypeError(f"{kind} that gives no array ({error}); convert it first") from None


def plan_value(
    module: Any,
    name: str,
    value: Any,
    key: str,
    given: Any,
    assign: bool,
    problems: list[str],
) -> list[Callable[[], object]]:
    """What is to be done to load ``given`` into ``module.<name>``, which is ``value`` now: one step
    or none; what forbids it goes to ``problems``."""
    try:
        found = tensor_of(given)
    except TypeError as error:
        problems.append(f'While copying the parameter named "{key}": {error}.')
        return []
    if found is None:
        problems.append(
            f'While copying the parameter named "{key}", expected a Tensor from checkpoint '
            f"but received {type(given).__name__}."
        )
        return []
    given = found
    if is_lazy(value):
        if is_lazy(given):
            return []
    elif given.shape == (1,) and value.ndim == 0:
        given = given.reshape(())  # a number as PyTorch saved it before it had 0-d Tensors
    elif given.shape != value.shape:
        problems.append(
            f"size mismatch for {key}: copying a param with shape {given.shape} from "
            f"checkpoint, the shape in current model is {value.shape}."
        )
        return []
    if not assign:
        if not is_lazy(value) and not value.array.flags.writeable:  # a map of a file, for instance
            problems.append(f"{key} lies on read-only memory; load with assign=True.")
            return []
        return [partial(_copy_into, value, given)]
    if value.requires_grad and not given.is_floating_point():
        problems.append(f"{key} requires grad, which a Tensor of dtype {given.dtype} cannot.")
        return []
    return [partial(_adopt, module, name, given)]


def _copy_into(value: Any, given: Tensor) -> None:
    if is_lazy(value):
        value.materialize(given.shape)
    value.array[...] = given.array
    value.mark_written()


def _adopt(module: Any, name: str, given: Tensor) -> None:
    """Puts ``given`` itself in its place: as a Parameter where there was one."""
    before = module.__dict__[name]
    if isinstance(before, Parameter) and not isinstance(given, Parameter):
        given = Parameter(given, requires_grad=before.requires_grad)
    module.__dict__[name] = given.requires_grad_(before.requires_grad)
