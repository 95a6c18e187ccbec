"""One answer of a server: asked for, followed through redirects, read with an eye on the clock."""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import socket
import time
from collections.abc import Iterator
from threading import Timer
from typing import Any, NamedTuple
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

__all__ = ["Answer", "Clock", "TransferError", "ask"]

CHUNK = 1 << 17
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""What a server may say now and not a moment later."""
LONGEST_WAIT = 60.0
"""Seconds; a server that asks for more (Retry-After) is not waited for."""
LINGER = 0.2
"""Seconds that a server has for a byte too many, where it leaves the line open."""


class TransferError(Exception):
    """Something went wrong on the way.

    Attributes:
        again: whether another try may go better.
        wait: seconds that the server asks for.
        unmet: no server was met at all, and it will hardly be met a moment later.
        spoiled: what has come is worth nothing.
    """

    def __init__(
        self,
        words: str,
        *,
        again: bool = True,
        wait: float = 0,
        unmet: bool = False,
        spoiled: bool = False,
    ) -> None:
        super().__init__(words)
        self.again = again
        self.wait = wait
        self.unmet = unmet
        self.spoiled = spoiled


class Clock(NamedTuple):
    """How long to wait: for the next byte, and until when in all, by ``time.monotonic``."""

    timeout: float
    deadline: float

    def left(self) -> float:
        """Seconds to wait for the next byte."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TransferError("the time for all of it is over", again=False)
        return min(self.timeout, left)


def _scheme_of(url: str) -> str:
    return urlsplit(url).scheme.lower()


# --- connections --------------------------------------------------------------------------------


class _Lines:
    """A file that remembers the last line read from it."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.last = b"-"

    def readline(self, limit: int = -1) -> bytes:
        self.last = self.file.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class _Response(http.client.HTTPResponse):
    """Headers that break off are none: without their end nobody knows how long the body is."""

    fp: Any

    def begin(self) -> None:
        lines = _Lines(self.fp)
        self.fp = lines
        super().begin()
        if self.fp is lines:
            self.fp = lines.file
        if not lines.last:
            self.close()
            raise http.client.RemoteDisconnected("it broke off within its headers")


class _Watched:
    """A connection whose answer must have begun in time: one that sends its headers a byte at a
    time would otherwise never be late."""

    sock: Any
    timeout: Any
    response_class: Any = _Response

    def getresponse(self) -> Any:
        wire, late = self.sock, []

        def cut() -> None:
            late.append(True)
            # Of the system's socket: that of TLS is in use by the other thread.
            with contextlib.suppress(OSError):  # its own time-out was first, and it is closed
                socket.socket.shutdown(wire, socket.SHUT_RDWR)

        timer = Timer(self.timeout, cut)
        timer.daemon = True
        timer.start()
        try:
            # It is mixed into http.client's connections, which have it.
            response = super().getresponse()  # type: ignore[misc]
        except (http.client.HTTPException, OSError, ValueError):
            if late:
                raise TimeoutError("timed out") from None
            raise
        finally:
            timer.cancel()
        response.wire = wire
        return response


class _Plain(_Watched, http.client.HTTPConnection):
    pass


class _Secure(_Watched, http.client.HTTPSConnection):
    pass


class _OverPlain(request.HTTPHandler):
    def http_open(self, req: request.Request) -> Any:
        return self.do_open(_Plain, req)


class _OverSecure(request.HTTPSHandler):
    def https_open(self, req: request.Request) -> Any:
        return self.do_open(_Secure, req)


class _Redirects(request.HTTPRedirectHandler):
    max_redirections = 10

    def __init__(self, checked: bool) -> None:
        self.checked = checked

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        fp.close()  # else all of it is read into memory, however much that is
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if (
            _scheme_of(req.full_url) == "https"
            and _scheme_of(newurl) == "http"
            and not self.checked
        ):
            raise TransferError(
                f"is redirected from https to {newurl}, where anybody on the way could change it; "
                "give its checksum to allow that",
                again=False,
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def ask(url: str, headers: dict[str, str], clock: Clock, checked: bool) -> Answer:
    """The server's answer to GET, after redirects: of status 200, 206 or 416.

    Args:
        checked: what comes is held against a checksum, so it may come unprotected.

    Raises:
        TransferError: of any other kind, or none.
    """
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(), _OverPlain(), _OverSecure(), _Redirects(checked),
        request.HTTPDefaultErrorHandler(), request.HTTPErrorProcessor(),
    ):  # fmt: skip
        opener.add_handler(handler)
    wanted = request.Request(url, headers={"Accept-Encoding": "identity", **headers})
    try:
        return Answer(opener.open(wanted, timeout=clock.left()), clock)
    except HTTPError as error:
        error.close()
        if error.code == 416:
            return Answer(error, clock)
        raise _refusal(error) from error
    except URLError as error:
        reason = error.reason
        unmet = isinstance(reason, (socket.gaierror, ConnectionRefusedError))
        raise TransferError(f"no answer: {reason}", unmet=unmet) from error
    except http.client.InvalidURL as error:
        raise TransferError(f"not a URL: {error}", again=False) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise TransferError(f"no answer: {_words(error)}") from error


def _refusal(error: HTTPError) -> TransferError:
    words = f"HTTP {error.code} {error.msg}".replace("\n", " ").rstrip()
    if error.code not in AGAIN:
        return TransferError(words, again=False)
    wait = _seconds(error.headers.get("Retry-After", ""))
    if wait > LONGEST_WAIT:
        return TransferError(f"{words}, come back in {wait:,.0f} seconds", again=False)
    return TransferError(words, wait=wait)


def _seconds(text: str) -> float:
    """What ``Retry-After`` says, seconds or a date; 0 for what is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError, OSError):
        return 0.0


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


# --- reading ------------------------------------------------------------------------------------


class Answer:
    """Status, headers and body of an answer; a context manager that closes it.

    Attributes:
        status: its number.
        length: how many bytes the server says that it sends, or None.
        validator: for ``If-Range``: what tells this version of the file from others, or "".
    """

    def __init__(self, response: Any, clock: Clock) -> None:
        self._response = response
        self._clock = clock
        self.status: int = response.status
        self.encoding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
        self.length: int | None = None
        lengths = set(response.headers.get_all("Content-Length") or ())
        self._chunked = bool(getattr(response, "chunked", False))
        if lengths and not self._chunked:
            text = lengths.pop().strip()
            if lengths or not (text.isascii() and text.isdigit() and len(text) < 19):
                response.close()
                raise TransferError("says in two ways, or in none, how long its answer is")
            self.length = int(text)
        etag = (response.headers.get("ETag") or "").strip()
        # A weak tag (W/"…") stands for versions alike in meaning, not in their bytes.
        strong = len(etag) > 1 and etag[0] == etag[-1] == '"'
        self.validator = etag if strong else (response.headers.get("Last-Modified") or "").strip()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *exception: object) -> None:
        self._response.close()

    def range(self) -> tuple[int, int | None]:
        """Where the part begins that status 206 brings, and how long the whole is, if it says so;
        (-1, None) where that cannot be read."""
        unit, _, words = (self._response.headers.get("Content-Range") or "").partition(" ")
        span, _, total = words.strip().partition("/")
        first, dash, last = span.partition("-")
        numbers = (first.strip(), last.strip(), total.strip())
        if unit.strip().lower() != "bytes" or not dash:
            return -1, None
        if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in numbers[:2]):
            return -1, None
        whole = numbers[2]
        return int(first), int(whole) if whole.isascii() and whole.isdigit() else None

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes.

        Raises:
            TransferError: it stopped, ended too early, or goes on after its end.
        """
        response, received = self._response, 0
        response.length = None  # counted here, to see one byte too many
        while self.length is None or received < self.length:
            left = CHUNK if self.length is None else min(CHUNK, self.length - received)
            response.wire.settimeout(self._clock.left())
            try:
                # Not read, which waits for all of it, however slowly that comes.
                piece = response.read1(left)
            except TimeoutError:
                self._clock.left()
                raise TransferError(
                    f"no more came for {self._clock.timeout:g} seconds after {received:,} bytes"
                ) from None
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise TransferError(f"cut after {received:,} bytes: {_words(error)}") from error
            if not piece:
                break
            received += len(piece)
            yield piece
        if self.length is not None and received < self.length:
            raise TransferError(f"ended after {received:,} of {self.length:,} bytes")
        if self.length is not None and self._goes_on():
            raise TransferError(
                f"sent more than the {self.length:,} bytes that it announced", spoiled=True
            )

    def _goes_on(self) -> bool:
        response = self._response
        try:
            response.wire.settimeout(min(LINGER, self._clock.timeout))
            return bool(response.read1(1))
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            return False
