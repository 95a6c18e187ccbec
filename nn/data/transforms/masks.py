"""Masks of segmentations: the numbers of classes in them, and changes together with a picture."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autotensor import Tensor, from_numpy
from nn.arguments import need, refuse, whole
from nn.data.transforms.base import OneByOne, Shown, Transform, chance, need_picture, rng
from nn.data.transforms.combining import Compose, RandomApply, RandomChoice, RandomOrder
from nn.data.transforms.geometry import RandomResizedCrop, Resize
from nn.data.transforms.pillow import from_pil, is_pil, size_of
from nn.data.transforms.warping import InterpolationMode


class ClassNumbers(OneByOne):
    """The mask of a segmentation as numbers of classes, int64 ``(H, W)``, as
    ``nn.functional.cross_entropy`` takes them.

    A palette stands for its places, not for its colours; what is black and white (mode ``1``) gives
    0 and 1; every other picture of one channel its values. Tensors ``(..., 1, H, W)`` and ndarrays
    ``(H, W)`` are taken as well.

    Args:
        num_classes: refuse numbers from here on; they are not looked at where None.
        ignore_index: a number that stands for no class, and so is never refused: pixels at the
            edges of things, in many data sets 255.
        colours: for masks in colours: that of each class, ``(red, green, blue)``; the
            ``ignore_index`` may have one as well, as in ``{255: (224, 224, 192), 0: (0, 0, 0)}``.

    Raises:
        TypeError: not a mask, or one of floating-point numbers.
        ValueError: a mask of several channels without ``colours``, or a number or a colour that
            stands for no class.

    Example:

        >>> from nn.data import transforms
        >>> mask = at.tensor([[[0, 2, 255]]], dtype=at.uint8)
        >>> transforms.ClassNumbers(num_classes=3)(mask)
        tensor([[  0,   2, 255]])
    """

    def __init__(
        self,
        num_classes: int | None = None,
        ignore_index: int | None = 255,
        colours: Mapping[int, Sequence[int]] | Sequence[Sequence[int]] | None = None,
    ) -> None:
        if num_classes is not None:
            whole("ClassNumbers", "num_classes", num_classes)
        self.num_classes = num_classes
        self.ignore_index = ignore_index
        pairs = colours.items() if isinstance(colours, Mapping) else enumerate(colours or ())
        self.colours = {number: tuple(map(int, colour)) for number, colour in pairs}
        message = f"a colour has three numbers from 0 to 255, got {colours!r}"
        for colour in self.colours.values():
            wrong = len(colour) != 3 or not all(0 <= one <= 255 for one in colour)
            refuse("ClassNumbers", wrong, message)

    def __call__(self, mask: Any) -> Tensor:
        if is_pil(mask):
            # A palette is looked at where colours are asked for.
            array = from_pil(mask.convert("RGB") if self.colours else mask)
        elif isinstance(mask, (Tensor, np.ndarray)):
            array = mask.array if isinstance(mask, Tensor) else mask
            array = array[None] if array.ndim == 2 else array
        else:
            raise TypeError(
                f"ClassNumbers: expected a PIL Image, a Tensor or an ndarray, got "
                f"{type(mask).__name__}"
            )
        if array.dtype.kind not in "biu":
            raise TypeError(f"ClassNumbers: classes are whole numbers, got a mask of {array.dtype}")
        message = f"expected a mask (…, C, H, W) or (H, W), got the shape {array.shape}"
        refuse("ClassNumbers", array.ndim < 3, message)
        numbers = self._of_colours(array) if self.colours else self._plain(array)
        self._check(numbers)
        return from_numpy(numbers)

    def _plain(self, array: np.ndarray) -> np.ndarray:
        if array.shape[-3] != 1:
            raise ValueError(
                f"ClassNumbers: expected a mask of one channel, got {array.shape[-3]}; colours= "
                "says which colour stands for which class"
            )
        return np.ascontiguousarray(array[..., 0, :, :]).astype(np.int64)

    def _of_colours(self, array: np.ndarray) -> np.ndarray:
        message = f"colours need a mask of three channels, got {array.shape[-3]}"
        refuse("ClassNumbers", array.shape[-3] != 3, message)
        red, green, blue = np.moveaxis(array.astype(np.int64), -3, 0)
        codes = (red << 16) + (green << 8) + blue
        known = {(r << 16) + (g << 8) + b: n for n, (r, g, b) in self.colours.items()}
        found, places = np.unique(codes, return_inverse=True)
        for code in found.tolist():
            colour = code >> 16, code >> 8 & 255, code & 255
            refuse("ClassNumbers", code not in known, f"the colour {colour} stands for no class")
        numbers = np.array([known[code] for code in found.tolist()], np.int64)
        return numbers[places].reshape(codes.shape)

    def _check(self, numbers: np.ndarray) -> None:
        if self.num_classes is None or not numbers.size:
            return
        wrong = (numbers < 0) | (numbers >= self.num_classes)
        if self.ignore_index is not None:
            wrong &= numbers != self.ignore_index
        if wrong.any():
            raise ValueError(
                f"ClassNumbers: a mask has the number {numbers[wrong][0]}, but there are "
                f"{self.num_classes} classes, and ignore_index is {self.ignore_index}"
            )


class WithMask(Shown):
    """A picture and its mask, changed together: called with both, gives both.

    What moves pixels moves those of the mask in the same way, by the nearest pixel, so that no
    class appears between two others. What changes colours, dtypes or kinds leaves the mask alone,
    and so does every function that is no transform of ``nn.data.transforms``::

        both = WithMask(Compose([RandomResizedCrop(128), RandomHorizontalFlip(), ColorJitter(0.2),
                                 ToTensor()]), mask_transform=ClassNumbers(21))
        picture, classes = both(Image.open("cat.jpg"), Image.open("cat.png"))

    ``RandomApply``, ``RandomChoice`` and ``RandomOrder`` choose once for the picture and its mask;
    they need a single picture.

    Args:
        transform: one transform, a ``Compose``, or a list of them.
        mask_fill: the class of what was not in the picture.
        mask_transform: called on the mask at the end.

    Raises:
        ValueError: the mask has another height or width than the picture.

    Example:

        >>> from nn.data import transforms
        >>> flip, colour = transforms.RandomHorizontalFlip(p=1.0), transforms.ColorJitter(0.5)
        >>> both = transforms.WithMask([flip, colour])
        >>> picture, mask = both(at.rand(3, 1, 3), at.tensor([[[0, 1, 2]]]))
        >>> mask.tolist()  # moved as the picture was
        [[[2, 1, 0]]]
    """

    takes_batches = False

    def __init__(
        self,
        transform: Callable[[Any], Any] | Sequence[Callable[[Any], Any]],
        mask_fill: int = 0,
        mask_transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.transform = Compose(transform) if isinstance(transform, (list, tuple)) else transform
        need("WithMask", "transform", self.transform, Callable, "callable")
        self.mask_fill = mask_fill
        self.mask_transform = mask_transform

    def __call__(self, img: Any, mask: Any) -> tuple[Any, Any]:
        flat = isinstance(mask, Tensor) and mask.ndim == 2
        for one in (img, mask.unsqueeze(0) if flat else mask):
            need_picture("WithMask", one)
        mask = mask.unsqueeze(0) if flat else mask
        sizes = size_of(img), size_of(mask)
        message = f"the mask is {sizes[1][0]} × {sizes[1][1]}, its picture {sizes[0][0]} × "
        refuse("WithMask", sizes[0] != sizes[1], message + f"{sizes[0][1]}")
        img, mask = self._both(self.transform, img, mask)
        mask = mask.squeeze(0) if flat else mask
        return img, mask if self.mask_transform is None else self.mask_transform(mask)

    def _both(self, transform: Any, img: Any, mask: Any) -> tuple[Any, Any]:
        steps = self._steps(transform, img)
        if steps is not None:
            for one in steps:
                img, mask = self._both(one, img, mask)
            return img, mask
        if not isinstance(transform, Transform) or not transform.moves:
            return transform(img), mask
        # The same draws again for the mask.
        generator = rng().bit_generator
        before = generator.state
        img, after = transform(img), generator.state
        generator.state = before
        try:
            return img, self._for_masks(transform)(mask)
        finally:
            generator.state = after

    def _steps(self, transform: Any, img: Any) -> list[Any] | None:
        """What a transform made of others does this time, one after the other."""
        if isinstance(transform, Compose):
            return transform.transforms
        if not isinstance(transform, (RandomApply, RandomChoice, RandomOrder)):
            return None
        name = type(transform).__name__
        if isinstance(img, Tensor) and int(np.prod(img.shape[:-3])) != 1:
            raise ValueError(f"WithMask: {name} needs a single picture, got the shape {img.shape}")
        if isinstance(transform, RandomApply):
            return transform.transforms if chance(transform.p, 1).all() else []
        if isinstance(transform, RandomOrder):
            order = rng().permutation(len(transform.transforms)).tolist()
            return [transform.transforms[number] for number in order]
        return [transform.transforms[int(rng().choice(len(transform.p), p=transform.p))]]

    def _for_masks(self, transform: Transform) -> Transform:
        """The same, without mixing pixels."""
        twin = copy.copy(transform)
        way = InterpolationMode.NEAREST
        if isinstance(transform, (Resize, RandomResizedCrop)) and transform.interpolation != way:
            way = InterpolationMode.NEAREST_EXACT  # no half pixel away from what is mixed
        settings = {"interpolation": way, "fill": self.mask_fill}
        vars(twin).update({name: one for name, one in settings.items() if name in vars(twin)})
        return twin
