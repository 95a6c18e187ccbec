"""Handwriting in pictures: read as MNIST would show it, and, to try that, put on paper."""

import numpy as np
from PIL import Image, ImageOps


def read_picture(path):
    """The digit in a picture file, as MNIST would show it: ``(28, 28)``, 0 to 255, light on dark.

    Size and colours do not matter. As in MNIST, the digit is scaled to fit 20 × 20 pixels and its
    centre of mass is moved to the middle.

    Raises:
        ValueError: nothing stands out from the background.
    """
    picture = np.asarray(grey(path), dtype=np.float32)
    background = np.median(
        np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])  # the edges
    )
    # Dark on light is turned around: ink is whatever differs, in the direction it differs most.
    lighter, darker = picture - background, background - picture
    ink = np.maximum(lighter if lighter.max() >= darker.max() else darker, 0)
    if ink.max() < 16:
        raise ValueError(f"{path}: there is no digit to see: all pixels are nearly the same grey")
    ink[ink < 0.4 * ink.max()] = 0  # the grain of the paper, shadows

    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    digit = Image.fromarray(ink).crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    scale = 20 / max(digit.size)
    width, height = (max(1, round(side * scale)) for side in digit.size)
    small = np.asarray(digit.resize((width, height), Image.Resampling.BILINEAR))

    # Put it where its centre of mass is at pixel 14, but never over the edge.
    down, right = np.indices(small.shape)
    top = round(14 - (down * small).sum() / small.sum())
    left = round(14 - (right * small).sum() / small.sum())
    top, left = min(max(top, 0), 28 - height), min(max(left, 0), 28 - width)
    image = np.zeros((28, 28), np.float32)
    image[top : top + height, left : left + width] = 255 * small / small.max()
    return image


def grey(path):
    """The picture in shades of grey from 0 to 255, upright, on white where it is transparent."""
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)
    if picture.mode.startswith(("I", "F")):  # more than 256 shades: use their full range
        values = np.asarray(picture, dtype=np.float64)
        span = max(values.max() - values.min(), 1)
        return Image.fromarray(((values - values.min()) * (255 / span)).astype(np.uint8))
    picture = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("L")


# Ink and paper: black on white, chalk on slate, blue on cream, red on grey, pencil.
LOOKS = [
    ((20, 20, 20), (255, 255, 255)),
    ((235, 235, 225), (45, 60, 55)),
    ((30, 40, 140), (240, 235, 215)),
    ((190, 30, 40), (215, 215, 215)),
    ((110, 110, 115), (245, 240, 230)),
]


def put_on_paper(digit, path, look, rng):
    """Writes ``digit`` ``(28, 28)`` into a file: large, turned, off the middle, in uneven light."""
    ink, paper = LOOKS[look % len(LOOKS)]
    page = Image.new("RGB", (320, 240), paper)
    size = int(rng.integers(110, 180))
    mask = Image.fromarray(digit).resize((size, size), Image.Resampling.BICUBIC)
    mask = mask.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC)
    page.paste(ink, (int(rng.integers(10, 310 - size)), int(rng.integers(5, 235 - size))), mask)
    light = np.linspace(0.85, 1, 320)[:, None]
    grain = rng.normal(0, 4, size=(240, 320, 1))
    Image.fromarray((np.asarray(page) * light + grain).clip(0, 255).astype(np.uint8)).save(path)
