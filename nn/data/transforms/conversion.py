"""Between Pillow's pictures, arrays and Tensors; between dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autotensor import Tensor, from_numpy, get_default_dtype
from nn.arguments import refuse
from nn.data.transforms.base import OneByOne, Shown, Transform, white
from nn.data.transforms.pillow import from_pil, is_pil, to_pil


class PILToTensor(OneByOne):
    """A PIL Image as a Tensor ``(C, H, W)``, with its numbers as they are: uint8 for most modes.

    A palette gives the places in it, mode ``1`` gives bool; 16 bits become int32.

    Raises:
        TypeError: no picture of Pillow's.

    Example:

        >>> from PIL import Image
        >>> from nn.data import transforms
        >>> transforms.PILToTensor()(Image.new("RGB", (2, 1), (255, 0, 7))).tolist()
        [[[255, 255]], [[0, 0]], [[7, 7]]]
    """

    def __call__(self, pic: Any) -> Tensor:
        if not is_pil(pic):
            raise TypeError(f"PILToTensor: expected a PIL Image, got {type(pic).__name__}")
        return from_numpy(_supported(pic))


class ToTensor(Shown):
    """A PIL Image, or an ndarray ``(H, W, C)`` or ``(H, W)``, as a Tensor ``(C, H, W)``.

    uint8 becomes the default dtype, from 0 to 1; everything else keeps its values. So it is with
    the places in a palette, whatever they mean: convert such pictures to RGB first. Mode ``1``
    gives 0 and 1.  A Tensor stays as it is, unlike in torchvision: the pictures of ``MNIST`` are
    Tensors from the start.

    Raises:
        TypeError, ValueError: no picture.

    Example:

        >>> from PIL import Image
        >>> from nn.data import transforms
        >>> transforms.ToTensor()(Image.new("RGB", (2, 1), (255, 0, 51)))
        tensor([[[1.0000, 1.0000]],
        <BLANKLINE>
                [[0.0000, 0.0000]],
        <BLANKLINE>
                [[0.2000, 0.2000]]])
        >>> transforms.ToTensor()(np.zeros((28, 28, 3), np.uint8)).shape
        torch.Size([3, 28, 28])
    """

    takes_batches = True

    def __call__(self, pic: Any) -> Tensor:
        if isinstance(pic, Tensor):
            return pic
        if is_pil(pic):
            array = _supported(pic)
            if array.dtype == np.bool_:
                array = array.astype(np.uint8) * np.uint8(255)
        elif isinstance(pic, np.ndarray) and pic.ndim in (2, 3):
            array = np.array(pic[None] if pic.ndim == 2 else pic.transpose(2, 0, 1), order="C")
        else:
            shape = f" of shape {pic.shape}" if isinstance(pic, np.ndarray) else ""
            raise TypeError(
                "ToTensor: expected a PIL Image or an ndarray (H, W, C) or (H, W), got "
                f"{type(pic).__name__}{shape}"
            )
        if array.dtype == np.uint8:
            array = array.astype(np.float32) / np.float32(255)
            array = array.astype(get_default_dtype(), copy=False)
        return from_numpy(array)


def _supported(pic: Any) -> np.ndarray:
    array = from_pil(pic)
    # What the engine has no dtype for (16 bits without a sign) fits into int32.
    wide = np.int32 if array.dtype.kind == "u" and array.itemsize > 1 else array.dtype
    return np.array(array, dtype=wide, order="C")


MODES = {
    1: ("L", "P"),
    2: ("LA", "PA"),
    3: ("RGB", "YCbCr", "HSV", "LAB"),
    4: ("RGBA", "CMYK", "RGBX"),
}
"""What bytes in so many channels may be; the first unless told otherwise."""

WIDE_MODES = {"int16": "I;16", "int32": "I", "float32": "F"}
"""What one channel of a dtype is."""


class ToPILImage(OneByOne):
    """A Tensor ``(C, H, W)``, or an ndarray ``(H, W, C)`` or ``(H, W)``, as a PIL Image.

    Floating-point values are taken to be from 0 to 1, and become 0 to 255; what is outside is cut
    off, which torchvision does not. One channel of int16 or int32 keeps its values.

    Args:
        mode: what the channels stand for; where None: L, LA, RGB, RGBA by their number, I and I;16
            for wider integers. ``"F"`` keeps floating-point values as they are.

    Raises:
        TypeError, ValueError: no picture, or one that does not go with ``mode``.

    Example:

        >>> from nn.data import transforms
        >>> picture = transforms.ToPILImage()(at.tensor([[[0.0, 1.0, 2.0]]]))
        >>> picture.mode, picture.size, [picture.getpixel((x, 0)) for x in range(3)]
        ('L', (3, 1), [0, 255, 255])
    """

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:
        if isinstance(pic, Tensor):
            array = pic.array[None] if pic.ndim == 2 else pic.array
        elif isinstance(pic, np.ndarray):
            array = pic[None] if pic.ndim == 2 else np.moveaxis(pic, -1, 0)
        else:
            raise TypeError(f"ToPILImage: expected a Tensor or ndarray, got {type(pic).__name__}")
        if array.ndim != 3 or not 1 <= len(array) <= 4:
            raise ValueError(
                "ToPILImage: expected a Tensor (C, H, W) with 1 to 4 channels, or an ndarray "
                f"(H, W, C), got the shape {pic.shape}"
            )
        if array.dtype.kind == "f":
            if self.mode == "F" and len(array) == 1:
                array = array.astype(np.float32)
            else:
                array = (array * 255).clip(0, 255).astype(np.uint8)
        if array.dtype == np.bool_ and len(array) == 1:
            known: tuple[str, ...] = ("1",)
        elif array.dtype == np.uint8:
            known = MODES[len(array)]
        elif array.dtype.name in WIDE_MODES and len(array) == 1:
            known = (WIDE_MODES[array.dtype.name],)
        else:
            raise TypeError(
                f"ToPILImage: expected uint8 or floating-point, got {array.dtype}; one channel may "
                "also be int16 or int32"
            )
        mode = known[0] if self.mode is None else self.mode
        message = (
            f"{len(array)} channels of {array.dtype} can be {', '.join(known)}, not {mode}; "
            "Grayscale and PIL.Image.convert change colours"
        )
        refuse("ToPILImage", mode not in known, message)
        return to_pil(array, mode)


class ConvertImageDtype(Transform):
    """Tensors in another dtype, with the range of their values: 0 to 1 for floating-point, 0 to the
    largest for integers.

    Args:
        dtype: e.g. ``autotensor.float32``.

    Example:

        >>> from nn.data import transforms
        >>> transforms.ConvertImageDtype(at.float32)(at.tensor([[[0, 51, 255]]], dtype=at.uint8))
        tensor([[[0.0000, 0.2000, 1.0000]]])
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)

    def __call__(self, img: Any) -> Tensor:  # type: ignore[override]
        if not isinstance(img, Tensor):
            raise TypeError(f"ConvertImageDtype: expected a Tensor, got {type(img).__name__}")
        return super().__call__(img)

    def pixels(self, array: np.ndarray) -> np.ndarray:
        if array.dtype == self.dtype:
            return array
        if array.dtype.kind == self.dtype.kind == "f":
            return array.astype(self.dtype)
        if self.dtype.kind == "f":
            return array.astype(self.dtype) / self.dtype.type(white(array))
        top = np.iinfo(self.dtype).max
        # Each of the top + 1 values gets an equal share of what lies between 0 and 1.
        factor = top + 1 - 1e-3 if array.dtype.kind == "f" else (top + 1) / (white(array) + 1)
        return (array.astype(np.float64) * factor).astype(self.dtype)
