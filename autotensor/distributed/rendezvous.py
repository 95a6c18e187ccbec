"""How processes that were started without ``mpiexec`` find each other, as PyTorch's do.

Each is told its number, how many there are, and an address: by ``init_process_group(rank=,
world_size=)``, by the environment (``RANK``, ``WORLD_SIZE``, ``MASTER_ADDR``, ``MASTER_PORT``), or
by a URL.  So scripts work that start their processes by ``multiprocessing``, and shells that start
them one by one.  Rank 0 starts a program at that address (``switchboard.py``) that answers what MPI
would ask ``mpiexec``.  It needs MPICH, which the extra ``mpi`` brings.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from autotensor.distributed.beginning import begin_mpi
from autotensor.distributed.switchboard import GREETING
from autotensor.importing import import_extra

__all__ = ["Place", "end_in_order", "meet", "meeting_place", "met"]

CALLER = "distributed.init_process_group"
KINDS = ("env", "tcp", "file")
PAUSE = 0.05
"""Seconds between two attempts to reach rank 0."""


class Place(NamedTuple):
    """Who this process is, and where it meets the others: an address, or a file with one."""

    rank: int
    size: int
    host: str
    port: int
    file: str


# -- where -----------------------------------------------------------------------------------------


def meeting_place(
    method: str | None, rank: int, size: int, told: Mapping[str, str]
) -> Place | None:
    """Where to meet, by ``init_process_group``'s arguments and the environment; None for a process
    that is alone.

    Raises:
        ValueError: a URL of another kind; a rank that is not among them; no address.

    Example:

        >>> from autotensor.distributed.rendezvous import meeting_place
        >>> meeting_place("tcp://10.0.0.1:29500", 1, 2, {})[:4]
        (1, 2, '10.0.0.1', 29500)
        >>> meeting_place(None, -1, -1, {"RANK": "0", "WORLD_SIZE": "1"})
    """
    url = urlsplit(method or "env://")
    if url.scheme not in KINDS:
        raise ValueError(
            f"{CALLER}: init_method must begin with env://, tcp:// or file://, got {method!r}"
        )
    said = {key.upper(): values[-1] for key, values in parse_qs(url.query).items()}
    if url.scheme == "env":
        said = {**told, **said}
    rank = _number(said, "RANK") if rank == -1 else rank
    size = _number(said, "WORLD_SIZE") if size == -1 else size
    if size == 1 and rank in (-1, 0):
        return None
    if size == -1 and (rank == -1 or url.scheme == "env"):
        return None
    if not 0 <= rank < size:
        raise ValueError(
            f"{CALLER}: rank must be from 0 to world_size - 1, got rank={rank} and "
            f"world_size={size}; both are arguments, or RANK and WORLD_SIZE in the environment"
        )
    if url.scheme == "file":
        return Place(rank, size, "127.0.0.1", 0, unquote(url.netloc + url.path))
    host = (url.hostname if url.scheme == "tcp" else said.get("MASTER_ADDR")) or ""
    port = url.port or 0 if url.scheme == "tcp" else _number(said, "MASTER_PORT")
    if not host or not 0 < port < 1 << 16:
        raise ValueError(
            f"{CALLER}: rank {rank} of {size} has no address to meet the others at: set "
            'MASTER_ADDR and MASTER_PORT in the environment ("localhost" and "29500"), or start '
            f"the script by mpiexec -n {size} python ..."
        )
    return Place(rank, size, host, port, "")


def _number(said: Mapping[str, str], name: str) -> int:
    word = said.get(name, "-1")
    try:
        return int(word)
    except ValueError:
        raise ValueError(f"{CALLER}: {name} must be a whole number, got {word!r}") from None


# -- meeting ---------------------------------------------------------------------------------------


class _Met:
    """What a process that has met others holds as long as it lives."""

    place: Place | None = None
    process: int
    line: socket.socket
    watch: socket.socket


_met = _Met()


def met() -> bool:
    """Whether this process has met others; MPI knows them from then on, for good."""
    return _met.place is not None


def meet(place: Place, seconds: float) -> None:
    """Waits for the others, and has MPI know them.

    Raises:
        RuntimeError: they have not all come within ``seconds``; the address is taken, or not this
            machine's; they disagree on how many they are; or MPI is not MPICH.
    """
    if _met.place is not None:
        if (place.rank, place.size) != (_met.place.rank, _met.place.size):
            raise RuntimeError(
                f"{CALLER}: this process has been rank {_met.place.rank} of {_met.place.size}, and "
                f"cannot become rank {place.rank} of {place.size}: start another process"
            )
        return
    _need_mpich()
    deadline = monotonic() + seconds
    if place.rank == 0:
        place = _open(place)
    line, watch = (_call(place, kind, deadline) for kind in ("line", "watch"))
    _wait_for_all(place, watch, deadline)
    line.settimeout(None)  # MPI reads it, in C
    _introduce(place, line, seconds)
    _met.place, _met.line, _met.watch, _met.process = place, line, watch, os.getpid()
    atexit.register(end_in_order)  # before MPI's own end, which was registered before
    threading.Thread(target=_listen, name="autotensor-watch", daemon=True).start()


def end_in_order() -> None:
    """Says that this process, if it has met others, ends as it should; then so does MPI."""
    if _met.place is None or _met.process != os.getpid():  # a forked child has no line of its own
        return
    mpi = sys.modules["mpi4py.MPI"]
    if not mpi.Is_finalized():
        with contextlib.suppress(OSError):
            _met.line.sendall(b"cmd=done\n")
        mpi.Finalize()


def _need_mpich() -> None:
    """MPI must not have begun yet, and be the one that asks such questions."""
    import_extra("mpi4py", "mpi", CALLER)
    if "mpi4py.MPI" in sys.modules:
        raise RuntimeError(
            f"{CALLER}: mpi4py.MPI was imported before, so that MPI believes this process to be "
            "alone: import it afterwards, or start the script by mpiexec -n 2 python ..."
        )
    if sys.platform == "win32":
        raise RuntimeError(f"{CALLER}: on Windows start the script by mpiexec -n 2 python ...")


def _open(place: Place) -> Place:
    """Starts the program that all ranks call, and says where it is."""
    try:
        listener = socket.create_server(
            (place.host, place.port), family=_family(place), backlog=2 * place.size + 16
        )
    except OSError as error:
        raise RuntimeError(
            f"{CALLER}: rank 0 cannot listen at {place.host}:{place.port}: "
            f"{error.strerror or error}; MASTER_ADDR must be an address of the machine of rank 0, "
            "and MASTER_PORT one that no other program uses"
        ) from error
    with listener:
        program = str(Path(__file__).with_name("switchboard.py"))
        os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", program, str(place.size)],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, listener.fileno(), 0),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setpgroup=0,  # Ctrl-C is for the ranks
        )
        place = place._replace(port=listener.getsockname()[1])
    if place.file:
        draft = f"{place.file}.{os.getpid()}"
        Path(draft).write_text(f"{place.host} {place.port}\n", encoding="utf-8")
        os.replace(draft, place.file)
    return place


def _family(place: Place) -> socket.AddressFamily:
    found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
    families = {one[0] for one in found}
    return socket.AF_INET if socket.AF_INET in families else socket.AF_INET6


def _call(place: Place, kind: str, deadline: float) -> socket.socket:
    """A line to rank 0's program, which may not be there yet."""
    while True:
        where = place
        try:
            if place.file and not place.port:
                host, port = Path(place.file).read_text(encoding="utf-8").split()
                where = place._replace(host=host, port=int(port))
            found = socket.create_connection((where.host, where.port), timeout=5)
            break
        except (OSError, ValueError) as error:
            if monotonic() > deadline:
                raise RuntimeError(
                    f"{CALLER}: rank {place.rank} of {place.size} has not reached rank 0 at "
                    f"{place.file or f'{where.host}:{where.port}'}: {error}"
                ) from error
            sleep(PAUSE)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    about = f"{place.rank} {place.size} {os.getpid()} {socket.gethostname()}"
    found.sendall(f"{GREETING} {kind} {about}\n".encode())
    return found


def _wait_for_all(place: Place, watch: socket.socket, deadline: float) -> None:
    here = {place.rank}
    read = _reader(watch)
    while True:
        watch.settimeout(max(0.01, deadline - monotonic()))
        try:
            words = read().split(" ")
        except TimeoutError:
            missing = sorted({*range(place.size)} - here)
            raise RuntimeError(
                f"{CALLER}: the ranks {missing} of {place.size} have not come to rank 0 in time; "
                "every one must be started, with the same world_size and address"
            ) from None
        match words:
            case ["begin"]:
                return
            case ["here", *ranks]:
                here |= {int(one) for one in ranks if one}
            case ["refused", *reason]:
                raise RuntimeError(
                    f"{CALLER}: rank {place.rank} of {place.size} is refused: {' '.join(reason)}"
                )
            case _:
                raise RuntimeError(
                    f"{CALLER}: the line of rank {place.rank} of {place.size} to rank 0 broke; "
                    "either rank 0 has ended, or there was another process of this rank"
                )


def _reader(connection: socket.socket) -> Callable[[], str]:
    """Gives one line at a time; "" when there are no more."""
    rest = b""

    def read() -> str:
        nonlocal rest
        while b"\n" not in rest:
            received = connection.recv(4096)
            if not received:
                return ""
            rest += received
        line, rest = rest.split(b"\n", 1)
        return line.decode()

    return read


def _introduce(place: Place, line: socket.socket, seconds: float) -> None:
    """Begins MPI, which reads of the environment whom to ask; afterwards it is as before, for
    processes that this one may start."""
    own = {"PMI_FD": line.fileno(), "PMI_RANK": place.rank, "PMI_SIZE": place.size}
    os.environ.update({name: str(value) for name, value in own.items()})
    try:
        mpi = begin_mpi(seconds, CALLER)
    finally:
        for name in own:
            del os.environ[name]
    if mpi.COMM_WORLD.size != place.size:
        maker = " ".join([mpi.get_vendor()[0], *_version_of("mpich")])
        raise RuntimeError(
            f"{CALLER}: mpi4py works with {maker}, which finds other processes only through its "
            f"own launcher: start the script by mpiexec -n {place.size} python ..., or install "
            "MPICH: pip install 'autotensor[mpi]'"
        )


def _version_of(package: str) -> list[str]:
    try:
        return [f"(and {package} {version(package)} is installed)"]
    except PackageNotFoundError:
        return []


# -- while they work -------------------------------------------------------------------------------


def _listen() -> None:
    """Ends this process when another has ended before its time, as ``mpiexec`` would."""
    place, watch = _met.place, _met.watch
    assert place is not None
    watch.settimeout(None)
    read = _reader(watch)
    while True:
        try:
            words = read().split(" ")
        except OSError:
            return
        match words:
            case [""]:
                return
            case ["ended", rank]:
                _stop(
                    f"rank {place.rank} of {place.size} ends, for rank {rank} has ended without a "
                    "word: it was killed, or crashed\n",
                    1,
                )
            case ["aborted", _, code]:
                _stop("", int(code) or 1)


def _stop(words: str, code: int) -> None:
    for stream, text in ((sys.stdout, ""), (sys.stderr, words)):
        try:
            stream.write(text)
            stream.flush()
        except (AttributeError, OSError, ValueError):  # closed, or none
            continue
    os._exit(code)
