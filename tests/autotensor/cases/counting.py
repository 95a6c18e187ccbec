"""What counts has no derivative; see ``test_counting.py``."""

#: Without a derivative, or as ``bincount`` without one in PyTorch.
NOT_DIFFERENTIABLE = {
    "bincount", "histc", "histogram", "histogramdd", "unique", "unique_consecutive",
}  # fmt: skip
