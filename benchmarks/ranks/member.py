"""One of several processes that do a workload together: a worker who is spoken to by a socket.

    python -m benchmarks.ranks.member PORT

A launcher such as ``mpiexec`` passes standard input on to one process only; so each calls the
driver, and sleeps in a read of its own between its turns.
"""

from __future__ import annotations

import socket
import sys

from benchmarks.worker import serve


def main(port: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", port)) as connection,
        connection.makefile("r", encoding="utf-8") as commands,
        connection.makefile("w", encoding="utf-8") as replies,
    ):
        serve(commands, replies)


if __name__ == "__main__":
    main(int(sys.argv[1]))
