"""Planted faults: small wrong changes of the source, each of which the tests must notice.

A test can only be trusted if it is able to fail.  Every fault of this folder names the file that it
changes, the text before and after, and the tests that must fail with it, those that run without
PyTorch.  ``python -m tests.faults`` plants one after the other in a copy of the tree.
"""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """One small wrong change."""

    what: str
    """What is wrong then, in the words of a user: ``AdamW: the weights grow``."""
    file: str
    """Where, from the root: ``nn/optim/adam.py``."""
    before: str
    """The text that is replaced.  It stands in the file just once."""
    after: str
    tests: str
    """The tests that must notice, as pytest takes them; they need no PyTorch."""


def faults_in(file: str, tests: str, *changes: tuple[str, str, str]) -> list[Fault]:
    """Faults of one file that the same tests notice: (what, before, after) of each."""
    return [Fault(what, file, before, after, tests) for what, before, after in changes]
