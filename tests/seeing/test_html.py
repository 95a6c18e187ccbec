"""Elements, tables and pictures, read by Python's parser and by Pillow."""

from __future__ import annotations

import io
import re

import numpy as np
import PIL.Image
import pytest

from autotensor.extend.seeing import (
    COLOURS,
    Html,
    fold,
    head,
    note,
    page,
    picture,
    png,
    side_by_side,
    table,
    tag,
)
from tests.seeing.reading_html import Page, page_of


def test_text_is_escaped_and_elements_are_not() -> None:
    inner = tag("b", "1 < 2 & 3", title='say "so"')
    assert inner == '<b title="say &quot;so&quot;">1 &lt; 2 &amp; 3</b>'
    assert tag("div", inner, " <") == f"<div>{inner} &lt;</div>"
    assert isinstance(inner, Html)


def test_attributes_have_their_names_or_are_left_out() -> None:
    made = tag("details", class_="a", stroke_width=2, open=True, hidden=False, id=None)
    assert made == '<details class="a" stroke-width="2" open></details>'
    assert tag("br") == "<br>"


def test_what_no_page_can_hold_is_replaced() -> None:
    text = tag("b", "a\0b\x1b\ud800\n")
    assert text.encode() == "<b>a\ufffdb\ufffd?\n</b>".encode()


def test_a_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    rows = [["<a>", 1], ["b", 2.5], ["sum", 3.5]]
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    shown = page(
        head("Thing", "of <this>", tag("code", "x")),
        note("small"),
        table(rows, ["name", "value"], left=1, labels=True, sums=1),
        fold("more", side_by_side(picture(grey, caption="first"), picture(grey))),
    )
    read = page_of(shown)
    assert read.tables == [[["name", "value"], ["<a>", "1"], ["b", "2.5"], ["sum", "3.5"]]]
    assert read.figures == ["first"]
    assert read.titles == ["more"]
    assert "of <this>" in read.text
    assert len(read.pictures) == 2


@pytest.mark.parametrize(
    "text",
    [
        "<b><i></b></i>",
        "<div>",
        "</div>",
        "<script>x</script>",
        "<img src='https://example.org/a.png'>",
        "<b onclick='x()'></b>",
        "<style>@import 'x'</style>",
        "<b class='a' class='b'></b>",
    ],
)
def test_the_reader_finds_what_is_wrong(text: str) -> None:
    if text.startswith("<img"):
        with pytest.raises(Exception, match=r"."):
            Page(text)
    else:
        assert Page(text).problems


SHAPES = [(1, 1), (3, 5), (5, 3), (2, 3, 3), (4, 1, 4), (17, 31, 3), (1, 300)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["noise", "smooth", "flat"])
def test_pillow_reads_the_pixels_that_were_written(shape: tuple[int, ...], kind: str) -> None:
    rng = np.random.default_rng(0)
    size = int(np.prod(shape))
    pixels = {
        "noise": lambda: rng.integers(0, 256, shape),
        "smooth": lambda: (np.arange(size) // 3 % 256).reshape(shape),
        "flat": lambda: np.full(shape, 77),
    }[kind]().astype(np.uint8)
    read = PIL.Image.open(io.BytesIO(png(pixels)))
    assert read.mode == {2: "L"}.get(len(shape)) or {3: "RGB", 4: "RGBA"}[shape[-1]] == read.mode
    assert np.array_equal(np.asarray(read), pixels)


@pytest.mark.parametrize("channels", [3, 4])
def test_pillow_reads_the_colours_of_a_palette(channels: int) -> None:
    rng = np.random.default_rng(1)
    palette = rng.integers(0, 256, (256, channels), dtype=np.uint8)
    numbers = rng.integers(0, 256, (9, 7), dtype=np.uint8)
    read = PIL.Image.open(io.BytesIO(png(numbers, palette)))
    colours = np.asarray(read.convert("RGBA" if channels == 4 else "RGB"))
    assert np.array_equal(colours, palette[numbers])


def test_an_array_that_is_no_block_of_memory_is_written_as_it_looks() -> None:
    pixels = np.arange(60, dtype=np.uint8).reshape(6, 10)[::-2, 1::3].T
    assert np.array_equal(np.asarray(PIL.Image.open(io.BytesIO(png(pixels)))), pixels)


@pytest.mark.parametrize(("shape", "width"), [((28, 28), 112), ((5, 3), 60), ((300, 200), 200)])
def test_small_pictures_are_enlarged_by_a_whole_number(shape: tuple[int, int], width: int) -> None:
    shown = picture(np.zeros(shape, np.uint8))
    assert f'width="{width}"' in shown


def luminance(colour: str) -> float:
    """Of WCAG 2.1, 1.4.3."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("colour", COLOURS.values())
def test_colours_can_be_told_from_white_and_from_black(colour: str) -> None:
    assert re.fullmatch("#[0-9a-f]{6}", colour)
    for ground in ("#ffffff", "#111111"):
        pair = sorted([luminance(colour), luminance(ground)])
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 3
