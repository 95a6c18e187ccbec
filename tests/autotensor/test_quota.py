"""What a container or a service leaves of the processors is read where Linux tells it."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from autotensor.machine import quota, threads

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system with no groups yet; ``write`` makes them."""
    monkeypatch.setattr(quota, "GROUPS", str(tmp_path / "cgroup"))
    monkeypatch.setattr(quota, "TREE", str(tmp_path / "tree"))
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_where_nothing_tells_there_is_no_limit(system: Path) -> None:
    assert quota.processors_given() == math.inf
    write(system / "cgroup", "0::/user.slice/a.service\n")
    assert quota.processors_given() == math.inf


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("max 100000\n", math.inf),
        ("150000 100000\n", 1.5),
        ("20000 10000\n", 2.0),
        ("", math.inf),
        ("what the future brings\n", math.inf),
    ],
)
def test_version_2(text: str, given: float, system: Path) -> None:
    # As a container sees it: its own group is the whole tree.
    write(system / "cgroup", "0::/\n")
    write(system / "tree/cpu.max", text)
    assert quota.processors_given() == given


def test_a_group_has_no_more_than_those_around_it(system: Path) -> None:
    write(system / "cgroup", "0::/pods/pod:7/box\n")
    write(system / "tree/pods/pod:7/cpu.max", "300000 100000\n")
    write(system / "tree/pods/pod:7/box/cpu.max", "max 100000\n")
    assert quota.processors_given() == 3
    write(system / "tree/pods/pod:7/box/cpu.max", "50000 100000\n")
    assert quota.processors_given() == 0.5
    write(system / "tree/pods/other/cpu.max", "1000 100000\n")
    assert quota.processors_given() == 0.5


@pytest.mark.parametrize("kinds", ["cpu", "cpu,cpuacct", "cpuacct,cpu"])
@pytest.mark.parametrize("folder", ["tree/cpu", "tree/cpu/docker", "tree/cpu/docker/3f4a"])
def test_version_1(kinds: str, folder: str, system: Path) -> None:
    write(system / "cgroup", f"5:memory:/docker/3f4a\n3:{kinds}:/docker/3f4a\n0::/\n")
    write(system / folder / "cpu.cfs_period_us", "50000\n")
    write(system / folder / "cpu.cfs_quota_us", "-1\n")
    assert quota.processors_given() == math.inf
    write(system / folder / "cpu.cfs_quota_us", "125000\n")
    assert quota.processors_given() == 2.5


def test_what_counts_processors_only_is_no_limit_of_time(system: Path) -> None:
    write(system / "cgroup", "2:cpuacct:/a\n1:cpuset:/a\n")
    write(system / "tree/cpu/a/cpu.cfs_quota_us", "50000\n")
    write(system / "tree/cpu/a/cpu.cfs_period_us", "50000\n")
    assert quota.processors_given() == math.inf


AT_IMPORT = """
import builtins, io
told = {"/proc/self/cgroup": "0::/\\n", "/sys/fs/cgroup/cpu.max": LIMIT}
real = builtins.open
builtins.open = lambda path, *more, **named: (
    io.StringIO(told[path]) if path in told else real(path, *more, **named)
)
import autotensor as at
from autotensor.machine import threads
print(at.get_num_threads(), threads._blas.get() if threads._blas.get else 1)
"""


def threads_at_import(limit: str, **variables: str) -> int:
    """How many there are for operators, which must be as many as BLAS has."""
    inherited = {name: value for name, value in os.environ.items() if "_NUM_THREADS" not in name}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", AT_IMPORT.replace("LIMIT", repr(limit))],
        cwd=ROOT,
        env=inherited | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    ours, of_blas = done.stdout.split()
    assert ours == of_blas
    return int(ours)


def test_no_more_threads_at_import_than_processors_are_given() -> None:
    most = threads_at_import("max 100000")
    assert threads_at_import("6400000 100000") == min(most, 64)
    assert threads_at_import("150000 100000") == min(most, 2)
    assert threads_at_import("149000 100000") == 1
    assert threads_at_import("5000 100000") == 1


def test_the_user_may_have_more() -> None:
    if threads._blas.set is None:
        # Then nobody can tell BLAS how many threads to use, and operators have one.
        pytest.skip("NumPy's BLAS here is not OpenBLAS")
    assert threads_at_import("100000 100000", AUTOTENSOR_NUM_THREADS="3") == 3
