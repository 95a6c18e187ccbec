"""Functions of Tensors without Modules: attention, reductions, indexing, linear algebra."""

from __future__ import annotations

import math

import autotensor as torch
import autotensor.nn.functional as F
from autotensor import Tensor


def attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, float("-inf"))
    return F.dropout(scores.softmax(dim=-1), p=0.1, training=False) @ v


def normalized(x: Tensor, dim: int = -1, eps: float = 1e-5) -> Tensor:
    mean, var = x.mean(dim, keepdim=True), x.var(dim, unbiased=False, keepdim=True)
    return (x - mean) * torch.rsqrt(var + eps)


def picked(x: Tensor) -> Tensor:
    values, indices = torch.topk(x, k=2, dim=-1)
    ordered = x.sort(dim=-1, descending=True)
    assert torch.equal(ordered.values[..., :2], values)
    rows = torch.arange(x.size(0)).unsqueeze(1)
    same = x[rows, indices]
    best = x.max(dim=-1)[0] + x.amax(dim=(0, 1)) + x.max()
    y = x.clone()
    y[0, 1:] = 0
    y[y < 0] = 0.0
    y[:, None].squeeze_(1)
    return torch.where(same > 0, same, torch.zeros_like(same)).sum(-1) + best + y.sum()


def solved(a: Tensor, b: Tensor) -> Tensor:
    q, r = torch.linalg.qr(a)
    x = torch.linalg.solve_triangular(r, q.mT @ b, upper=True)
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    again = u @ torch.diag(s) @ vh
    sign, logabsdet = torch.slogdet(a)
    assert torch.allclose(again, a, atol=1e-4)
    assert sign != 0
    return x + 0 * logabsdet


def convolved(image: Tensor) -> Tensor:
    kernel = torch.tensor([[1.0, 0.0, -1.0]] * 3).view(1, 1, 3, 3)
    edges = F.conv2d(F.pad(image, (1, 1, 1, 1), mode="reflect"), kernel)
    pooled, places = F.max_pool2d(edges, 2, return_indices=True)
    back = F.max_unpool2d(pooled, places, kernel_size=2)
    bigger = F.interpolate(back, scale_factor=2, mode="bilinear", align_corners=False)
    columns = F.unfold(bigger, kernel_size=(2, 2), stride=2)
    return torch.einsum("bcl,bcl->bl", columns, columns)


def main() -> float:
    torch.manual_seed(0)
    q = torch.randn(2, 3, 4)
    out = attention(q, q, q, torch.tril(torch.ones(3, 3)))
    assert out.shape == (2, 3, 4)
    total = normalized(out).abs().sum() + picked(torch.randn(3, 4)).mean()
    total += solved(torch.eye(3) + 0.1 * torch.rand(3, 3), torch.ones(3, 1)).norm()
    total += convolved(torch.rand(1, 1, 6, 6)).std()
    numbers = total.detach().numpy()
    pieces = torch.cat([torch.zeros(2), torch.ones((3,)), torch.full((2,), 0.5)])
    counts = torch.unique(pieces, return_counts=True)[1]
    a, b = pieces.split([3, 4])
    left, right = torch.meshgrid(a, b, indexing="ij")
    print(counts.tolist(), (left + right).shape, float(numbers))
    return total.item()


if __name__ == "__main__":
    print(main())
