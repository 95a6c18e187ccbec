"""The processes that train together: who they are, how they begin, wait for each other, and end.

``mpiexec -n 4 python train.py`` starts four; each has a number, its *rank*.  They speak by MPI
through ``mpi4py`` (the extra ``mpi`` brings it, and MPICH).  A script started without ``mpiexec``
is one rank, and needs neither, unless it is told of others (``rendezvous.py``).

None waits for ever.  Whoever raises an error that nobody catches ends all of them, with its
traceback; whoever waits for one that has ended, or longer than ``timeout``, raises, and so do all
where some make another call than the others.
"""

from __future__ import annotations

import atexit
import functools
import inspect
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from time import monotonic, sleep
from typing import Any, ParamSpec, TypeVar
from zlib import crc32

import numpy as np

from autotensor.distributed.beginning import begin_mpi
from autotensor.distributed.launched import LAUNCHED, ranks_announced
from autotensor.distributed.rendezvous import end_in_order, meet, meeting_place, met
from autotensor.distributed.watch import Watch
from autotensor.importing import import_extra
from autotensor.machine.threads import get_num_threads, set_num_threads

__all__ = [
    "GroupMember", "ProcessGroup", "destroy_process_group", "get_backend",
    "get_process_group_ranks", "get_rank", "get_world_size", "group", "init_process_group",
    "is_available", "is_initialized", "is_mpi_available", "new_group",
]  # fmt: skip

MINUTES = 10
"""How long a rank waits for the others unless told otherwise."""
AWAKE = 0.002
"""Seconds for which one waits awake: most exchanges take less.  After that others who want the
processor get it, at every look; but there must be many looks, for at each MPI moves only what a
socket holds."""
LONG, REST = 1.0, 5e-3
"""Who has waited so many seconds sleeps half of the time; no longer than this at once."""
LOOK = 0.05
"""Seconds between two looks for who has ended."""
LAST_WORDS = 0.5
"""After this part of its time a rank that waits asks who else does."""
GRACE = 1.0
"""Seconds that an exchange with one who has ended is still given: it may have taken part."""


yield_processor: Callable[[], object] = getattr(os, "sched_yield", lambda: sleep(0))


class ProcessGroup:
    """Processes that exchange with each other; see ``new_group``.

    Attributes:
        ranks: their numbers in the whole.
        comm: the communicator of MPI's; None in a group of one that needs no MPI.
        mpi: the module ``mpi4py.MPI``, or None.
        exchanges: how many have begun so far.
        handed_over: how many bytes this process has handed to them.

    Example:

        >>> import autotensor.distributed as dist
        >>> dist.init_process_group()  # started without mpiexec: one rank
        >>> dist.group.WORLD.rank(), dist.group.WORLD.size(), dist.group.WORLD.ranks
        (0, 1, (0,))
        >>> dist.destroy_process_group()
    """

    def __init__(
        self, watch: Watch | None, comm: Any, ranks: Sequence[int], seconds: float, number: int = 0
    ) -> None:
        self.ranks = tuple(ranks)
        self.seconds = seconds
        self.mpi: Any = None if watch is None else watch.mpi
        self.comm = comm
        self.exchanges = self.handed_over = 0
        self.number = number
        """Which of the groups that were made, the same in all processes."""
        self.groups = 0
        """How many have been made of it."""
        self._watch: Any = watch
        self._calls = None if comm is None else comm.Dup()  # on which all meet
        self._met = 0
        self._unfinished: list[Any] = []  # MPI may still write there
        self._under_way: list[Any] = []
        self._apart: str | None = None

    def rank(self) -> int:
        """Which of them this process is, from 0 on.

        Example:

            >>> at.distributed.init_process_group()
            >>> at.distributed.group.WORLD.rank()
            0
            >>> at.distributed.destroy_process_group()
        """
        return 0 if self.comm is None else int(self.comm.rank)

    def size(self) -> int:
        """How many they are.

        Example:

            >>> at.distributed.init_process_group()
            >>> at.distributed.group.WORLD.size()
            1
            >>> at.distributed.destroy_process_group()
        """
        return len(self.ranks)

    def number_of(self, rank: int, caller: str, argument: str) -> int:
        """The number within this group of the process that is ``rank`` in the whole.

        Example:

            >>> at.distributed.init_process_group()
            >>> at.distributed.group.WORLD.number_of(0, "broadcast", "src")
            0
            >>> at.distributed.destroy_process_group()
        """
        if rank not in self.ranks:
            raise ValueError(
                f"distributed.{caller}: {argument} must be one of the ranks {list(self.ranks)}, "
                f"got {rank!r}"
            )
        return self.ranks.index(rank)

    def chosen(
        self,
        rank: int | None,
        own: int | None,
        caller: str,
        argument: str,
        usual: int | None = None,
    ) -> int:
        """The number within this group that a caller means by ``rank``, its number in the whole, or
        by ``own``, its number in this group; ``usual``, in the whole, where it gives neither.

        Example:

            >>> at.distributed.init_process_group()
            >>> at.distributed.group.WORLD.chosen(None, 0, "broadcast", "src")
            0
            >>> at.distributed.destroy_process_group()
        """
        if own is None:
            rank = usual if rank is None else rank
            if rank is None:
                raise ValueError(f"distributed.{caller}: give {argument} or group_{argument}")
            return self.number_of(rank, caller, argument)
        if rank is not None:
            raise ValueError(f"distributed.{caller}: give {argument} or group_{argument}, not both")
        if own not in range(len(self.ranks)):
            raise ValueError(
                f"distributed.{caller}: group_{argument} must be from 0 to {len(self.ranks) - 1}, "
                f"got {own!r}"
            )
        return own

    def hand_over(self, count: int) -> None:
        """Counts an exchange of so many bytes.

        Example:

            >>> at.distributed.init_process_group()
            >>> at.distributed.group.WORLD.hand_over(8)
            >>> at.distributed.group.WORLD.handed_over
            8
            >>> at.distributed.destroy_process_group()
        """
        self.exchanges += 1
        self.handed_over += count

    def on_one_machine(self) -> bool:
        """Whether all of them run on the machine of this one.

        Example:

            >>> at.distributed.init_process_group()
            >>> at.distributed.group.WORLD.on_one_machine()
            True
            >>> at.distributed.destroy_process_group()
        """
        return self._watch is None or self._watch.beside.issuperset(self.ranks)

    def meet(self, call: str) -> Meeting:
        """Begins to compare what all of them call; the Meeting raises where they differ.

        Example:

            >>> at.distributed.init_process_group()
            >>> at.distributed.group.WORLD.meet("broadcast of (3,) float32").wait()
            >>> at.distributed.destroy_process_group()
        """
        if self._apart is not None:
            raise RuntimeError(self._apart)
        self._met += 1
        if self.comm is not None:
            self.hand_over(2 * np.dtype(np.int64).itemsize)
        return Meeting(self, call, self._calls, self.mpi)

    def differ(self, call: str) -> None:
        """Raises, in all of them, who has called what.

        Example:

            >>> def compare(group, call, same):  # in a script started by mpiexec
            ...     if not same:
            ...         group.differ(call)
        """
        watch: Any = self._watch
        callers = watch.calls(self.ranks, call, lambda true: self.until(true, call))
        said = "; ".join(
            f"{'ranks' if len(ranks) > 1 else 'rank'} {', '.join(map(str, ranks))}: {theirs}"
            for theirs, ranks in callers.items()
        )
        self._apart = (
            "distributed: the ranks make different calls, so none of them can go on: "
            f"{said}. Every rank must make the same calls in the same order, with the same shapes "
            "and dtypes"
        )
        raise RuntimeError(self._apart)

    def keep(self, work: Any) -> None:
        """Holds on to ``work``, and what it reads and writes, until it is through, also where
        nobody waits for it.

        Example:

            >>> import autotensor.distributed as dist
            >>> dist.init_process_group()
            >>> dist.group.WORLD.keep(dist.barrier(async_op=True))
            >>> dist.destroy_process_group()
        """
        self._under_way = [one for one in self._under_way if not one.is_over()]
        self._under_way.append(work)

    def wait(self, request: Any, caller: str, status: Any = None) -> None:
        """Until ``request`` of MPI's is done.

        Raises:
            RuntimeError: a rank has ended meanwhile, or it took longer than this group's timeout.

        Example:

            >>> def finish(group, request):  # in a script started by mpiexec
            ...     group.wait(request, "all_reduce")
        """
        try:
            if not request.Test(status):
                self.until(lambda: request.Test(status), caller)
        except self.mpi.Exception as error:
            raise RuntimeError(
                f"distributed.{caller}: rank {get_rank()}: {str(error).splitlines()[-1]}; what "
                "one rank sends must be as long as what the other receives"
            ) from error
        except RuntimeError:
            self._unfinished.append(request)
            raise

    def until(self, true: Callable[[], Any], caller: str) -> None:
        """Asks ``true`` until it is; raises what ``wait`` does.

        Example:

            >>> at.distributed.init_process_group()
            >>> answers = iter([False, False, True])
            >>> at.distributed.group.WORLD.until(lambda: next(answers), "broadcast")
            >>> at.distributed.destroy_process_group()
        """
        begun = looked = again = monotonic()
        goodbye = None
        while not true():
            now = monotonic()
            if now - begun < AWAKE:
                continue
            yield_processor()
            if now - begun > LONG and now > again:
                nap = min((now - begun) / 1000, REST)
                sleep(nap)
                again = now + 2 * nap
            if now - looked > LOOK:
                looked = now
                goodbye = goodbye or self._goodbye(now)
                if goodbye is not None and now - goodbye[1] > GRACE:
                    raise RuntimeError(
                        f"distributed.{caller}: rank {goodbye[0]} has ended, and rank "
                        f"{get_rank()} waits for it; every rank must make the same calls"
                    )
                self._ask(now - begun, caller)

    def _goodbye(self, now: float) -> tuple[int, float] | None:
        """Who has ended, if somebody of this group has, and when that was seen."""
        rank = None if self._watch is None else self._watch.ended(self.ranks)
        return None if rank is None else (rank, now)

    def _ask(self, waited: float, caller: str) -> None:
        """Near the end of the time to wait, who else waits here; at its end, raises."""
        place = self.number, self._met
        missing: list[int] = []
        if self._watch is not None:
            self._watch.hear(place)
            if waited > min(LAST_WORDS * self.seconds, self.seconds - 4 * LOOK):
                self._watch.tell(self.ranks, place)
            missing = self._watch.missing(self.ranks, place)
        if waited > self.seconds:
            who = f"the ranks {missing}, which have not come" if missing else "the other ranks"
            raise RuntimeError(
                f"distributed.{caller}: rank {get_rank()} has waited {self.seconds:g} seconds for "
                f"{who}: they hang, are slower than that, or make other calls. "
                "init_process_group(timeout=) sets how long"
            )


class Meeting:
    """All ranks of a group at the same call: ``ProcessGroup.meet`` begins it.

    Example:

        >>> at.distributed.init_process_group()
        >>> meeting = at.distributed.group.WORLD.meet("barrier")
        >>> meeting.is_over(), meeting.wait()
        (True, None)
        >>> at.distributed.destroy_process_group()
    """

    def __init__(self, group: ProcessGroup, call: str, comm: Any, mpi: Any) -> None:
        self._group, self._call = group, call
        self._request = None
        if comm is not None:
            word = crc32(call.encode())
            self._found = np.array([word, -word])
            self._request = comm.Iallreduce(mpi.IN_PLACE, self._found, mpi.MAX)

    def is_over(self) -> bool:
        """Whether all have come, with the same call."""
        if self._request is not None and self._request.Test():
            self._compare()
        return self._request is None

    def wait(self) -> None:
        """Until all have come.

        Raises:
            RuntimeError: with different calls; or as ``ProcessGroup.wait``.
        """
        if self._request is not None:
            self._group.wait(self._request, self._call)
            self._compare()

    def _compare(self) -> None:
        self._request = None
        if self._found[0] != -self._found[1]:
            self._group.differ(self._call)


class GroupMember:
    """What ``new_group`` gives to those who are not in the group.

    Example:

        >>> at.distributed.GroupMember.NON_GROUP_MEMBER is None
        False
    """

    NON_GROUP_MEMBER = object()


class _Groups:
    """Where scripts look for the group of all: ``distributed.group.WORLD``; None before
    ``init_process_group``."""

    WORLD: ProcessGroup | None = None


group = _groups = _Groups()  # the second name is for functions that have an argument ``group``


def is_available() -> bool:
    """True: there is at least this one process.

    Example:

        >>> at.distributed.is_available()
        True
    """
    return True


def is_initialized() -> bool:
    """Whether ``init_process_group`` was called.

    Example:

        >>> at.distributed.is_initialized()
        False
    """
    return group.WORLD is not None


def is_mpi_available() -> bool:
    """Whether ``mpi4py`` is installed, the extra ``mpi``.

    Example:

        >>> at.distributed.is_mpi_available() in (True, False)
        True
    """
    from importlib.util import find_spec

    return find_spec("mpi4py") is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | float | None = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
) -> None:
    """Begins to work together with the other processes of a job.

    Call it once, at the beginning, in every one of them.  Each is held to its share of the
    processors of its machine, unless ``AUTOTENSOR_NUM_THREADS`` is set.

    Started by ``mpiexec``, or by ``python -m autotensor.distributed.run``, MPI knows the others.
    Processes that ``multiprocessing`` or a shell has started are told ``rank``, ``world_size`` and
    an address, as PyTorch's are, and meet there; that needs MPICH, which the extra ``mpi`` brings.
    A process that is told nothing is one rank.

    Args:
        backend: any of PyTorch's names; it is MPI in all cases, through the package ``mpi4py``.
        init_method: where processes meet that ``mpiexec`` has not started: ``"env://"``, at
            ``MASTER_ADDR`` and ``MASTER_PORT`` of the environment, as also if None;
            ``"tcp://host:port"``; ``"file:///path"`` on one machine.  The address is one of the
            machine of rank 0.
        timeout: how long a rank waits for the others in one exchange, a ``timedelta`` or seconds;
            10 minutes if None.
        world_size, rank: how many there are and which this is; if not given, ``WORLD_SIZE`` and
            ``RANK`` of the environment.  Under ``mpiexec`` they must be what MPI says.
        store, group_name, pg_options, device_id: accepted, without effect.

    Raises:
        ModuleNotFoundError: there are others, and ``mpi4py`` is not installed.
        RuntimeError: called twice; ``world_size`` or ``rank`` are not MPI's; or the others have not
            come within ``timeout``.
        ValueError: a ``rank`` that is not below ``world_size``, or no address to meet at.

    Example:

        >>> at.distributed.init_process_group("gloo")
        >>> at.distributed.get_rank(), at.distributed.get_world_size()
        (0, 1)
        >>> at.distributed.destroy_process_group()
    """
    caller = "distributed.init_process_group"
    if group.WORLD is not None:
        raise RuntimeError(f"{caller}: called twice; once is enough")
    seconds = _seconds(timeout, "init_process_group")
    if not _with_others(init_method, rank, world_size, seconds):
        found = ProcessGroup(None, None, (0,), seconds)
    else:
        mpi = begin_mpi(seconds, caller)
        comm = mpi.COMM_WORLD
        found = ProcessGroup(Watch(mpi, comm.Dup()), comm.Dup(), range(comm.size), seconds)
    for name, given, known in (
        ("rank", rank, found.rank()),
        ("world_size", world_size, found.size()),
        ("world_size", ranks_announced(os.environ) or -1, found.size()),
    ):
        if given not in (-1, known):
            raise RuntimeError(
                f"{caller}: {name} is {given}, but {known} by what this process was started with; "
                f"start it by mpiexec -n {max(world_size, 2)} python ..., with the mpiexec of the "
                "MPI that mpi4py uses"
            )
    group.WORLD = found
    if found.size() > 1:
        _share_processors(found)
        sys.excepthook = _ending_all(sys.excepthook)
        atexit.register(_say_goodbye, found)


def _with_others(method: str | None, rank: int, size: int, seconds: float) -> bool:
    """Whether MPI knows of others: by its launcher, or because they have met here."""
    if any(name in os.environ for name in LAUNCHED):
        if _by_multiprocessing():
            raise RuntimeError(
                "distributed.init_process_group: this process was started by multiprocessing in a "
                "script that mpiexec has started; start that script by python alone"
            )
        return True
    place = meeting_place(method, rank, size, os.environ)
    if place is None:
        return met()
    meet(place, seconds)
    if _by_multiprocessing():
        # Such a process may end without atexit, and without sys.excepthook.
        from multiprocessing.util import Finalize

        Finalize(None, _leave, exitpriority=0)
    return True


def _by_multiprocessing() -> bool:
    multiprocessing = sys.modules.get("multiprocessing.process")
    return multiprocessing is not None and multiprocessing.parent_process() is not None


def _leave() -> None:
    """The end of a process that ``multiprocessing`` started: in order, or by an error."""
    world, error = group.WORLD, sys.exception()
    mpi = import_extra("mpi4py.MPI", "mpi", "distributed")
    if isinstance(error, SystemExit):
        if error.code:
            mpi.COMM_WORLD.Abort(error.code if isinstance(error.code, int) else 1)
    elif error is not None:
        sys.excepthook(type(error), error, error.__traceback__)
    if world is not None:
        _say_goodbye(world)
        group.WORLD = None
    end_in_order()


def _seconds(timeout: Any, caller: str) -> float:
    if timeout is None:
        return 60.0 * MINUTES
    if isinstance(timeout, timedelta):
        timeout = timeout.total_seconds()
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not timeout > 0:
        raise ValueError(
            f"distributed.{caller}: timeout must be a timedelta or seconds above 0, got {timeout!r}"
        )
    return float(timeout)


def _share_processors(world: ProcessGroup) -> None:
    """Threads of several ranks on the same processors would wait for each other."""
    if "AUTOTENSOR_NUM_THREADS" in os.environ:
        return
    set_num_threads(max(1, get_num_threads() // len(world._watch.beside)))


def _ending_all(before: Callable[..., Any]) -> Callable[..., Any]:
    """What Python is to do with an error that nobody catches: to say it, and to end all ranks."""

    def end(kind: Any, error: Any, trace: Any) -> None:
        world = group.WORLD
        if world is None:
            before(kind, error, trace)
            return
        try:
            lines = "".join(traceback.format_exception(kind, error, trace))
            sys.stderr.write(f"rank {world.rank()} of {world.size()} ends all of them:\n{lines}")
            sys.stderr.flush()
            sys.stdout.flush()
        finally:  # also where there is no memory left to say it
            world.comm.Abort(1)

    return end


def _say_goodbye(world: ProcessGroup) -> None:
    """A rank that ends, by ``sys.exit`` for instance, tells those who may wait for it."""
    if group.WORLD is world:
        world._watch.say_goodbye()


def destroy_process_group(group: ProcessGroup | None = None) -> None:
    """Ends the working together, after what has been asked for is done; nothing if there is none.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.destroy_process_group()
        >>> at.distributed.is_initialized()
        False
    """
    world = _groups.WORLD
    if world is None or group not in (None, world):
        return
    world.meet("destroy_process_group").wait()
    _groups.WORLD = None


def group_of(given: Any, caller: str) -> ProcessGroup:
    """The group to exchange in: ``given``, or that of all where it is None."""
    world = group.WORLD
    if world is None:
        raise RuntimeError(
            f"distributed.{caller}: call init_process_group() first; to run on several processes, "
            "start the script by mpiexec -n 2 python ..."
        )
    if given is None:
        return world
    if not isinstance(given, ProcessGroup):
        what = (
            "this process is not in that group"
            if given is GroupMember.NON_GROUP_MEMBER
            else (f"group must be one that new_group gave, got {type(given).__name__}")
        )
        raise ValueError(f"distributed.{caller}: {what}")
    return given


Given = ParamSpec("Given")
Result = TypeVar("Result")


def for_members(collective: Callable[Given, Result]) -> Callable[Given, Result | None]:
    """What a process calls with the ``group`` that ``new_group`` gave it: one that is not in it
    takes no part, and is told so."""
    caller = collective.__name__
    place = list(inspect.signature(collective).parameters).index("group")

    @functools.wraps(collective)
    def call(*args: Given.args, **kwargs: Given.kwargs) -> Result | None:
        given = args[place] if place < len(args) else kwargs.get("group")
        if given is not GroupMember.NON_GROUP_MEMBER:
            return collective(*args, **kwargs)
        warnings.warn(
            f"distributed.{caller}: rank {get_rank()} is not in that group, so nothing is done",
            stacklevel=2,
        )
        return None

    return call


def new_group(
    ranks: Sequence[int] | None = None,
    timeout: timedelta | float | None = None,
    backend: str | None = None,
    pg_options: Any = None,
    use_local_synchronization: bool = False,
    group_desc: str | None = None,
    device_id: Any = None,
) -> ProcessGroup | Any:
    """A group of some of the processes, to exchange within.  All must call it, in the same order.

    Args:
        ranks: their numbers; all if None.
        timeout: as in ``init_process_group``; that of all if None.
        backend, pg_options, use_local_synchronization, group_desc, device_id: without effect.

    Returns:
        The group; ``GroupMember.NON_GROUP_MEMBER`` in a process that is not in it: given that, the
        exchanges of a group do nothing but warn.

    Raises:
        RuntimeError: before ``init_process_group``.
        ValueError: a number that is no rank, or one twice.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.new_group([0]).size()
        1
        >>> at.distributed.destroy_process_group()
    """
    world = group_of(None, "new_group")
    chosen = sorted(world.ranks if ranks is None else ranks)
    if len(set(chosen)) != len(chosen) or not set(chosen) <= set(world.ranks) or not chosen:
        raise ValueError(
            f"distributed.new_group: ranks must be different ones of {list(world.ranks)}, got "
            f"{list(chosen)}"
        )
    seconds = world.seconds if timeout is None else _seconds(timeout, "new_group")
    world.groups += 1
    if world.comm is None:
        return ProcessGroup(None, None, chosen, seconds, world.groups)
    world.meet(f"new_group of the ranks {chosen}").wait()
    comm = world.comm.Create(world.comm.group.Incl(chosen))
    if world.rank() not in chosen:
        return GroupMember.NON_GROUP_MEMBER
    return ProcessGroup(world._watch, comm, chosen, seconds, world.groups)


def get_rank(group: ProcessGroup | None = None) -> int:
    """The number of this process in ``group``, or among all; -1 outside of ``group``.

    Raises:
        RuntimeError: before ``init_process_group``.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.get_rank()
        0
        >>> at.distributed.destroy_process_group()
    """
    if group is GroupMember.NON_GROUP_MEMBER:
        return -1
    return group_of(group, "get_rank").rank()


def get_world_size(group: ProcessGroup | None = None) -> int:
    """How many processes ``group`` has, or all; -1 outside of ``group``.

    Raises:
        RuntimeError: before ``init_process_group``.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.get_world_size()
        1
        >>> at.distributed.destroy_process_group()
    """
    if group is GroupMember.NON_GROUP_MEMBER:
        return -1
    return group_of(group, "get_world_size").size()


def get_backend(group: ProcessGroup | None = None) -> str:
    """``"mpi"``.

    Example:

        >>> at.distributed.init_process_group("nccl")
        >>> at.distributed.get_backend()
        'mpi'
        >>> at.distributed.destroy_process_group()
    """
    group_of(group, "get_backend")
    return "mpi"


def get_process_group_ranks(group: ProcessGroup | None) -> list[int]:
    """The numbers, among all, of the processes in ``group``.

    Example:

        >>> at.distributed.init_process_group()
        >>> at.distributed.get_process_group_ranks(None)
        [0]
        >>> at.distributed.destroy_process_group()
    """
    return list(group_of(group, "get_process_group_ranks").ranks)
