"""``python -m tests.fuzz programs``, ``… calls``, ``… files``: see the modules so named."""

from __future__ import annotations

import argparse
import sys

from tests.fuzz import calls, files, programs

COMMANDS = {"programs": programs, "calls": calls, "files": files}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, description=module.__doc__))
    options = parser.parse_args()
    return COMMANDS[options.command].main(options)


if __name__ == "__main__":
    sys.exit(main())
