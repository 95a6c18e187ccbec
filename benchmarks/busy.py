"""A core kept busy by another program, as on a machine that is not one's own alone."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

LOOP = """
import os, sys
print("begun", flush=True)
while os.getppid() == int(sys.argv[1]):  # whatever ends the driver, ends this
    for _ in range(1_000_000):
        pass
"""


@contextlib.contextmanager
def one_core_busy() -> Iterator[int]:
    """While in it, a plain loop of Python's runs, on whichever core the system gives it.

    Gives the number of its process.
    """
    loop = subprocess.Popen(
        [sys.executable, "-I", "-c", LOOP, str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert loop.stdout is not None
        loop.stdout.readline()
        yield loop.pid
    finally:
        loop.kill()
        loop.communicate()
