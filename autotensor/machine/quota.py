"""How much of the processors this process is given, where a container or a service limits it.

On Linux a control group may run for so many microseconds in every period, on however many
processors; once they are used up, all of it stands still until the next period.  Docker's
``--cpus``, Kubernetes' limits and systemd's ``CPUQuota`` are set so.  (``cpu.max`` of version 2,
``cpu.cfs_quota_us`` of version 1: the kernel's documents cgroup-v2 and sched-bwc.)
"""

from __future__ import annotations

from math import inf

GROUPS = "/proc/self/cgroup"
"""Tells to which groups the process belongs."""
TREE = "/sys/fs/cgroup"
"""Where the groups are shown, each as a folder in that of the group around it."""
FILES = {"": ("cpu.max",), "/cpu": ("cpu.cfs_quota_us", "cpu.cfs_period_us")}
"""What tells of a group, in the trees of version 2 and 1."""


def processors_given() -> float:
    """So many processors, or the time of so many; infinity where nothing limits it."""
    given = inf
    for line in _read(GROUPS).splitlines():
        _, kinds, group = line.split(":", 2)
        if not kinds or "cpu" in kinds.split(","):
            given = min(given, _given_to(group, "/cpu" if kinds else ""))
    return given


def _given_to(group: str, tree: str) -> float:
    """The least of what the group and those around it have.

    Inside a container the folder of its group may be the tree itself, whatever its name outside.
    """
    given = inf
    while True:
        folder = TREE + tree + group
        limit = " ".join(_read(f"{folder}/{name}") for name in FILES[tree]).split()
        if len(limit) == 2 and limit[0].isdigit():  # not "max", and not -1
            given = min(given, int(limit[0]) / int(limit[1]))
        if not group:
            return given
        group = group.rpartition("/")[0]


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except (OSError, ValueError):
        return ""
