"""Draw a digit: the page in a real browser gives the scores of the network, and can be drawn on."""

from __future__ import annotations

import base64
import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples.course import program
from nn.data import MNIST
from tests.browser import Browser, browsing


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the page and the weights of a short training."""
    out = tmp_path_factory.mktemp("draw")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["draw", "--short", "--epochs", "2", "--out", str(out)])
        runpy.run_path(str(program("draw_a_digit").path), run_name="__main__")
    return out


def network(folder: Path) -> nn.Module:
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 12, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(192, 10)),
    )
    model.load_state_dict(at.load(folder / "draw_a_digit.npz"))
    return model


def test_the_page_stands_alone(made: Path) -> None:
    page = (made / "draw_a_digit.html").read_text(encoding="utf-8")
    assert "__" not in re.sub(r'"[^"]*"', "", page)  # every placeholder is filled
    assert not re.search(r"(src|href)=|https?://|import\s", page)
    layers = json.loads(re.search(r"const LAYERS = (\[.*\]);", page)[1])
    assert [one["type"] for one in layers] == [type(one).__name__ for one in network(made)]
    first = np.frombuffer(base64.b64decode(layers[0]["weight"]), "<f4")
    np.testing.assert_array_equal(first, network(made)[0].weight.detach().numpy().ravel())


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as found:
        yield found


SHARES = "return [...document.querySelectorAll('.share')].map(one => parseFloat(one.textContent))"


def test_the_page_gives_the_network_s_scores(browser: Browser, made: Path) -> None:
    digits, model = MNIST(train=False), network(made)
    for index in range(5):
        sent = base64.b64encode(digits.images[index].tobytes()).decode()
        browser.send("/url", {"url": "about:blank"})
        browser.send("/url", {"url": (made / "draw_a_digit.html").as_uri() + "#" + sent})
        x = at.from_numpy(digits.images[index].astype(np.float32) / 255)[None, None]
        expected = F.softmax(model(x), dim=1)[0].detach().numpy()
        np.testing.assert_allclose(np.array(browser.run(SHARES)) / 100, expected, atol=6e-5)
        assert f"a {expected.argmax()}." in browser.run(
            "return document.getElementById('answer').textContent"
        )
    titles = browser.run("return [...document.querySelectorAll('h2')].map(one => one.textContent)")
    assert titles[0] == "what it sees: 1 × 28 × 28"
    assert titles[-1] == "MaxPool2d: 12 × 4 × 4"


def test_what_is_drawn_is_read_in_the_middle(browser: Browser, made: Path) -> None:
    browser.send("/url", {"url": "about:blank"})
    browser.send("/url", {"url": (made / "draw_a_digit.html").as_uri()})
    assert browser.run(SHARES) == []
    box = browser.run(
        "const b = document.getElementById('pad').getBoundingClientRect(); return [b.x, b.y]"
    )
    x, y = int(box[0]) + 60, int(box[1]) + 30  # a stroke in the upper left of the pad

    def move(by: int) -> dict[str, Any]:
        return {"type": "pointerMove", "duration": 10, "x": x, "y": y + by, "origin": "viewport"}

    stroke = [move(0), {"type": "pointerDown", "button": 0}, *(move(n) for n in range(10, 121, 10))]
    stroke.append({"type": "pointerUp", "button": 0})
    browser.send("/actions", {"actions": [{"type": "pointer", "id": "pen", "actions": stroke}]})
    shares = browser.run(SHARES)
    assert len(shares) == 10
    assert sum(shares) == pytest.approx(100, abs=0.1)
    pixels = np.reshape(browser.run("return [...ink()]"), (28, 28))
    rows, columns = np.mgrid[:28, :28]
    assert abs((pixels * columns).sum() / pixels.sum() - 13.5) < 0.6
    assert abs((pixels * rows).sum() / pixels.sum() - 13.5) < 0.6
    inked = np.flatnonzero(pixels.max(1) > 0.1)
    assert 18 <= np.ptp(inked) + 1 <= 21  # fitted into twenty rows
    browser.run("document.getElementById('clear').click()")
    assert browser.run(SHARES) == []
