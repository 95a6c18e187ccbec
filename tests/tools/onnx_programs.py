"""What a ``forward`` may do besides calling modules: ``EXPRESSIONS`` of inputs ``a``, ``b``, … each
with the shapes of these, and ``PROGRAMS`` of several lines."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import autotensor as at
import nn
import nn.functional as F

__all__ = ["EXPRESSIONS", "PROGRAMS", "REFUSED", "function_of", "inputs_of"]

WHOLE = {"i": 5, "j": 2}
"""Inputs of whole numbers below these; all others are floating point."""

NAMES = {"at": at, "nn": nn, "F": F, "math": math}

_SHAPES: dict[str, str] = {
    "2 3": """
        a + 1 | 1 - a | 2 * a - a / 4 | 1 / (a * a + 1) | a**2 | 2**a | -a | abs(a) | a % 0.7
        a // 0.3 | a.exp() | a.abs().log() | a.abs().sqrt() | a.sin() | a.cos() | a.tan()
        a.tanh() | a.sigmoid() | a.erf() | at.erfc(a) | a.floor() | a.ceil() | a.round()
        a.trunc() | a.frac() | a.sign() | a.reciprocal() | a.abs().rsqrt() | a.square()
        a.expm1() | a.abs().log1p() | a.abs().log2() | a.abs().log10() | a.exp2()
        a.tanh().asin() | a.tanh().acos() | a.atan() | a.asinh() | (1 + a.abs()).acosh()
        (a / 9).atanh() | a.sinh() | a.cosh() | at.logit(a.sigmoid()) | (a / 0).isinf()
        a.isnan() | a.isfinite() | at.nan_to_num(a / 0) | at.maximum(a, 2 * a)
        at.atan2(a, a + 1) | at.lerp(a, 2 * a, 0.3) | at.logaddexp(a, 2 * a) | at.hypot(a, a)
        a.clamp(-0.5, 0.5) | a.clamp(min=0) | a.clamp(max=a.mean()) | at.where(a > 0, a, -a)
        at.where(a > 0, 1.0, 0.0) | a.masked_fill(a < 0, 7.0) | (a > 0) & (a < 1) | ~(a > 0)
        (a > 0) ^ (a > 1) | at.logical_or(a, a > 1) | a == a | a != a | a >= 0 | a <= 0
        a.half() * 2 | a.double().exp() | (5 * a).long() | (5 * a).int() % 3 | a.sum()
        a.sum(1) | a.mean() | a.mean(1, keepdim=True) | a.prod(1) | a.max() | a.max(1)
        a.min(1) | a.amax(0) | a.argmax(-1) | a.argmin() | a.std(1) | a.var(1, unbiased=False)
        at.std_mean(a, 1) | a.norm(dim=1) | a.norm(1) | at.linalg.norm(a, dim=1)
        a.logsumexp(1) | (a > 0).any(1) | (a > 0).all() | (a > 0).sum(1)
        at.count_nonzero(a > 0, 1) | a.softmax(-1) | F.log_softmax(a, 0) | a.cumsum(1)
        a.cumprod(1) | F.normalize(a) | a @ a.T | at.outer(a[0], a[1])
        at.tensordot(a, a, ([1], [1])) | at.einsum("ij,kj->ik", a, a) | a.matmul(a[0]) | a[:, 0]
        a[:, -1] | a[:, 1:] | a[1:] | a[..., None] | a[:, ::2] | a[:, [0, 2]]
        a[:, at.tensor([0, 2])] | a[-1] | a[a > 0] | a[a[:, 0] > 0]
        a[at.arange(a.shape[0]), a.argmax(1)] | a[:, a.shape[1] - 1] | a[a.shape[0] - 1]
        at.cat([a, 2 * a], 1) | at.cat([a, a.long()]) | at.stack([a, 2 * a], 1)
        at.hstack([a, a]) | a.chunk(2, 1) | a.split(2, 1) | a.unbind(1) | a.view(-1)
        a.reshape(-1, 1) | a.view(a.size(0), -1) | a.reshape(a.shape[0] * 3) | a.flatten()
        a.unsqueeze(1) | a.unsqueeze(-1).squeeze(-1) | a.expand(4, -1, -1) | a.repeat(1, 2)
        a.repeat(2, 1) | a.repeat_interleave(2, 1) | a.tile((2, 2)) | a.flip(1) | a.flip(0, 1)
        a.roll(1, 1) | a.roll((1, -1), (0, 1)) | a.T | at.diag_embed(a) | a.tril() | a.topk(2)
        a.sort(1, descending=True) | a.argsort(1) | a.median(1) | a.kthvalue(2, 1)
        a.index_select(1, at.tensor([0, 2])) | at.take_along_dim(a, a.argsort(1), 1)
        at.take(a, at.tensor([0, 2])) | a.gather(1, at.zeros(a.shape[0], 2).long())
        at.masked_select(a, a > 0) | at.nonzero(a > 0)
        a.scatter(1, a.argmax(1, keepdim=True), 9.0) | at.bucketize(a, at.tensor([-0.5, 0.5]))
        F.pad(a, (1, 2)) | F.pad(a, (1, 0, 0, 2), value=3.0) | F.pad(a, (-1, 0))
        a + at.arange(a.shape[1]) | a + at.arange(a.shape[0])[:, None]
        a * at.linspace(0, 1, a.shape[1]) | at.zeros_like(a) + a | at.full_like(a, 3.0) * a
        a + at.ones(a.shape[0], 1) | at.eye(a.shape[0]) @ a
        at.cat([a, at.zeros(a.shape[0], 2)], 1) | a.new_zeros(a.shape[0], 3) + a
        at.full((a.shape[0], 3), 2.0) * a | a / a.shape[0] | a / math.sqrt(a.shape[0])
        a.sum() / a.numel() | a * a.shape[0] ** -0.5 | a.detach() * 2 | a.data.softmax(1)
        a.clone() | a | (a, a) | (a, [a + 1, {"b": a}]) | {"x": a.sum(), "y": a}
        at.sinc(a) | at.copysign(a, -a) | at.signbit(a)
        at.masked_scatter(a, a > 0, 2 * a.flatten())
        at.heaviside(a, at.tensor(0.5)) | a.isclose(a + 1e-9)
        a.scatter_reduce(1, at.zeros(a.shape[0], 3).long(), a, "amax")
        at.ones(3)
        a.type_as(at.ones(1, dtype=at.float64)) | a.to(at.float64) | a.sin_() | F.relu_(a * 1)
    """,
    "2 3 4": """
        a.permute(1, 0, 2) | a.transpose(1, 2).contiguous().view(a.shape[0], -1) | a.flatten(1)
        a.movedim(0, 1) | a.reshape(a.shape[0] * 3, 4) | a.reshape(-1, 4).reshape(a.shape)
        a.amax((1, 2)) | a.mean((0, 2)) | a.mT | a[:, 1, 2]
        a[:, at.tensor([0, 2]), at.tensor([1, 3])] | a[:, None, 1:, ::2] | a[..., 0]
        a[at.tensor([0, 1]), :, 1] | a[:, :, at.tensor([[0, 1], [2, 3]])] | a.unfold(2, 2, 1)
        at.cdist(a, 2 * a) | a.rot90(1, (1, 2)) | a.swapaxes(0, 2)
    """,
    "2 3 3": """
        a.tril() | at.triu(a, 1) | a.diagonal(dim1=1, dim2=2) | at.bmm(a, a)
        at.baddbmm(a, a, a) | at.linalg.det(a) | at.einsum("bij,bjk->bik", a, a) | a @ a.mT
        a.matrix_power(3)
    """,
    "2 2 5 4": """
        F.scaled_dot_product_attention(a, a, a, is_causal=True)
        at.einsum("bhid,bhjd->bhij", a, a)
        F.scaled_dot_product_attention(a, a[:, :1], a[:, :1], enable_gqa=True)
        F.scaled_dot_product_attention(a, a, a, at.ones(5, 5).tril().bool())
        a.softmax(-1).argmax(-1)
    """,
    "2 3 8 8": """
        F.interpolate(a, scale_factor=0.5, mode="bilinear", antialias=True)
        F.interpolate(a, size=(3, 5), mode="area") | F.interpolate(a, size=(4, 11))
        F.interpolate(a, scale_factor=1.7, mode="bicubic", align_corners=False)
        F.avg_pool2d(a, 3, 2, 1, ceil_mode=True) | F.unfold(a, 3, padding=1)
        F.adaptive_avg_pool2d(a, (3, None))
    """,
    "2 4 4 2": "F.grid_sample(a.permute(0, 3, 1, 2), a.tanh(), align_corners=False)",
    "2 2 3": "F.affine_grid(a, (a.shape[0], 3, 4, 4), align_corners=False)",
    "2 1 4": "a.squeeze(1)",
}  # fmt: skip

_WHOLE_NUMBERS = """
        i / 2 | i // 2 | i % 3 | i * 1.5 | i + 1 | -i | i.float() / 2 | i.bool() | (i == 1)
        (i > 3) | i & 3 | F.one_hot(i, 5) | i.sum() | i.sum(1) | i.max(1)
        (i != 0).float().sum(1) | at.arange(5)[i] | i.float().mean() | i.cumsum(1)
        i.clamp(1, 3) | at.where(i > 2, i, 0) | at.tensor([3, 1, 4, 1, 5])[i]
        i.unsqueeze(-1).expand(-1, -1, 2) | at.zeros(i.shape[0], 5).scatter_add(1, i, i.float())
        (i.unsqueeze(1) == i.unsqueeze(2)) | i.prod(1)
    """  # fmt: skip

EXPRESSIONS: list[tuple[str, str]] = [
    (one.strip(), shape)
    for shape, text in _SHAPES.items()
    for line in text.strip().splitlines()
    for one in line.split(" | ")
] + [
    (one.strip(), "2 3")
    for line in _WHOLE_NUMBERS.strip().splitlines()
    for one in line.split(" | ")
]


def function_of(text: str) -> Callable[..., Any]:
    """``text`` as a function of the inputs that it names."""
    names = [name for name in "abij" if name in compile(text, "<text>", "eval").co_names]
    return eval(f"lambda {', '.join(names) or 'a'}: {text}", dict(NAMES))


def inputs_of(text: str, shape: str) -> list[Any]:
    """An example for each input that ``text`` names."""
    sizes = [int(one) for one in shape.split()]
    names = [name for name in "abij" if name in compile(text, "<text>", "eval").co_names] or ["a"]
    return [
        at.randint(0, WHOLE[name], sizes) if name in WHOLE else at.randn(*sizes) for name in names
    ]


def _writes(a: Any) -> Any:
    b = a * 1
    b += 1
    b[:, 0] = 0
    b[:, 1] = a[:, 2]
    b[b > 1] = 1
    b[1:, :2] *= 2
    return b


def _fills(a: Any) -> Any:
    out = at.zeros(a.shape[0], 4)
    out[:, :3] = a
    out[:, 3] = a.sum(1)
    return out.mul_(2).add_(a.sum())


def _many_loops(a: Any) -> Any:
    return sum(a[:, at] * at for at in range(a.shape[1]))


PROGRAMS: dict[str, Callable[..., Any]] = {
    "writes in place": _writes,
    "fills a Tensor part by part": _fills,
    "loops over a size that is fixed": _many_loops,
}
"""Functions of one input ``(2, 3)``."""

REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "a loop over the batch": (lambda a: sum(a[at] for at in range(a.shape[0])), "no loops"),
    "a branch": (lambda a: a if (a.sum() > 0) == (a[0, 0] > 0) else -a, "branches"),
    "a number out of a Tensor": (lambda a: a * a.sum().item(), "item()"),
    "NumPy in between": (lambda a: a + at.tensor(a.numpy() ** 2), "another in every run"),
    "random numbers": (lambda a: a * at.rand_like(a), "random"),
    "dropout in evaluation": (lambda a: F.dropout(a, 0.5), "dropout in the model draws random"),
    "an operator that ONNX has not": (lambda a: at.linalg.inv(a @ a.T) + 1, "inv in the model"),
    "a fixed batch": (lambda a: a.reshape(2, 3), "not with 3: reshape"),
    "a view that was overwritten": (lambda a: _stale(a * 1), "a write in place"),
}
"""Functions of one input ``(2, 3)``, and what the error says."""


def _stale(b: Any) -> Any:
    part = b[:, :2]
    part += 1
    return b
