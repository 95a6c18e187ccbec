"""Transforms made of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autotensor import Tensor, from_numpy
from nn.arguments import need, refuse
from nn.data.transforms.base import Picture, chance, probability, rng


class _Several:
    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        for position, one in enumerate(transforms):
            need(type(self).__name__, f"transforms[{position}]", one, Callable, "callable")
        self.transforms = list(transforms)

    @property
    def takes_batches(self) -> bool:
        return all(getattr(one, "takes_batches", False) for one in self.transforms)

    def __repr__(self) -> str:
        lines = "".join(f"\n    {one!r}," for one in self.transforms)
        return f"{type(self).__name__}([{lines}\n])"


class Compose(_Several):
    """One transform after the other.

    Example:

        >>> from nn.data import transforms
        >>> augment = transforms.Compose(
        ...     [transforms.RandomCrop(28, padding=2), transforms.RandomHorizontalFlip()]
        ... )
        >>> augment(at.rand(8, 3, 28, 28)).shape
        torch.Size([8, 3, 28, 28])
    """

    def __call__(self, img: Any) -> Any:
        for one in self.transforms:
            img = one(img)
        return img


class Lambda:
    """Any function as a transform.

    Args:
        lambd: called on a picture.
        takes_batches: it may also be called on a batch ``(N, C, H, W)``.

    Example:

        >>> from nn.data import transforms
        >>> transforms.Lambda(lambda picture: picture * 2)(at.ones(1, 1, 2))
        tensor([[[2., 2.]]])
    """

    def __init__(self, lambd: Callable[[Any], Any], *, takes_batches: bool = False) -> None:
        need("Lambda", "lambd", lambd, Callable, "callable")
        self.lambd = lambd
        self.takes_batches = bool(takes_batches)

    def __call__(self, img: Any) -> Any:
        return self.lambd(img)

    def __repr__(self) -> str:
        return f"Lambda({getattr(self.lambd, '__name__', self.lambd)!s})"


class RandomApply(_Several):
    """All of the transforms, one after the other, with probability ``p``; else none.

    Raises:
        ValueError: ``p`` is no probability.

    Example:

        >>> from nn.data import transforms
        >>> sometimes = transforms.RandomApply([transforms.CenterCrop(2)], p=1.0)
        >>> sometimes(at.ones(1, 4, 4)).shape
        torch.Size([1, 2, 2])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        super().__init__(transforms)
        self.p = probability(p, "RandomApply")

    def __call__(self, img: Picture) -> Picture:
        return _applied(img, chance(self.p, _how_many(img)), Compose(self.transforms))


class RandomOrder(_Several):
    """All of the transforms, in random order: one for all pictures of a batch.

    Example:

        >>> from nn.data import transforms
        >>> both = transforms.RandomOrder([transforms.CenterCrop(2), transforms.Grayscale()])
        >>> both(at.ones(3, 4, 4)).shape
        torch.Size([1, 2, 2])
    """

    def __call__(self, img: Picture) -> Picture:
        for number in rng().permutation(len(self.transforms)).tolist():
            img = self.transforms[number](img)
        return img


class RandomChoice(_Several):
    """One of the transforms, drawn at random.

    Args:
        transforms: to choose from.
        p: how often each is to be taken; need not sum to 1. Where None, all equally often.

    Raises:
        ValueError: not as many numbers as transforms.

    Example:

        >>> from nn.data import transforms
        >>> crops = [transforms.CenterCrop(2), transforms.CenterCrop(3)]
        >>> one = transforms.RandomChoice(crops, p=[0, 1])  # always the second
        >>> one(at.ones(1, 4, 4)).shape
        torch.Size([1, 3, 3])
    """

    def __init__(
        self, transforms: Sequence[Callable[[Any], Any]], p: Sequence[float] | None = None
    ) -> None:
        super().__init__(transforms)
        p = [1.0] * len(self.transforms) if p is None else p
        count = len(self.transforms)
        wrong = len(p) != count or not p or min(p) < 0 or sum(p) <= 0
        message = f"p must be {count} weights, one for each transform, got {list(p)}"
        refuse("RandomChoice", wrong, message)
        self.p = [one / sum(p) for one in p]

    def __call__(self, img: Picture) -> Picture:
        choices = rng().choice(len(self.transforms), _how_many(img), p=self.p)
        for number, transform in enumerate(self.transforms):
            chosen = choices == number
            if chosen.all():
                return transform(img)
            img = _applied(img, chosen, transform)
        return img


def _how_many(img: Any) -> int:
    return int(np.prod(img.shape[:-3])) if isinstance(img, Tensor) else 1


def _applied(img: Any, chosen: np.ndarray, transform: Callable[[Any], Any]) -> Any:
    """The pictures, those chosen changed by the transform."""
    if not chosen.any():
        return img
    if chosen.all():
        return transform(img)
    pictures = img.array.reshape(-1, *img.shape[-3:])
    changed = transform(from_numpy(pictures[chosen])).array
    if changed.shape[1:] != pictures.shape[1:] or changed.dtype != pictures.dtype:
        raise ValueError(
            f"{transform!r} changes pictures {pictures.shape[1:]} of {pictures.dtype} to "
            f"{changed.shape[1:]} of {changed.dtype}: that cannot be done to some of a batch only"
        )
    out = pictures.copy()
    out[chosen] = changed
    return from_numpy(out.reshape(img.shape))
