"""Files that are broken or hostile: what ``load`` refuses, and what memory it takes for it."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

import numpy as np

import autotensor as at
import nn
from tests.fuzz import files
from tests.soak.table import Row

TITLE = "Files of weights, broken and hostile"


def run(effort: float, seed: int) -> list[Row]:
    rng = random.Random(seed)
    content = _checkpoint()
    return [
        _fuzzed(max(200, int(60_000 * effort)), seed),
        _broken("one bit changed", content, max(100, int(20_000 * effort)), rng, _bit),
        _broken("some bytes changed", content, max(100, int(20_000 * effort)), rng, _bytes),
        _broken("cut short", content, max(100, int(10_000 * effort)), rng, _cut),
        _bombs(max(4, int(60 * effort)), rng),
    ]


def _fuzzed(count: int, seed: int) -> Row:
    report = files.fuzz(count, seed, stop_after=count)
    for broken, verdict in report.findings:
        print(f"{verdict.outcome}: {verdict.message[:300]}\n  {broken[:4000]!r}")
    return Row(
        "changed at random, steered to new places of the reader",
        "refused by name, or loaded; memory within max_bytes",
        report.files,
        report.files - len(report.findings),
        f"{report.outcomes['loaded']:,} loaded, {len(report.steps)} steps of the reader",
    )


def _checkpoint() -> bytes:
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.BatchNorm1d(16), nn.Linear(16, 3))
    optimizer = nn.optim.Adam(model.parameters())
    model(at.ones(4, 8)).sum().backward()
    optimizer.step()
    return files.saved({"model": model.state_dict(), "optimizer": optimizer.state_dict()})


def _bit(rng: random.Random, content: bytes) -> bytes:
    made = bytearray(content)
    made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def _bytes(rng: random.Random, content: bytes) -> bytes:
    made = bytearray(content)
    for _ in range(rng.randint(1, 16)):
        made[rng.randrange(len(made))] = rng.randrange(256)
    return bytes(made)


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content))]


def _broken(
    what: str,
    content: bytes,
    count: int,
    rng: random.Random,
    damage: Callable[[random.Random, bytes], bytes],
) -> Row:
    """Damages a good file: what comes back, if anything, is what was saved."""
    same = files.saved(at.load(io.BytesIO(content)))
    held = loaded = 0
    for _ in range(count):
        broken = damage(rng, content)
        verdict = files.judged(broken)
        whole = verdict.outcome == "loaded" and files.saved(verdict.value) == same
        loaded += whole
        held += whole or verdict.outcome == "refused"
        if not whole and verdict.outcome != "refused":
            print(f"{what}: {verdict.outcome}: {verdict.message}\n  {broken!r}")
    return Row(f"a checkpoint, {what}", "refused, or the same", count, held, f"{loaded:,} the same")


def _bombs(count: int, rng: random.Random) -> Row:
    """Small files, right in every byte, that unpack to much."""
    held = 0
    largest = 0.0
    for _ in range(count):
        size = rng.randint(70, 150) * 2**20
        file = io.BytesIO()
        np.save(file, np.zeros(size, np.uint8))
        structure = b'{"format": "autotensor", "version": 1, "value": {"array": "w"}}'
        content = files.archive(
            [(files.STRUCTURE, structure), ("w.npy", file.getvalue())], zipfile.ZIP_DEFLATED
        )
        verdict = files.judged(content, None, files.SLACK)
        held += verdict.outcome == "refused" and "max_bytes=" in verdict.message
        largest = max(largest, size / len(content))
    note = f"up to {largest:,.0f} times the file; less than 1 MiB taken"
    return Row("a small file that unpacks to much", "refused before it does", count, held, note)
