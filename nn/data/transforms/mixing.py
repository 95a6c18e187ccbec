"""Mixing the samples of a batch."""

from __future__ import annotations

import numpy as np

from autotensor import Generator, Tensor, from_numpy
from nn.arguments import refuse
from nn.data.seeding import sample_generator


def mixup(
    images: Tensor,
    targets: Tensor,
    alpha: float = 0.2,
    num_classes: int | None = None,
    *,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Every sample of a batch mixed with another, and its target likewise.

    ``λ x₁ + (1 - λ) x₂``, with one λ from the Beta(α, α) distribution for the batch, and the
    batch in random order for the others.  ``nn.functional.cross_entropy`` takes the shares of the
    classes that come out as targets::

        for images, labels in loader:
            images, shares = mixup(images, labels, num_classes=10)
            loss = F.cross_entropy(model(images), shares)

    Source: Zhang, Cisse, Dauphin, Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", 2018.

    Args:
        images: ``(N, *)``, floating-point.
        targets: classes ``(N,)``, of an integer dtype; or their shares ``(N, num_classes)``,
            floating-point.
        alpha: above 0. With 0.2 most λ are close to 0 or 1, with 1 all are equally likely.
        num_classes: how many classes there are; needed for integer targets.
        generator: draws; ``nn.data.sample_generator()`` where None.

    Returns:
        Images like those given, and the shares of the classes ``(N, num_classes)``, float32 for
        integer targets.

    Raises:
        ValueError: ``alpha`` is not above 0, or shapes that do not fit.

    Example:

        >>> from nn.data.transforms import mixup
        >>> images, shares = mixup(at.rand(4, 1, 8, 8), at.tensor([0, 1, 2, 1]), num_classes=3)
        >>> images.shape, shares.shape, shares.sum(dim=1).round(decimals=3)
        (torch.Size([4, 1, 8, 8]), torch.Size([4, 3]), tensor([1., 1., 1., 1.]))
    """
    if images.dtype.kind != "f":
        raise TypeError(f"mixup: images must be floating-point, got {images.dtype}")
    refuse("mixup", not alpha > 0, f"alpha must be positive, got {alpha}")
    if images.ndim < 1 or targets.shape[:1] != images.shape[:1]:
        raise ValueError(
            f"mixup: expected a target for every image, got images {images.shape} and targets "
            f"{targets.shape}"
        )
    if targets.dtype.kind == "f":
        shares = targets.array
    else:
        if num_classes is None or targets.ndim != 1:
            raise ValueError(
                "mixup: integer targets (N,) need num_classes, got targets "
                f"{targets.shape} and num_classes={num_classes}"
            )
        classes = targets.array
        if classes.size and not 0 <= classes.min() <= classes.max() < num_classes:
            raise ValueError(
                f"mixup: targets must be from 0 to {num_classes - 1}, got {classes.min()} to "
                f"{classes.max()}"
            )
        shares = np.eye(num_classes, dtype=np.float32)[classes]
    rng = (sample_generator() if generator is None else generator).rng
    share = rng.beta(alpha, alpha)
    others = rng.permutation(len(shares))

    def mixed(array: np.ndarray) -> Tensor:
        weight = array.dtype.type(share)
        return from_numpy(weight * array + (1 - weight) * array[others])

    return mixed(images.array), mixed(shares)
