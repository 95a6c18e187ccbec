"""NumPy's names of arguments, ``out``, and sizes by name."""

from __future__ import annotations

import autotensor as torch
from autotensor import Tensor


def standardized(x: Tensor) -> Tensor:
    return (x - x.mean(axis=0, keepdims=True)) / x.std(axis=0, keepdim=True)


def main() -> float:
    torch.manual_seed(0)
    x = torch.randn(size=(4, 6))
    total = torch.zeros(size=(4,))
    torch.sum(x, dim=1, out=total)
    pieces = torch.split(x, split_size=3, dim=1)
    both = torch.cat(pieces, axis=0)
    best = both.max(axis=1).values + both.softmax(axis=1).argmax(axis=1)
    first: int = x.shape[0]
    size: torch.Size = x.shape
    kind: torch.dtype = x.dtype
    assert size.numel() == x.numel()
    assert kind.is_floating_point
    print(first, torch.unsqueeze(best, axis=0).shape)
    return standardized(x).sum(axis=1).norm().item() + total.sum().item()


if __name__ == "__main__":
    print(main())
