"""Downloads from a server that does everything wrong in turn, and downloaders that are killed."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autotensor.utils import downloads
from tests.servers import FAULTS, Server
from tests.soak.parts import times
from tests.soak.table import Row

TITLE = "Downloads"

UNSEEN = ("wrong",)
"""What nobody can tell without a checksum."""
SIZES = (0, 1, 1000, 70_000, 300_000)

WORKER = """
import sys
from autotensor.utils import downloads
downloads.FIRST_WAIT = 0.01
for line in sys.stdin:
    url, path, sha256 = line.split()
    try:
        downloads.download(url, path, sha256=sha256, timeout=20, retries=2)
    except RuntimeError as error:
        print("refused", flush=True)
    else:
        print("placed", flush=True)
"""


@contextmanager
def _quick() -> Iterator[None]:
    """Short waits, and no proxy on the way to ourselves."""
    wait, proxy = downloads.FIRST_WAIT, os.environ.get("no_proxy")
    downloads.FIRST_WAIT = 0.002
    os.environ["no_proxy"] = "127.0.0.1"
    try:
        yield
    finally:
        downloads.FIRST_WAIT = wait
        if proxy is None:
            del os.environ["no_proxy"]
        else:
            os.environ["no_proxy"] = proxy


class _Case:
    """One file at a server that misbehaves, then at one that behaves again."""

    def __init__(self, server: Server, folder: Path, rng: random.Random, number: int) -> None:
        self.server, self.rng = server, rng
        self.content = rng.randbytes(rng.choice(SIZES))
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        self.name = f"/{number}.bin"
        self.path = folder / self.name[1:]
        server.files = {self.name: self.content}
        server.tagged = rng.random() < 0.7
        server.knows_if_range = rng.random() < 0.8
        self.plan: list[str] = []

    def misbehaving(self, checked: bool) -> bool:
        """Downloads in vain or not, as often as it takes; whether the file was always right or
        absent.  Where there is a checksum, the file may be another one in between."""
        names = [name for name in FAULTS if checked or name not in UNSEEN]
        # Those that cost their time-out are drawn less often.
        weights = [0.1 if "stall" in name or "drip" in name else 1 for name in names]
        for _ in range(self.rng.randrange(1, 4)):
            self.plan = self.rng.choices(names, weights, k=self.rng.randrange(1, 7))
            self.server.plan = list(self.plan)
            if checked and self.rng.random() < 0.2:
                self.server.files = {self.name: self.content[::-1] + b"!"}
            self.fetch(checked, timeout=0.1, total_timeout=0.6)
            self.server.files = {self.name: self.content}
            if not self.right_or_absent():
                return False
        return True

    def fetch(self, checked: bool, **more: Any) -> bool:
        more |= {"sha256": self.sha256} if checked else {}
        try:
            downloads.download(
                self.server.address + self.name, self.path, retries=self.rng.randrange(4), **more
            )
        except RuntimeError:
            return False
        return True

    def recovered(self, checked: bool) -> bool:
        """Whether the next call gets the file, and leaves nothing else."""
        self.server.plan = []
        done = self.fetch(checked, timeout=20) and self.path.read_bytes() == self.content
        return done and sorted(self.path.parent.iterdir()) == [self.path]

    def right_or_absent(self) -> bool:
        return not self.path.exists() or self.path.read_bytes() == self.content


def _misbehaviour(effort: float, seed: int) -> list[Row]:
    rows = []
    for checked in (True, False):
        rng = random.Random(seed * 2 + checked)
        tried = times(1500, effort, 4)
        right = recovered = faults = 0
        with Server({}, seed, stall=0.3) as server, tempfile.TemporaryDirectory() as folder:
            for number in range(tried):
                place = Path(folder) / str(number)
                case = _Case(server, place, rng, number)
                held, again = case.misbehaving(checked), case.recovered(checked)
                right, recovered = right + held, recovered + again
                if not (held and again):
                    print(f"downloads: seed {seed}, checked {checked}, case {number}: {case.plan}")
            faults = len(server.requests) - tried
        words = "with a checksum" if checked else "without a checksum"
        rows += [
            Row(
                f"a file fetched {words} from a server that cuts, stalls, lies, ...",
                "right or absent", tried, right, f"{faults:,} bad answers",
            ),
            Row("then the server behaves again", "it is there, nothing else", tried, recovered),
        ]  # fmt: skip
    return rows


class _Worker:
    """Another process that downloads what it is told, line by line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def start(self, url: str, path: Path, sha256: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{url} {path} {sha256}\n")
        self.process.stdin.flush()

    def result(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def _several(effort: float, seed: int) -> Row:
    """Three processes at once for the same file."""
    rng = random.Random(seed)
    tried, held = times(200, effort), 0
    workers = [_Worker() for _ in range(3)]
    try:
        with Server({}, seed) as server, tempfile.TemporaryDirectory() as folder:
            for number in range(tried):
                content = rng.randbytes(100_000)
                name = f"/{number}.bin"
                server.files, server.plan = {name: content}, ["cut"] * rng.randrange(2)
                cuts, before = len(server.plan), len(server.requests)
                path = Path(folder) / name[1:]
                for one in workers:
                    one.start(server.address + name, path, hashlib.sha256(content).hexdigest())
                results = {one.result() for one in workers}
                fetched = len(server.requests) - before
                right = results == {"placed"} and path.read_bytes() == content
                if right and fetched == 1 + cuts and len(os.listdir(folder)) == 1:
                    held += 1
                else:
                    print(f"downloads: three at once, seed {seed}, number {number}: {results}, "
                          f"{fetched} requests, {os.listdir(folder)}")  # fmt: skip
                for left in os.listdir(folder):
                    (Path(folder) / left).unlink()
    finally:
        for one in workers:
            one.end()
    return Row("three processes at once", "fetched once, right for all", tried, held)


def _killed(effort: float, seed: int) -> Row:
    """A downloader killed at a random instant; another one goes on."""
    rng = random.Random(seed)
    tried, held, resumed = times(150, effort), 0, 0
    with Server({}, seed) as server, tempfile.TemporaryDirectory() as folder:
        server.pace = 0.0005
        one = _Worker()
        for number in range(tried):
            content = rng.randbytes(400_000)
            name, sha256 = f"/{number}.bin", hashlib.sha256(content).hexdigest()
            server.files = {name: content}
            path = Path(folder) / str(number) / name[1:]
            one.start(server.address + name, path, sha256)
            next_one = _Worker()  # which starts meanwhile
            part = path.with_name(f"{path.name}.part")
            until = time.monotonic() + 20
            while not part.exists() and not path.exists() and time.monotonic() < until:
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.06))
            one.process.send_signal(signal.SIGKILL)
            one.end()
            one = next_one
            right = not path.exists() or path.read_bytes() == content
            before = len(server.requests)
            downloads.download(server.address + name, path, sha256=sha256, timeout=5)
            asked = [headers for _, headers in server.requests[before:]]
            resumed += any("Range" in headers for headers in asked)
            right = (
                right and path.read_bytes() == content and os.listdir(path.parent) == [path.name]
            )
            held += right
            if not right:
                print(f"downloads: killed, seed {seed}, number {number}: {os.listdir(path.parent)}")
        one.end()
    note = f"{resumed:,} gone on with"
    return Row(
        "a downloader killed by SIGKILL, then another", "right; nothing left", tried, held, note
    )


def run(effort: float, seed: int) -> list[Row]:
    with _quick():
        rows = [*_misbehaviour(effort, seed), _several(effort, seed)]
        if hasattr(signal, "SIGKILL"):
            rows.append(_killed(effort, seed))
    return rows
