"""The switches of CUDA's libraries, which are not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from autotensor.importing import list_public

__all__ = [
    "cudnn_sdp_enabled", "enable_cudnn_sdp", "enable_flash_sdp", "enable_math_sdp",
    "enable_mem_efficient_sdp", "flash_sdp_enabled", "is_built", "is_flash_attention_available",
    "math_sdp_enabled", "matmul", "mem_efficient_sdp_enabled", "preferred_linalg_library",
    "sdp_kernel",
]  # fmt: skip

matmul = SimpleNamespace(
    allow_tf32=False,
    allow_fp16_reduced_precision_reduction=True,
    allow_bf16_reduced_precision_reduction=True,
    allow_fp16_accumulation=False,
    fp32_precision="none",
)
_sdp = {"cudnn": True, "flash": True, "math": True, "mem_efficient": True}


def _switch(kind: str) -> tuple[Callable[[bool], None], Callable[[], bool]]:
    def enable(enabled: bool) -> None:
        _sdp[kind] = bool(enabled)

    def is_enabled() -> bool:
        return _sdp[kind]

    enable.__name__ = enable.__qualname__ = f"enable_{kind}_sdp"
    is_enabled.__name__ = is_enabled.__qualname__ = f"{kind}_sdp_enabled"
    enable.__doc__ = f"""Sets a switch of attention's, which has one way of computing here.

    Example:

        >>> at.backends.cuda.enable_{kind}_sdp(False)
        >>> at.backends.cuda.{kind}_sdp_enabled()
        False
        >>> at.backends.cuda.enable_{kind}_sdp(True)
    """
    is_enabled.__doc__ = f"""The switch of that name.

    Example:

        >>> at.backends.cuda.{kind}_sdp_enabled()
        True
    """
    return enable, is_enabled


enable_cudnn_sdp, cudnn_sdp_enabled = _switch("cudnn")
enable_flash_sdp, flash_sdp_enabled = _switch("flash")
enable_math_sdp, math_sdp_enabled = _switch("math")
enable_mem_efficient_sdp, mem_efficient_sdp_enabled = _switch("mem_efficient")


@contextmanager
def sdp_kernel(
    enable_flash: bool = True,
    enable_math: bool = True,
    enable_mem_efficient: bool = True,
    enable_cudnn: bool = True,
) -> Iterator[dict[str, bool]]:
    """Within it the switches are these; attention has one way of computing here.

    Example:

        >>> with at.backends.cuda.sdp_kernel(enable_flash=False):
        ...     F.scaled_dot_product_attention(*(at.ones(1, 2, 4) for _ in range(3))).shape
        torch.Size([1, 2, 4])
    """
    before = dict(_sdp)
    _sdp.update(
        flash=enable_flash, math=enable_math, mem_efficient=enable_mem_efficient,
        cudnn=enable_cudnn,
    )  # fmt: skip
    try:
        yield {}
    finally:
        _sdp.update(before)


def is_built() -> bool:
    """False.

    Example:

        >>> at.backends.cuda.is_built()
        False
    """
    return False


def is_flash_attention_available() -> bool:
    """False.

    Example:

        >>> at.backends.cuda.is_flash_attention_available()
        False
    """
    return False


def preferred_linalg_library(backend: Any = None) -> None:
    """Accepts a name; NumPy's is used.

    Example:

        >>> at.backends.cuda.preferred_linalg_library("magma")
    """


list_public(__name__)
