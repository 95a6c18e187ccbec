"""``torch.nn._reduction``: how losses were told to reduce before ``reduction=`` was there."""

from __future__ import annotations

import warnings

from autotensor.extend import read_reduction

__all__: list[str] = []


def get_enum(reduction: str) -> int:
    """The number by which PyTorch's kernels know it."""
    return ("none", "mean", "sum").index(read_reduction("get_enum", reduction))


def legacy_get_string(
    size_average: bool | None, reduce: bool | None, emit_warning: bool = True
) -> str:
    """``reduction`` as the two arguments that there were before say it."""
    with warnings.catch_warnings():
        if not emit_warning:
            warnings.simplefilter("ignore")
        return read_reduction("legacy_get_string", "mean", size_average, reduce)


def legacy_get_enum(
    size_average: bool | None, reduce: bool | None, emit_warning: bool = True
) -> int:
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
