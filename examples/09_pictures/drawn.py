"""Draws what the programs learn from: shapes, pets, eight people and pointers, no two alike.

Photographs are not bundled; these pictures have their troubles in small: any place, size, tilt,
light and background, and some in shades of grey.
"""

import math

import numpy as np
from PIL import Image, ImageDraw

SIDE = 96  # pixels of a drawing, before it is made smaller

PETS = ["cat", "dog"]
SHAPES = ["heart", "moon", "star"]

# Skin, hair, style of the hair, glasses, beard.  Ada and Bea differ in their glasses alone,
# Emil and Finn in their beard alone.
PEOPLE = {
    "Ada": ("#f1c9a5", "#5a3516", "long", True, False),
    "Bea": ("#f1c9a5", "#5a3516", "long", False, False),
    "Cleo": ("#8d5b3a", "#17110d", "curly", False, False),
    "Dora": ("#f6d7bd", "#e3b94c", "bun", False, False),
    "Emil": ("#d9a577", "#2b1a10", "short", False, True),
    "Finn": ("#d9a577", "#2b1a10", "short", False, False),
    "Gus": ("#f3cdb0", "#b5b5b5", "bald", True, True),
    "Hugo": ("#8d5b3a", "#17110d", "bald", False, True),
}


# -- a picture of each kind, as a Pillow image -----------------------------------------------------


def shape(rng, name):
    """A heart, a moon or a star among some lines."""
    below, above = _colour(rng, 0, 110), _colour(rng, 146, 256)
    if rng.random() < 0.3:
        below, above = above, below
    paper = Image.new("RGB", (SIDE, SIDE), below)
    pen = ImageDraw.Draw(paper)
    for _ in range(3):
        pen.line(rng.uniform(0, SIDE, 4).tolist(), _colour(rng, 0, 256), 3)
    t = np.linspace(0, 2 * np.pi, 60)
    if name == "star":
        tips = np.pi / 5 * np.arange(10)
        points = np.stack([np.sin(tips), -np.cos(tips)]) * np.tile([1, 0.42], 5)
    elif name == "heart":
        lobes = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
        points = np.stack([16 * np.sin(t) ** 3, -lobes]) / 16
    else:
        outer, inner = np.linspace(0.25, 1.75, 40) * np.pi, np.linspace(1.42, 4.86, 40)
        points = np.stack([np.cos(outer), np.sin(outer)])
        hollow = np.stack([0.6 + 0.715 * np.cos(inner), -0.715 * np.sin(inner)])
        points = np.concatenate([points, hollow], axis=1)
    angle, scale = rng.uniform(-0.6, 0.6), rng.uniform(0.2, 0.4) * SIDE
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = scale * (turn @ points).T + SIDE * rng.uniform(0.42, 0.58, 2)
    pen.polygon([tuple(one) for one in corners.tolist()], above)
    return paper


def pet(rng, name):
    """The head of a cat, with pointed ears and whiskers, or of a dog, with hanging ears."""
    paper, pen = _paper(rng)
    fur, dark = _colour(rng, 60, 220), _colour(rng, 0, 60)
    inner = tuple(int(0.6 * one) for one in fur)
    head = rng.uniform(19, 24)
    if name == "cat":
        tip = rng.uniform(30, 38)
        for side in (-1, 1):
            _shape(pen, [(side * 20, -6), (side * 21, -tip), (side * 4, -17)], fur)
        _disc(pen, 0, 0, head, 0.9 * head, fur)
        for side in (-1, 1):
            _disc(pen, side * 8, -4, 4, 4, (210, 220, 90))
            _disc(pen, side * 8, -4, 1.3, 4, dark)
            for up in (4, 8):
                _line(pen, (side * 4, 6), (side * 24, up), dark, 1)
        _shape(pen, [(-3, 4), (3, 4), (0, 8)], (200, 90, 100))
    else:
        _disc(pen, 0, 0, 0.85 * head, head, fur)
        for side in (-1, 1):
            _disc(pen, side * head, rng.uniform(-2, 8), 6.5, 16, inner)
            _disc(pen, side * 8, -6, 3.2, 3.2, dark)
        _disc(pen, 0, 9, 10, 8, tuple(min(255, one + 30) for one in fur))
        _disc(pen, 0, 5, 5, 3.5, dark)
        if rng.random() < 0.5:
            _disc(pen, 0, 17, 3, 6, (220, 90, 100))
    return _photograph(paper, rng)


def face(rng, name):
    """One of the eight people."""
    skin, hair, style, glasses, beard = PEOPLE[name]
    paper, pen = _paper(rng)
    look = rng.uniform(-4, 4)  # to the left or right: eyes, nose and mouth move
    if style == "long":
        _disc(pen, 0, 6, 23, 32, hair)
    if style == "bun":
        _disc(pen, 0, -32, 9, 8, hair)
    if style == "curly":
        for angle in np.linspace(-0.3, np.pi + 0.3, 11):
            _disc(pen, 22 * math.cos(angle), -6 - 20 * math.sin(angle), 8, 8, hair)
    _shape(pen, [(-30, 60), (-22, 34), (22, 34), (30, 60)], _colour(rng, 20, 250))  # clothes
    _disc(pen, 0, 0, 19, 27, hair if beard else skin)
    _disc(pen, look / 2, -5 if beard else 0, 18, 19 if beard else 26, skin)
    if style != "bald":
        pen.chord(_box(0, -2, 20, 28), 195, 345, hair)
    for side in (-1, 1):
        _disc(pen, look + side * 8, -3, 3, 2.4, (255, 255, 255))
        _disc(pen, look + side * 8 + look / 4, -3, 1.6, 2, (30, 30, 40))
        if glasses:
            pen.ellipse(_box(look + side * 8, -3, 6.5, 6), outline=(15, 15, 25), width=2)
    if glasses:
        _line(pen, (look - 2, -3), (look + 2, -3), (15, 15, 25), 2)
    _line(pen, (look, 0), (look + 1, 6), (110, 60, 45), 1)
    _disc(pen, look, 13, rng.uniform(4, 7), rng.uniform(1, 3), (160, 50, 60))
    return _photograph(paper, rng)


def pointer(rng, degrees):
    """A hand on a dial that points ``degrees`` from the right, counter-clockwise."""
    paper, pen = _paper(rng)
    radius, angle = rng.uniform(32, 42), math.radians(degrees)
    across, up = math.cos(angle), -math.sin(angle)
    _disc(pen, 0, 0, radius, radius, _colour(rng, 170, 256))
    colour = _colour(rng, 0, 110)
    tip, tail = 0.9 * radius, rng.uniform(0, 0.35) * radius
    _line(pen, (-tail * across, -tail * up), (0.8 * tip * across, 0.8 * tip * up), colour, 4)
    neck = [
        (0.6 * tip * across + side * 7 * up, 0.6 * tip * up - side * 7 * across) for side in (-1, 1)
    ]
    _shape(pen, [(tip * across, tip * up), *neck], colour)
    return paper


# -- pen and paper: places are counted from the middle ---------------------------------------------


def _paper(rng):
    """Two areas of two colours, and a pen."""
    paper = Image.new("RGB", (SIDE, SIDE), _colour(rng, 0, 256))
    pen = ImageDraw.Draw(paper)
    level = rng.uniform(0.3, 0.9) * SIDE
    pen.rectangle((0, level, SIDE, SIDE), _colour(rng, 0, 256))
    return paper, pen


def _photograph(paper, rng):
    """Tilted, nearer or further, off the middle, in other light, and not quite sharp."""
    tilt, zoom = math.radians(rng.uniform(-20, 20)), rng.uniform(0.9, 1.35)
    c, s = zoom * math.cos(tilt), zoom * math.sin(tilt)
    x, y = SIDE / 2 + rng.uniform(-8, 8, 2)
    around = (c, s, SIDE / 2 - c * x - s * y, -s, c, SIDE / 2 + s * x - c * y)
    edge = paper.getpixel((1, 1))
    turned = paper.transform(
        paper.size, Image.Transform.AFFINE, around, Image.Resampling.BILINEAR, fillcolor=edge
    )
    light = rng.uniform(0.55, 1.25) * rng.uniform(0.9, 1.1, 3)
    noisy = np.asarray(turned) * light + rng.normal(0, 8, (SIDE, SIDE, 1))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _colour(rng, low, high):
    return tuple(rng.integers(low, high, 3).tolist())


def _box(x, y, across, down):
    x, y = x + SIDE / 2, y + SIDE / 2
    return (x - across, y - down, x + across, y + down)


def _disc(pen, x, y, across, down, colour):
    pen.ellipse(_box(x, y, across, down), colour)


def _shape(pen, points, colour):
    pen.polygon([(x + SIDE / 2, y + SIDE / 2) for x, y in points], colour)


def _line(pen, start, end, colour, width):
    pen.line([(x + SIDE / 2, y + SIDE / 2) for x, y in (start, end)], colour, width)
