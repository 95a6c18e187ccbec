"""A server of files on the loopback address that misbehaves as it is told.

``Server`` answers each request by the next of its ``plan``, a list of names from ``FAULTS``, and as
it should when that is at its end.
"""

from __future__ import annotations

import random
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Answering(BaseHTTPRequestHandler):
    """One request of a Server."""

    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        owner: Server = self.server.owner
        with owner.lock:
            owner.requests.append((self.path, dict(self.headers)))
            content = owner.files.get(self.path)
            fault = owner.plan.pop(0) if owner.plan else ""
        self.close_connection = True
        try:
            if content is None:
                self.send(404, b"none such")
            else:
                FAULTS[fault](self, owner, content)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has had enough

    # --- what faults are made of ----------------------------------------------------------------

    def part(self, owner: Server, content: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers as they should be, to a whole or a part."""
        tag = owner.tag(content)
        headers = {**owner.headers, **({"ETag": tag} if tag else {})}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not asked or (owner.knows_if_range and self.headers.get("If-Range", tag) != tag):
            return 200, content, headers
        start = int(asked[1])
        if start >= len(content):
            return 416, b"", {"Content-Range": f"bytes */{len(content)}"}
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return 206, content[start:], {**headers, "Content-Range": span}

    def send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if length != -1:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        pace = self.server.owner.pace
        for start in range(0, len(body), 4096 if pace else max(1, len(body))):
            time.sleep(pace)
            self.wfile.write(body[start : start + 4096 if pace else None])

    def reset(self) -> None:
        """Ends the connection as a crash would, so that the other side gets an error."""
        self.wfile.flush()
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()


def some(owner: Server, body: bytes) -> bytes:
    """The beginning of a body, of random length, but not all of it."""
    return body[: owner.random.randrange(len(body))] if body else body


def good(one: Answering, owner: Server, content: bytes) -> None:
    one.send(*one.part(owner, content))


def cut(one: Answering, owner: Server, content: bytes) -> None:
    status, body, headers = one.part(owner, content)
    one.send(status, some(owner, body), headers, len(body))


def reset(one: Answering, owner: Server, content: bytes) -> None:
    cut(one, owner, content)
    one.reset()


def reset_at_once(one: Answering, owner: Server, content: bytes) -> None:
    one.reset()


def stall(one: Answering, owner: Server, content: bytes) -> None:
    cut(one, owner, content)
    one.wfile.flush()
    owner.over.wait(owner.stall)


def stall_at_once(one: Answering, owner: Server, content: bytes) -> None:
    owner.over.wait(owner.stall)


def drip_headers(one: Answering, owner: Server, content: bytes) -> None:
    one.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    until = time.monotonic() + owner.stall
    while time.monotonic() < until and not owner.over.wait(0.02):
        one.wfile.write(b"x")


def cut_headers(one: Answering, owner: Server, content: bytes) -> None:
    headers = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
    one.wfile.write(headers[: owner.random.randrange(len(headers))])


def drip(one: Answering, owner: Server, content: bytes) -> None:
    status, body, headers = one.part(owner, content)
    one.send(status, b"", headers, len(body))
    for start in range(len(body)):
        if owner.over.wait(0.02):
            return
        one.wfile.write(body[start : start + 1])


def too_short(one: Answering, owner: Server, content: bytes) -> None:
    """Announces less than it sends."""
    status, body, headers = one.part(owner, content)
    one.send(status, body, headers, len(body) // 2)


def too_long(one: Answering, owner: Server, content: bytes) -> None:
    """Announces more than it sends."""
    status, body, headers = one.part(owner, content)
    one.send(status, body, headers, len(body) + 100)


def two_lengths(one: Answering, owner: Server, content: bytes) -> None:
    one.send(200, content, {"Content-Length": str(len(content) + 7)})


def nonsense_length(one: Answering, owner: Server, content: bytes) -> None:
    one.send(200, content, {"Content-Length": "-5"}, -1)


def wrong(one: Answering, owner: Server, content: bytes) -> None:
    """Other bytes, as many."""
    status, body, headers = one.part(owner, content)
    if body:
        place = owner.random.randrange(len(body))
        body = body[:place] + bytes([body[place] ^ 0x40]) + body[place + 1 :]
    one.send(status, body, headers)


def without_length(one: Answering, owner: Server, content: bytes) -> None:
    """The end of the connection is that of the file, as in HTTP/1.0."""
    status, body, headers = one.part(owner, content)
    one.send(status, body, headers, -1)


def chunks(one: Answering, body: bytes, end: bytes) -> None:
    for start in range(0, len(body), 1000):
        piece = body[start : start + 1000]
        one.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    one.wfile.write(end)


def chunked(one: Answering, owner: Server, content: bytes) -> None:
    status, body, headers = one.part(owner, content)
    one.send(status, b"", {**headers, "Transfer-Encoding": "chunked"}, -1)
    chunks(one, body, b"0\r\n\r\n")


def chunked_and_cut(one: Answering, owner: Server, content: bytes) -> None:
    status, body, headers = one.part(owner, content)
    one.send(status, b"", {**headers, "Transfer-Encoding": "chunked"}, -1)
    chunks(one, some(owner, body), b"")


def ignore_range(one: Answering, owner: Server, content: bytes) -> None:
    tag = owner.tag(content)
    one.send(200, content, {"ETag": tag} if tag else {})


def another_range(one: Answering, owner: Server, content: bytes) -> None:
    """A part, but not the one that was asked for."""
    if one.part(owner, content)[0] != 206 or len(content) < 3:
        return cut(one, owner, content)
    size = len(content)
    one.send(206, content[1:], {"Content-Range": f"bytes 1-{size - 1}/{size}"})
    return None


def unasked_range(one: Answering, owner: Server, content: bytes) -> None:
    size = len(content)
    half = size // 2
    one.send(206, content[half:], {"Content-Range": f"bytes {half}-{size - 1}/{size}"})


def garbage(one: Answering, owner: Server, content: bytes) -> None:
    one.wfile.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n" + content[:50])


def status(code: int, **headers: str) -> Callable[[Answering, Server, bytes], None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(one: Answering, owner: Server, content: bytes) -> None:
        one.send(code, b"an error page", named)

    return answer


def redirect(one: Answering, owner: Server, content: bytes) -> None:
    """To itself, which by then behaves as comes next."""
    one.send(302, b"moved", {"Location": one.path})


FAULTS: dict[str, Callable[[Answering, Server, bytes], None]] = {
    "": good,
    "cut": cut,
    "reset": reset,
    "reset at once": reset_at_once,
    "stall": stall,
    "stall at once": stall_at_once,
    "drip headers": drip_headers,
    "cut headers": cut_headers,
    "drip": drip,
    "too short": too_short,
    "too long": too_long,
    "two lengths": two_lengths,
    "nonsense length": nonsense_length,
    "wrong": wrong,
    "without length": without_length,
    "chunked": chunked,
    "chunked and cut": chunked_and_cut,
    "ignore range": ignore_range,
    "another range": another_range,
    "unasked range": unasked_range,
    "garbage": garbage,
    "404": status(404),
    "403": status(403),
    "416": status(416),
    "500": status(500),
    "503": status(503),
    "503, come back": status(503, Retry_After="0"),
    "429, in an hour": status(429, Retry_After="3600"),
    "redirect": redirect,
    "to a file": status(302, Location="file:///etc/passwd"),
    "to nowhere": status(302, Location="http://"),
}


class Listening(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: Server

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that went away


class Server:
    """Serves ``files``, by path (``"/a.bin"``); a context manager.

    Attributes:
        plan: what comes next, names from ``FAULTS``.
        requests: path and headers of each so far.
        tagged: whether an ETag tells versions of a file apart.
        knows_if_range: whether it looks at that header.
        headers: more of them, with every right answer.
        pace: seconds between pieces of 4 KiB.
        stall: for how long a server that stalls does so, in seconds.
    """

    def __init__(self, files: dict[str, bytes], seed: int = 0, stall: float = 5) -> None:
        self.files = files
        self.plan: list[str] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.tagged = True
        self.knows_if_range = True
        self.headers: dict[str, str] = {}
        self.pace = 0.0
        self.stall = stall
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.over = threading.Event()
        self._listening = Listening(("127.0.0.1", 0), Answering)
        self._listening.owner = self
        self.address = f"http://127.0.0.1:{self._listening.server_port}"
        self._thread = threading.Thread(
            target=self._listening.serve_forever, args=(0.02,), daemon=True
        )

    def tag(self, content: bytes) -> str:
        return f'"{hash(content):x}"' if self.tagged else ""

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.over.set()
        self._listening.shutdown()
        self._thread.join()
        self._listening.server_close()
