"""``python -m tests.soak [parts]``: tries everything in ``tests/soak``, and prints one table."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

from tests.soak.parts import parts, tried
from tests.soak.table import PAGE, Row, markdown, page


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("part", nargs="*", help=f"of {', '.join(parts())}; all if none")
    parser.add_argument("--effort", type=float, default=1.0, help="1 is what the page tells of")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="parts that run side by side")
    parser.add_argument("--page", action="store_true", help=f"write {PAGE.name}, from all parts")
    options = parser.parse_args()
    chosen = options.part or parts()
    if unknown := set(chosen) - set(parts()):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(parts())}")
    if options.page and options.part:
        parser.error("--page is made from all parts")

    results: dict[str, list[Row]] = {}
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        tries = repeat(options.effort), repeat(options.seed)
        for title, rows, seconds in pool.map(tried, chosen, *tries):
            results[title] = rows
            print(f"\n{title} ({seconds:.0f} s)\n{markdown(rows)}", flush=True)
    if options.page:
        PAGE.write_text(page(results, f"effort {options.effort:g}, seed {options.seed}"))
    return int(any(row.held != row.tried for rows in results.values() for row in rows))


if __name__ == "__main__":
    sys.exit(main())
