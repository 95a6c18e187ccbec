"""The command line of a program of the course."""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import autotensor

__all__ = ["options"]


def options(*, short: Mapping[str, Any] = MappingProxyType({}), **values: Any) -> Any:
    """The settings of a program, each of which can be changed where it is started.

    ``given = options(epochs=30, short={"epochs": 2})`` makes ``given.epochs`` 30, or 5 after
    ``--epochs 5``, or 2 after ``--short``.  ``given.out`` is the folder for what the program
    writes, ``out`` if ``--out`` names no other.  It is made, and tried, before anything is
    computed for it.

    A program with the setting ``distributed=False`` can be started in several processes,
    ``mpiexec -n 2 python FILE --distributed``.  Each is number ``given.rank`` of ``given.ranks``;
    what the others print than the first is not seen.

    Args:
        short: the settings of a run of seconds, for those who want to see that it works.
        values: the settings with their defaults.  The default tells the type: True or False makes a
            switch, a tuple the choices, of which the first is the default, None a text.
    """
    description = sys.modules["__main__"].__doc__
    parser = argparse.ArgumentParser(
        prog=Path(sys.argv[0]).name,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for name, value in values.items():
        flag, help = f"--{name.replace('_', '-')}", f"default: {value}"
        if isinstance(value, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None)
        elif isinstance(value, tuple):
            parser.add_argument(flag, choices=value, help=f"default: {value[0]}")
        else:
            parser.add_argument(flag, type=str if value is None else type(value), help=help)
    parser.add_argument("--short", action="store_true", help="a run of seconds, to see it work")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for what it writes")
    given = parser.parse_args()

    for name, value in values.items():
        default = value[0] if isinstance(value, tuple) else value
        if given.short:
            default = short.get(name, default)
        if getattr(given, name) is None:
            setattr(given, name, default)
    try:
        given.out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=given.out).close()
    except OSError as error:
        parser.error(f"--out: nothing can be written to {given.out}: {error.strerror or error}")
    given.rank, given.ranks = 0, 1
    if getattr(given, "distributed", False):
        autotensor.distributed.init_process_group()
        given.rank = autotensor.distributed.get_rank()
        given.ranks = autotensor.distributed.get_world_size()
        if given.rank:
            sys.stdout = io.StringIO()
    return given
