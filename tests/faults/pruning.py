"""Faults of pruning."""

from __future__ import annotations

from tests.faults import Fault, faults_in

FAULTS: list[Fault] = [
    *faults_in(
        "nn/utils/prune.py",
        "tests/nn/test_prune.py",
        (
            "prune: the largest numbers go",
            "topk(self._importance(t).reshape(-1), count, largest=False)",
            "topk(self._importance(t).reshape(-1), count, largest=True)",
        ),
        (
            "prune: the slices of largest norm go",
            "topk(self._importance(t), count, largest=False)",
            "topk(self._importance(t), count, largest=True)",
        ),
        ("prune: a second time takes of all numbers", "return mask == 1", "return ..."),
        (
            "prune: only whole channels count as channels that are left",
            "(mask != 0).any(dim=others)",
            "(mask != 0).all(dim=others)",
        ),
        (
            "prune: nothing learns",
            "return mask.to(original.dtype) * original",
            "return mask.to(original.dtype) * original.detach()",
        ),
        ("prune: removed without its zeros", "original.data = weight\n", "del weight\n"),
        (
            "prune: a share is rounded down",
            "return round(amount * there)",
            "return int(amount * there)",
        ),
        (
            "prune: of several, what was pruned before comes back",
            'getattr(module, f"{name}_mask", ones_like(tensor))',
            "ones_like(tensor)",
        ),
    ),
]
