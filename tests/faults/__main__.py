"""Plants every fault in a copy of the tree, and says which test noticed.

    python -m tests.faults                      all of them; writes docs/tables/planted_faults.md
    python -m tests.faults optimizers AdamW     those of tests/faults/optimizers.py that say "AdamW"

Each fault must make a test fail that needs no PyTorch.  The exit status is 1 if one survived.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.faults import Fault
from tests.faults.collection import ROOT, all_faults

PAGE = ROOT / "docs" / "tables" / "planted_faults.md"
HEAD = """# Planted faults, and the tests that notice them

Made by `python -m tests.faults`, not by hand. Each fault is a small wrong change of the source. The
command makes it in a copy of the tree, one at a time, and runs the tests that stand beside it in
`tests/faults`, none of which needs PyTorch. Of {count} faults {dead} were noticed.

| fault | file | noticed by |
| --- | --- | --- |
"""
FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


def copy_of_the_tree(folder: Path) -> Path:
    for name in ("autotensor", "nn", "tests", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    compileall.compile_dir(folder, quiet=2)  # once, not again for every fault
    return folder


def failure_in(tree: Path, tests: Iterable[str]) -> str | None:
    """The first of ``tests`` in ``tree`` that fails; None if all pass."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
         "-m", "not slow and not torch", *tests],
        cwd=tree, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "CI": "1"},
    )  # fmt: skip
    found = FAILED.search(run.stdout)
    if (found is None) != (run.returncode == 0):
        raise RuntimeError(f"pytest could not run {' '.join(tests)}:\n{run.stdout}{run.stderr}")
    return found[1] if found else None


def noticed_by(tree: Path, fault: Fault) -> str | None:
    """The test in ``tree`` that fails with the fault; None if all pass."""
    path = tree / fault.file
    sound = path.read_text(encoding="utf-8")
    path.write_text(sound.replace(fault.before, fault.after), encoding="utf-8")
    try:
        return failure_in(tree, fault.tests.split())
    finally:
        path.write_text(sound, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, add_help=True)
    parser.add_argument("words", nargs="*", help="only faults whose room or text has one of these")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    chosen = [
        fault
        for room, fault in all_faults()
        if not options.words or any(word in f"{room} {fault.what}" for word in options.words)
    ]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(options.jobs):
            trees.put(copy_of_the_tree(Path(folder, str(number))))
        sound = Path(folder, "0")
        if failure := failure_in(sound, sorted({fault.tests.split()[0] for fault in chosen})):
            sys.exit(f"without any fault, too, {failure} fails")

        def one(fault: Fault) -> str | None:
            tree = trees.get()
            try:
                found = noticed_by(tree, fault)
            finally:
                trees.put(tree)
            print(
                f"{'survived' if found is None else 'noticed':8}  {fault.what}: {found}", flush=True
            )
            return found

        results = list(pool.map(one, chosen))
    dead = sum(result is not None for result in results)
    print(f"{dead} of {len(chosen)} noticed")
    if not options.words:
        rows = [
            f"| {fault.what} | `{fault.file}` | {f'`{test}`' if test else '**nothing**'} |\n"
            for fault, test in zip(chosen, results, strict=True)
        ]
        PAGE.write_text(HEAD.format(count=len(chosen), dead=dead) + "".join(rows), encoding="utf-8")
    return int(dead < len(chosen))


if __name__ == "__main__":
    sys.exit(main())
