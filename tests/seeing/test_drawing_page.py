"""The page of a drawing in a real browser: fold, unfold, zoom, pull, and what is said of a card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import autotensor as at
import nn
from autotensor.seeing.drawing import Drawing
from tests.browser import Browser, browsing

WIDTH, HEIGHT = 1000, 1400


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as found:
        yield found


def test_the_picture_in_the_readme_is_what_it_says(tmp_path: Path) -> None:
    w, x, b = (at.tensor(one, requires_grad=True) for one in (2.0, 1.5, -2.5))
    y = (w * x + b).tanh()
    y.backward()
    at.draw(y, tmp_path / "neuron.svg", direction="right")
    shown = Path(__file__).parents[2] / "docs" / "static" / "neuron.svg"
    assert shown.read_text(encoding="utf-8") == (tmp_path / "neuron.svg").read_text(
        encoding="utf-8"
    )


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
        self.beside = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
        self.out = nn.Linear(3, 3)

    def forward(self, x: at.Tensor) -> at.Tensor:
        return self.out(self.inner(x) * self.beside(x)) + x


def graph() -> at.Tensor:
    model = nn.Sequential(Block(), Block())
    return model(at.randn(2, 3).requires_grad_()).sum()


PLACES = """
const seen = {};
for (const one of document.querySelectorAll('.at-card,.at-closed,.at-frame,.at-head,.at-wire')) {
  if (one.classList.contains('at-hidden')) continue;
  const kind = one.classList[0];
  const name = kind === 'at-wire' ? one.dataset.from + '>' + one.dataset.to : one.dataset.key;
  seen[kind + ' ' + name] = one.getAttribute(kind === 'at-wire' ? 'd' : 'transform')
    .match(/-?[\\d.]+/g).map(Number);
}
return seen;
"""
VIEW = (
    "return document.querySelector('svg.at-drawing').getAttribute('viewBox').split(' ').map(Number)"
)


def shown(browser: Browser, drawing: Drawing, tmp_path: Path) -> dict[str, list[float]]:
    """Opens a drawing; what can be seen in it, and where."""
    browser.said()
    browser.open("about:blank")
    browser.open(drawing.save(tmp_path / "graph.html").as_uri())
    return browser.run(PLACES)


def same(one: dict[str, list[float]], other: dict[str, list[float]]) -> None:
    assert one.keys() == other.keys()
    for name, numbers in one.items():
        assert numbers == pytest.approx(other[name], abs=0.35), name


@pytest.mark.parametrize("direction", ["down", "right", "up", "left"])
def test_the_script_places_all_as_python_does(
    browser: Browser, tmp_path: Path, direction: str
) -> None:
    y = graph()
    browser.said()
    for depth in (0, 1, 2, 3):
        drawing = at.draw(y, direction=direction, depth=depth)
        page = drawing.html
        # The same page with its script left out shows where Python has put things.
        still = tmp_path / "still.html"
        still.write_text(page.replace("start(root);\n})", "})"), encoding="utf-8")
        browser.open(still.as_uri())
        expected = browser.run(PLACES)
        assert browser.run("return document.querySelectorAll('.at-live').length") == 0
        same(shown(browser, drawing, tmp_path), expected)
    # And so does whoever unfolds it there, from any of these states.
    browser.run("document.querySelector('[data-does=unfold]').click()")
    open_places = browser.run(PLACES)
    same(open_places, shown(browser, at.draw(y, direction=direction, depth=99), tmp_path))
    browser.run("document.querySelector('[data-does=fold]').click()")
    same(browser.run(PLACES), shown(browser, at.draw(y, direction=direction, depth=0), tmp_path))
    assert browser.said() == []


def test_a_click_folds_and_unfolds(browser: Browser, tmp_path: Path) -> None:
    before = shown(browser, at.draw(graph(), depth=99), tmp_path)
    frame = "f1"  # the first block
    assert f"at-frame {frame}" in before
    click(browser, f".at-head[data-key={frame}]")
    folded = browser.run(PLACES)
    assert f"at-closed {frame}" in folded
    assert f"at-frame {frame}" not in folded
    gone = [name for name in before if name.startswith("at-card") and name not in folded]
    # Three linear, two tanh, mul, add, six parameters and the input.
    assert len(gone) == 14
    assert focused(browser) == [frame, "at-closed"]
    click(browser, f".at-closed[data-key={frame}]")
    same(browser.run(PLACES), before)
    browser.act(key("keyDown", "\ue007"), key("keyUp", "\ue007"), kind="key")  # Enter
    same(browser.run(PLACES), folded)
    assert browser.said() == []


def key(what: str, value: str) -> dict[str, Any]:
    return {"type": what, "value": value}


def focused(browser: Browser) -> list[str]:
    return browser.run(
        "const one = document.activeElement; return [one.dataset.key, one.classList[0]]"
    )


def middle(browser: Browser, selector: str) -> tuple[int, int]:
    """Of the left part of an element, as on the screen."""
    x, y = browser.run(
        "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
        "return [box.x + Math.min(box.width / 2, 40), box.y + Math.min(box.height / 2, 10)]",
        selector,
    )
    return round(x), round(y)


def at_point(x: int, y: int) -> dict[str, Any]:
    return {"type": "pointerMove", "duration": 10, "x": x, "y": y, "origin": "viewport"}


DOWN, UP = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}


def click(browser: Browser, selector: str) -> None:
    browser.act(at_point(*middle(browser, selector)), DOWN, UP)


def test_the_mouse_pulls_and_the_wheel_enlarges(browser: Browser, tmp_path: Path) -> None:
    shown(browser, at.draw(graph(), depth=1), tmp_path)
    x, y, across, down = browser.run(VIEW)
    scale = WIDTH / across
    browser.act(at_point(30, 900), DOWN, at_point(90, 860), at_point(130, 840), UP)
    pulled = browser.run(VIEW)
    assert pulled == pytest.approx([x - 100 / scale, y + 60 / scale, across, down], abs=0.3)
    wheel = {"type": "scroll", "x": 300, "y": 200, "deltaX": 0, "deltaY": -300, "duration": 0}
    browser.act(wheel | {"origin": "viewport"}, kind="wheel")
    larger = browser.run(VIEW)
    assert larger[2] < across * 0.8
    # What was under the mouse is there still.
    for at_, size in ((0, 300), (1, 200)):
        part = size / (WIDTH if at_ == 0 else browser.run("return innerHeight"))
        assert larger[at_] + part * larger[2 + at_] == pytest.approx(
            pulled[at_] + part * pulled[2 + at_], abs=0.6
        )
    browser.act(at_point(30, 900), DOWN, UP, DOWN, UP)
    assert browser.run(VIEW)[2] == pytest.approx(larger[2] / 2, rel=0.01)
    browser.run("document.querySelector('[data-does=out]').click()")
    assert browser.run(VIEW)[2] == pytest.approx(larger[2] / 2 * 1.3, rel=0.01)
    browser.run("document.querySelector('[data-does=fit]').click()")
    fitted = browser.run(VIEW)
    browser.run("document.querySelector('svg.at-drawing').focus()")
    browser.act(key("keyDown", "+"), key("keyUp", "+"), kind="key")
    assert browser.run(VIEW)[2] == pytest.approx(fitted[2] / 1.3, rel=0.01)
    browser.act(key("keyDown", "0"), key("keyUp", "0"), kind="key")
    assert browser.run(VIEW) == pytest.approx(fitted, abs=0.2)
    assert browser.said() == []


def test_two_fingers_enlarge(browser: Browser, tmp_path: Path) -> None:
    shown(browser, at.draw(graph(), depth=1), tmp_path)
    before = browser.run(VIEW)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        spots = [{"x": x, "y": y, "id": at_} for at_, (x, y) in enumerate(points)]
        browser.command("Input.dispatchTouchEvent", type=kind, touchPoints=spots)

    touch("touchStart", (400, 700), (500, 700))
    touch("touchMove", (350, 700), (550, 700))
    touch("touchEnd")
    assert browser.run(VIEW)[2] == pytest.approx(before[2] / 2, rel=0.02)


def test_what_is_known_of_a_card_shows_below(browser: Browser, tmp_path: Path) -> None:
    w = at.tensor([0.5, -0.25], requires_grad=True)
    shown(browser, at.draw((w * w).sum()), tmp_path)
    assert browser.run("return document.querySelector('.at-panel').hidden")
    browser.act(at_point(*middle(browser, ".at-card[data-name=mul]")))
    said = browser.run("return document.querySelector('.at-panel').textContent")
    assert said.splitlines()[:3] == [
        "mul: input · other",
        "d input = g · other",
        "d other = g · input",
    ]
    lit = "return document.querySelectorAll('.at-lit').length"
    assert browser.run(lit) == 3  # two come in, one goes out
    browser.act(at_point(5, 5))
    assert browser.run("return document.querySelector('.at-panel').hidden")
    assert browser.run(lit) == 0
    assert browser.said() == []


def test_text_can_be_selected(browser: Browser, tmp_path: Path) -> None:
    w = at.tensor([0.5, -0.25], requires_grad=True)
    shown(browser, at.draw((w * 2).sum()), tmp_path)
    before = browser.run(VIEW)
    x, y, across, down = browser.run(
        "const box = document.querySelector('.at-card[data-name=mul] .at-formula')"
        ".getBoundingClientRect(); return [box.x, box.y, box.width, box.height]"
    )
    row = round(y + down / 2)
    ends = round(x + 3), round(x + across - 3)
    browser.act(at_point(ends[0], row), DOWN, at_point(ends[1], row), UP)
    assert "put · oth" in browser.run("return String(getSelection())")
    assert browser.run(VIEW) == before


def test_words_fit_into_their_cards(browser: Browser, tmp_path: Path) -> None:
    shown(browser, at.draw(graph(), depth=99), tmp_path)
    outside = browser.run(
        "return [...document.querySelectorAll('.at-card')].filter(card => {"
        "  const box = card.querySelector('.at-box').getBoundingClientRect();"
        "  return [...card.querySelectorAll('text')].some(text => {"
        "    const own = text.getBoundingClientRect();"
        "    return own.left < box.left || own.right > box.right || own.bottom > box.bottom + 1;"
        "  });"
        "}).map(card => card.textContent)"
    )
    assert outside == []


def test_several_in_one_page_and_colours_for_the_dark(browser: Browser, tmp_path: Path) -> None:
    first, second = at.draw(graph(), depth=1), at.draw(at.ones(2, requires_grad=True) * 2)
    page = tmp_path / "both.html"
    body = f"<!doctype html><meta charset=utf-8><p>{first._repr_html_()}<p>{second._repr_html_()}"
    page.write_text(body, encoding="utf-8")
    browser.said()
    browser.open(page.as_uri())
    live = "return document.querySelectorAll('.at-graph.at-live').length"
    assert browser.run(live) == 2
    fill = (
        "return getComputedStyle(document.querySelector('.at-card .at-box')).fill"
        " + getComputedStyle(document.querySelector('.at-title')).fill"
    )
    light = browser.run(fill)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.command("Emulation.setEmulatedMedia", features=dark)
    assert browser.run(fill) != light
    browser.run("document.body.dataset.theme = 'light'")  # what the reader has chosen goes first
    assert browser.run(fill) == light
    browser.command("Emulation.setEmulatedMedia", features=[])
    browser.run("document.body.dataset.theme = 'dark'")
    assert browser.run(fill) != light
    # On a page with other things the wheel goes on scrolling, until the drawing was clicked.
    x, y = middle(browser, ".at-graph svg")
    wheel = {"type": "scroll", "x": x, "y": y + 100, "deltaX": 0, "deltaY": 90, "duration": 0}
    before = browser.run(VIEW)
    browser.act(wheel | {"origin": "viewport"}, kind="wheel")
    assert browser.run(VIEW) == before
    assert browser.said() == []
