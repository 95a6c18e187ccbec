"""Runs of ``fit`` that are killed, stopped, robbed of their disk, and taken up again.

Every run is a process of its own, forked from one that has imported everything and trained
nothing; which optimizer, which schedule and when it is killed, chance decides.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nn.training import Callback, CheckpointFolder, Run
from tests.nn.whole_runs import OPTIMIZERS, SCHEDULES, STEPS, Made, bits_of, made_with
from tests.soak.parts import times
from tests.soak.table import Row

TITLE = "Training that is killed"

KILLS_OF_A_RUN = 8
DONE, INTERRUPTED, OUTSIDE, WRONG = 0, 3, 4, 5
SAME = "weights, averages, optimizer, schedule, history and generators bit-identical"


def run(effort: float, seed: int) -> list[Row]:
    """In processes of their own, so that nothing of the caller's is forked."""
    command = [sys.executable, "-m", "tests.soak.kills", str(effort), str(seed)]
    environment = os.environ | {"AUTOTENSOR_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return [Row(*row) for row in json.loads(done.stdout.splitlines()[-1])]


# -- processes -------------------------------------------------------------------------------------


def forked(work: Callable[[], int]) -> int:
    """The number of a new process that works and ends with what that returns."""
    number = os.fork()
    if number:
        return number
    code = WRONG
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = work()
    except KeyboardInterrupt:
        code = OUTSIDE
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(code)


def ended(number: int) -> int:
    """How a process ended: its code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def digest(bits: Any) -> str:
    """Of nested dicts and lists, whatever the order of the keys."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            return sorted((repr(key), ordered(one)) for key, one in value.items())
        return [ordered(one) for one in value] if isinstance(value, list) else value

    return hashlib.sha256(repr(ordered(bits)).encode()).hexdigest()


@contextmanager
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="kills-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def finished(
    make: Callable[[], Made], place: Path, *more: Callback, **options: Any
) -> Callable[[], int]:
    """Work that trains to the end and notes what came of it beside ``place``."""

    def work() -> int:
        made = make().train(*more, **options)
        place.with_suffix(".end").write_text(digest(made.bits()))
        return DONE

    return work


def end_of(work: Callable[[], int], place: Path) -> str:
    code = ended(forked(work))
    return place.with_suffix(".end").read_text() if code == DONE else f"ended with {code}"


def settings(place: Path, **more: Any) -> dict[str, Any]:
    return {"checkpoint": place, "checkpoint_every": 1, "resume": True} | more


class Steps(Callback):
    """Where a run is, step by step, told to ``see``."""

    def __init__(self, see: Callable[[Run], object]) -> None:
        self.see = see

    def on_batch_end(self, run: Run) -> None:
        self.see(run)


# -- what is tried ---------------------------------------------------------------------------------


def kills(chance: random.Random, effort: float) -> list[Row]:
    """SIGKILL at random instants, several in each run, until it comes to its end."""
    runs = [(name, None) for name in OPTIMIZERS] + [("SGD", name) for name in SCHEDULES]
    chance.shuffle(runs)
    wanted = times(240, effort, 2)
    killed = same = tried = during_a_save = 0
    seen: set[Any] = set()
    for optimizer, schedule in itertools.cycle(runs):
        if killed >= wanted and (effort < 1 or len(seen) == len(runs)):
            break
        seen.add((optimizer, schedule))
        workers = chance.choice((0, 0, 2))
        every = chance.choice((1, 1, 3, None))

        def make(names: Any = (optimizer, schedule), workers: int = workers) -> Made:
            return made_with(*names, workers)

        with folder() as place:
            began = time.monotonic()
            end = end_of(finished(make, place / "whole", **settings(place / "x")), place / "whole")
            longest = time.monotonic() - began
            work = finished(make, place / "run", **settings(place / "run", checkpoint_every=every))
            here = 0
            while here < KILLS_OF_A_RUN:
                number = forked(work)
                time.sleep(chance.uniform(0, longest))
                os.kill(number, signal.SIGKILL)
                if ended(number) == DONE:
                    break
                here += 1
                during_a_save += any((place / "run").glob(".*.tmp"))
            if here == 0:
                continue
            found = end_of(work, place / "run")
            held = found == end and not any((place / "run").glob(".*.tmp"))
            killed, same, tried = killed + here, same + here * held, tried + 1
            if not held:
                print(f"{optimizer}, {schedule}, workers {workers}: {found}", file=sys.stderr)
    names = {one for one, _ in seen}, {one for _, one in seen} - {None}
    note = (
        f"{tried} runs, {len(names[0])} optimizers, {len(names[1])} schedules; "
        f"{during_a_save} kills left a half-written file"
    )
    return [Row("fit killed by SIGKILL, resumed to its end", SAME, killed, same, note)]


def interrupts(chance: random.Random, effort: float) -> list[Row]:
    """SIGINT at random instants: the state is that after some step, and the end is the same."""
    tried = whole = same = 0
    names = ("Adam", None)
    with folder() as place:
        known: dict[int, str] = {}

        def state_of(run: Run) -> str:
            return digest(bits_of([run.model.state_dict(), run.optimizer.state_dict()]))

        def reference() -> int:
            noted = Steps(lambda run: known.update({run.step: state_of(run)}))
            made = made_with(*names).train(noted, **settings(place / "whole"))
            (place / "states").write_text(json.dumps(known))
            (place / "end").write_text(digest(made.bits()))
            return DONE

        began = time.monotonic()
        assert ended(forked(reference)) == DONE
        longest = time.monotonic() - began
        known = {int(step): one for step, one in json.loads((place / "states").read_text()).items()}
        end = (place / "end").read_text()
        while tried < times(100, effort):
            last: list[Run] = []
            path = place / f"{tried}"

            def work(last: list[Run] = last, path: Path = path) -> int:
                made = made_with(*names)
                made.stopping.restore_best = False
                try:
                    noted = Steps(lambda run: last.append(run))
                    made.train(noted, **settings(path))
                except KeyboardInterrupt:
                    if not last:
                        return OUTSIDE
                    return INTERRUPTED if state_of(last[0]) == known[last[0].step] else WRONG
                return DONE

            number = forked(work)
            time.sleep(chance.uniform(0, longest))
            os.kill(number, signal.SIGINT)
            code = ended(number)
            if code in (DONE, OUTSIDE):
                shutil.rmtree(path, ignore_errors=True)
                continue
            tried += 1
            whole += code == INTERRUPTED
            again = finished(lambda: made_with(*names), path, **settings(path))
            same += end_of(again, path) == end
            shutil.rmtree(path, ignore_errors=True)
    return [
        Row("fit stopped by Ctrl-C", "no optimizer stopped within a step", tried, whole),
        Row("fit stopped by Ctrl-C, resumed to its end", SAME, tried, same),
    ]


def damages(chance: random.Random, effort: float) -> list[Row]:
    """A flipped bit, or a missing end, in the newest checkpoint: it is named, and the one before
    used."""
    counts = {"a flipped bit": [0, 0], "its end missing": [0, 0]}
    with folder() as place:
        end = end_of(finished(Made, place / "whole", **settings(place / "x")), place / "whole")

        class StopError(Exception):
            pass

        def stops() -> int:
            def stop(run: Run) -> None:
                if run.step == STEPS - 2:
                    raise StopError

            try:
                Made().train(Steps(stop), **settings(place / "first", keep=3))
            except StopError:
                return DONE
            return WRONG

        assert ended(forked(stops)) == DONE
        for what, count in counts.items():
            for number in range(times(60, effort)):
                path = place / f"{what} {number}"
                shutil.copytree(place / "first", path)
                newest = CheckpointFolder(path).files()[0]
                data = bytearray(newest.read_bytes())
                at = chance.randrange(len(data))
                if what == "a flipped bit":
                    data[at] ^= 1 << chance.randrange(8)
                else:
                    del data[at:]
                newest.write_bytes(data)

                def work(path: Path = path, name: str = newest.name) -> int:
                    with warnings.catch_warnings(record=True) as caught:
                        warnings.simplefilter("always")
                        finished(Made, path, **settings(path))()
                    return DONE if any(name in str(one.message) for one in caught) else WRONG

                count[0] += 1
                count[1] += end_of(work, path) == end
    must = "named, the one before used, the end bit-identical"
    return [Row(f"the newest checkpoint with {what}", must, *two) for what, two in counts.items()]


def fills(run: Run, place: Path) -> None:
    newest = CheckpointFolder(place).files()[0].stat().st_size
    # Half of it, because a checkpoint between two epochs is smaller than one within.
    limit = random.Random(run.step).randrange(newest // 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def read_only(run: Run, place: Path) -> None:
    place.chmod(0o555)
    if os.geteuid() == 0:  # who may do anything
        os.seteuid(65534)


def vanishes(run: Run, place: Path) -> None:
    place.rename(place.with_name("elsewhere"))


def troubles(chance: random.Random, effort: float) -> list[Row]:
    """A disk that cannot be written to any more, from some step on."""
    rows = []
    for what, trouble in (
        ("a disk that fills", fills), ("a folder that becomes read-only", read_only),
        ("a folder that vanishes", vanishes),
    ):  # fmt: skip
        tried = held = 0
        for _ in range(times(20, effort)):
            step = chance.randrange(1, STEPS - 2)
            with folder() as place:
                note = place / "note"
                note.mkdir(mode=0o777)
                note.chmod(0o777)
                end = end_of(finished(Made, note / "whole"), note / "whole")

                def work(
                    place: Path = place, step: int = step, trouble: Any = trouble, end: str = end
                ) -> int:
                    def see(run: Run) -> None:
                        if run.step == step:
                            trouble(run, place / "run")

                    with warnings.catch_warnings(record=True) as caught:
                        warnings.simplefilter("always")
                        made = Made().train(Steps(see), **settings(place / "run", keep=50))
                    told = [one for one in caught if "could be written" in str(one.message)]
                    return DONE if len(told) == 1 and digest(made.bits()) == end else WRONG

                code = ended(forked(work))
                there = place / ("elsewhere" if trouble is vanishes else "run")
                there.chmod(0o755)
                kept = CheckpointFolder(there).load()
                left = any(there.glob(".*.tmp"))
                tried += 1
                held += code == DONE and kept is not None and kept["step"] == step - 1 and not left
        must = "said once, training ends the same, the last good checkpoint intact"
        rows.append(Row(f"fit with {what}", must, tried, held))
    return rows


if __name__ == "__main__":
    amount, start = float(sys.argv[1]), int(sys.argv[2])
    parts = (kills, interrupts, damages, troubles)
    rows = [
        row for part in parts for row in part(random.Random(f"{start} {part.__name__}"), amount)
    ]
    print(json.dumps(rows))
