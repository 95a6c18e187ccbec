"""What the example programs share: options, and pictures in one style."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

#: Colours that differ in print and to colour-blind eyes (Okabe and Ito, 2008).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")


def command_line(description: str | None) -> argparse.ArgumentParser:
    """A parser with the options that every program has: ``--seed``, ``--out``, ``--quick``."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0, help="of all random numbers (default: 0)")
    out = Path(__file__).resolve().parent / "out"
    parser.add_argument("--out", type=Path, default=out, help="folder for what it writes")
    parser.add_argument(
        "--quick", action="store_true", help="a short run, to see that it works: results are worse"
    )
    return parser


def picture(path: Path, size: tuple[float, float], draw: Callable[[Any], None]) -> None:
    """Has ``draw(figure)`` draw on a figure of ``size`` inches, and saves it as a PNG.

    Without Matplotlib it says what to install instead.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print(f"no {path.name}: Matplotlib is missing; pip install 'autotensor[plot]'")
        return
    figure = Figure(figsize=size, layout="constrained")
    draw(figure)
    path.parent.mkdir(parents=True, exist_ok=True)
    memory = BytesIO()
    figure.savefig(memory, dpi=100)
    # 256 colours are enough, and make the file a third as large.
    Image.open(memory).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    print(f"picture: {path}")


def run(program: Callable[[], None]) -> None:
    """Runs a program; a mistake of its user (no such file ...) ends it with one line."""
    try:
        program()
    except (OSError, ValueError) as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")
