"""Every test draws the same numbers, whichever tests ran before."""

from __future__ import annotations

import pytest

from tests.formulas.checks import DRAW, START


@pytest.fixture(autouse=True)
def _draw_from_the_start() -> None:
    DRAW.bit_generator.state = START
