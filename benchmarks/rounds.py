"""Round after round with fresh processes: what a library needs, and how far processes differ.

One process may be lucky for as long as it lives: where its memory lies, which processors it was
given, how its threads met. So every round starts new processes, in which all take a few turns, and
a process counts once. Shown are the median over the processes, and their spread.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.busy import one_core_busy
from benchmarks.contestants import Contestant, RefusedError
from benchmarks.machine import processors
from benchmarks.turns import Score, play, spread

Enter = Callable[[], Contestant]
"""Makes a fresh contestant, warm; raises RefusedError, with the reason, where it does not take
part."""


@dataclass
class Record:
    """What the processes of one entrant showed: a figure for each.

    Attributes:
        seconds: the median of its turns.
        ratios: the median of its pairs with the first entrant.
    """

    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    def add(self, score: Score) -> None:
        self.seconds.append(statistics.median(score.seconds))
        if score.ratios:
            self.ratios.append(statistics.median(score.ratios))

    def summary(self) -> dict[str, Any] | None:
        """For the tables; None if there was no process."""
        if not self.seconds:
            return None
        return {
            "seconds": asdict(spread(self.seconds)),
            "ratio": asdict(spread(self.ratios)) if self.ratios else None,
            "processes": self.seconds,
            "ratios": self.ratios,
        }


@dataclass
class Entry:
    """All that is known of one entrant.

    Attributes:
        version: of the library.
        quiet: with nothing else running.
        busy: with one core kept busy.
        ends: what each process said last: its peak of memory, and how busy it was while waiting.
        lost: why it did not take part, or not to the end.
    """

    version: str = ""
    quiet: Record = field(default_factory=Record)
    busy: Record = field(default_factory=Record)
    ends: list[dict[str, Any]] = field(default_factory=list)
    lost: str = ""

    def summary(self) -> dict[str, Any]:
        return {
            "version": self.version,
            **(self.quiet.summary() or {}),
            "busy": self.busy.summary(),
            "peak": middle([end["peak"] for end in self.ends]),
            "idle": middle([end["idle"] for end in self.ends]),
        }


def middle(values: Sequence[float | None]) -> float | None:
    """The median of those that are known."""
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def play_rounds(
    entrants: Mapping[str, Enter],
    processes: int,
    turns: int,
    pause: float,
    busy: bool,
    say: Callable[[str], None],
) -> dict[str, Entry]:
    """So many rounds of fresh processes; whoever is refused once does not come again.

    Args:
        entrants: how each is made; the first is the one that others are compared with. If it is
            refused, nothing is measured.
        processes: how many rounds.
        turns: of each, in each round; with ``busy`` as many again.
        busy: once more with one core kept busy.

    Raises:
        RefusedError: the first entrant failed later on.
    """
    entries = {name: Entry() for name in entrants}
    first = next(iter(entrants))
    for number in range(processes):
        left = {name: enter for name, enter in entrants.items() if not entries[name].lost}
        say(f"round {number + 1} of {processes}: {len(left)} fresh processes")
        with contextlib.ExitStack() as stack:
            present = enter_all(left, entries, stack)
            if first not in present:
                if number:
                    raise RefusedError(entries[first].lost)
                break
            take_turns(present, entries, turns, pause, busy)
    return entries


def enter_all(
    entrants: Mapping[str, Enter], entries: Mapping[str, Entry], stack: contextlib.ExitStack
) -> dict[str, Contestant]:
    """Those that are there, warm; ``stack`` closes them, ``entries`` say why others are not.

    As many warm up at once as there are processors: nothing is timed yet.
    """
    with ThreadPoolExecutor(processors()) as pool:
        entering = {name: pool.submit(enter) for name, enter in entrants.items()}
    present = {}
    for name, made in entering.items():
        try:
            present[name] = made.result()
        except RefusedError as reason:
            entries[name].lost = str(reason)
        else:
            stack.callback(present[name].close)
            entries[name].version = present[name].version
    return present


def take_turns(
    present: Mapping[str, Contestant],
    entries: Mapping[str, Entry],
    turns: int,
    pause: float,
    busy: bool,
) -> None:
    """One round of those who are present, written down in ``entries``."""
    for loaded in (False, True) if busy else (False,):
        left = {name: one for name, one in present.items() if not entries[name].lost}
        with one_core_busy() if loaded else contextlib.nullcontext():
            scores = play(left, turns, pause)
        for name, score in scores.items():
            entry = entries[name]
            entry.lost = score.lost
            if not score.lost:
                (entry.busy if loaded else entry.quiet).add(score)
    for name, contestant in present.items():
        if entries[name].lost:
            continue
        try:
            entries[name].ends.append(contestant.finish())
        except RefusedError as reason:
            entries[name].lost = str(reason)
