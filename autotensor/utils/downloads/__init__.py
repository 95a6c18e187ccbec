"""Files from the network: whole and right under their name, or not there at all.

``download`` fetches one.  A file grows as ``NAME.part`` and takes its name when it is complete and
its checksum right; a download that is cut, stalled or killed is gone on with.
"""

from __future__ import annotations

import errno
import hashlib
import math
import os
import random
import re
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from autotensor.importing import list_public
from autotensor.utils.downloads.answers import Answer, Clock, TransferError, ask
from autotensor.utils.downloads.locks import locked
from autotensor.utils.downloads.parts import Note, Part, opened

__all__ = ["Terms", "checked_by", "download", "fetch", "locked", "read_url"]

Check = Callable[[Path], str]
"""Looks at a file: "" if it is right, else what it is and what was expected."""

FIRST_WAIT = 0.3
"""Seconds before the second try; twice as long before the next."""
LONGEST_WAIT = 30.0
MOST_TRIES = 1000
"""Of one file in all, however little each of them brings."""

_LENGTHS = {"sha256": 64, "md5": 32}
_NAMES = {"sha256": "SHA-256", "md5": "MD5"}


class Terms(NamedTuple):
    """How a file is fetched; see ``download``.

    Example:

        >>> from autotensor.utils.downloads import Terms
        >>> Terms(retries=2).retries
        2
    """

    check: Check | None = None
    overwrite: bool = False
    timeout: float = 30.0
    total_timeout: float | None = None
    retries: int = 5
    max_bytes: int | None = None
    progress: bool = True


def download(
    url: str | Sequence[str],
    path: str | os.PathLike[str] | None = None,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    overwrite: bool = False,
    timeout: float = 30.0,
    total_timeout: float | None = None,
    retries: int = 5,
    max_bytes: int | None = None,
    progress: bool = True,
) -> Path:
    """Fetches a file by HTTP or HTTPS; it appears under its name only complete and checked.

    It grows as ``NAME.part``. Whatever interrupts that, be it the network, Ctrl-C or a kill, the
    next call goes on from there, if the server still has the same version of the file; with a
    checksum also from another mirror. Several processes that ask for the same file fetch it once:
    the others wait, held by ``NAME.lock``. Proxies are those of the environment (``https_proxy``).

    Args:
        url: where it is, or several places, to be tried in turn.
        path: its name, or a folder that exists or ends with ``/``, where it gets the name that
            the first URL ends with; None: the current folder. Folders are made as needed.
        sha256, md5: checksums in hexadecimal digits; MD5 finds accidents, not forgeries.
        overwrite: fetch it also where a file has the name already. Without that, a file that is
            there is not fetched again if its checksum is right or none is given; if it is wrong,
            a warning says so, and the right one takes its place.
        timeout: seconds to wait for the server to answer, or for the next byte.
        total_timeout: seconds for all of it; None: no limit.
        retries: how many tries in a row may fail that bring nothing new. Between them are longer
            and longer waits, or what the server asks for. What will not go better (404, a wrong
            checksum twice) is not tried again.
        max_bytes: refuse to fetch more.
        progress: show a bar, on a terminal.

    Returns:
        The path of the file.

    Raises:
        TypeError, ValueError: an argument is not what it should be; a URL that is neither http nor
            https.
        RuntimeError: it could not be fetched; says for each URL why. What has come is kept.
        OSError: it cannot be written, or the disk is full.

    Source: RFC 9110 (ranges, If-Range, Retry-After).

    Example:

        >>> from autotensor.utils.downloads import download
        >>> download("https://example.org/data.npz", "data/")  # doctest: +SKIP
        >>> download("ftp://example.org/data.npz")
        Traceback (most recent call last):
            ...
        ValueError: download: url must be an http or https URL, got 'ftp://example.org/data.npz'
    """
    urls = [url] if isinstance(url, str) else url
    if isinstance(urls, (bytes, Mapping)) or not isinstance(urls, Sequence):
        raise TypeError(f"download: url must be a str or several, got {type(url).__name__}")
    read = [read_url(one) for one in urls]
    if not read:
        raise ValueError("download: url names no place to fetch from")
    check = checked_by(sha256=sha256, md5=md5)
    terms = Terms(check, overwrite, timeout, total_timeout, retries, max_bytes, progress)
    return fetch(read, _target(path, read[0]), terms)


def checked_by(**sums: str | None) -> Check | None:
    """Checks by ``sha256`` or ``md5``, or both; None for none.  Fewer digits than all are the first
    of a checksum, as ``torch.hub`` has them, if they end with a star.

    Raises:
        TypeError, ValueError: no checksum.

    Example:

        >>> from autotensor.utils.downloads import checked_by
        >>> checked_by(sha256=None, md5=None) is None
        True
    """
    wanted = {}
    for name, digits in sums.items():
        if digits is None:
            continue
        if not isinstance(digits, str):
            kind = type(digits).__name__
            raise TypeError(f"download: {name} must be a str of hexadecimal digits, got {kind}")
        read = digits.strip().lower()
        start = read.removesuffix("*")
        length = _LENGTHS[name]
        if not re.fullmatch(r"[0-9a-f]+", start) or not (
            len(start) == length or (read != start and len(start) < length)
        ):
            words = f"{length} hexadecimal digits, got {digits!r}"
            raise ValueError(f"download: {name} must be {words}")
        wanted[name] = start

    def check(path: Path) -> str:
        for name, start in wanted.items():
            with open(path, "rb") as file:
                # MD5 as a checksum only, which systems that forbid it as a cipher allow.
                new = partial(hashlib.new, name, usedforsecurity=name != "md5")
                found = hashlib.file_digest(file, new).hexdigest()
            if not found.startswith(start):
                size = path.stat().st_size
                return f"its {_NAMES[name]} is {found} ({size:,} bytes), expected {start}"
        return ""

    return check if wanted else None


def fetch(urls: Sequence[str], path: Path, terms: Terms) -> Path:
    """``download`` for arguments that are read already, and for any check.

    Example:

        >>> import pathlib
        >>> from autotensor.utils.downloads import Terms, fetch
        >>> url = "https://example.org/data.npz"
        >>> fetch([url], pathlib.Path("data.npz"), Terms(retries=2))  # doctest: +SKIP
    """
    _read_terms(terms)
    if path.exists() and not path.is_file():
        raise ValueError(f"download: {path} is there and no file; give another path")
    if not terms.overwrite and _wrong(path, terms) == "":
        return path
    limit = math.inf if terms.total_timeout is None else terms.total_timeout
    clock = Clock(terms.timeout, time.monotonic() + limit)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_name(f"{path.name}.lock"), clock.deadline) as alone:
        wrong = _wrong(path, terms)
        if wrong == "" and not terms.overwrite:
            return path  # another process has fetched it meanwhile
        if wrong and not terms.overwrite:
            warnings.warn(
                f"download: {path} is there, but {wrong}: it is fetched anew", stacklevel=4
            )
        # Without locks nobody else may write to the same part.
        own = "" if alone else f".{uuid.uuid4().hex}"
        with opened(path.with_name(f"{path.name}{own}.part"), keep=alone) as part:
            _Transfer(urls, path.name, part, terms, clock).run()
            part.place(path)
    return path


def _wrong(path: Path, terms: Terms) -> str | None:
    """What is wrong with the file that is there; "" for nothing, None if there is none."""
    if not path.is_file():
        return None
    return terms.check(path) if terms.check else ""


# --- the transfer -------------------------------------------------------------------------------


class _Transfer:
    """Fills a part, in as many tries as it takes."""

    def __init__(
        self, urls: Sequence[str], name: str, part: Part, terms: Terms, clock: Clock
    ) -> None:
        self.urls = list(urls)
        self.name = name
        self.part = part
        self.terms = terms
        self.clock = clock
        self.reasons: dict[str, str] = {}
        self.spoiled: set[str] = set()
        self.whole = True
        """Whether the last try began at the beginning."""

    def run(self) -> None:
        """Until the part is whole and right.

        Raises:
            RuntimeError: it will not become so.
        """
        failures, best, tries = 0, self.part.size, 0
        while True:
            url = self.urls[0]
            try:
                return self.attempt(url)
            except TransferError as error:
                self.reasons[url] = str(error)
                if error.spoiled:
                    self.part.drop()
                tries += 1
                if error.spoiled and not self.whole and tries < MOST_TRIES:
                    continue  # at the beginning: what had come was of no use, this try no failure
                if self.part.size > best:
                    best, failures = self.part.size, 0
                else:
                    failures += 3 if error.unmet else 1
                    self.urls.append(self.urls.pop(0))
                if not error.again:
                    self.urls.remove(url)
                if not self.urls or failures > self.terms.retries or tries > MOST_TRIES:
                    raise self.failure() from error
                if error.again:
                    self.rest(failures, error)

    def rest(self, failures: int, error: TransferError) -> None:
        """Waits before the next try."""
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(failures, 30))
        # Not all who were cut off at once are to come back at once.
        wait = max(error.wait, random.uniform(longest / 2, longest))
        if time.monotonic() + wait > self.clock.deadline:
            raise self.failure() from error
        time.sleep(wait)

    def failure(self) -> RuntimeError:
        lines = "".join(f"\n  {url}: {words}" for url, words in self.reasons.items())
        kept = ""
        if self.part.size:
            kept = f"\n{self.part.size:,} bytes of it are in {self.part.path}; call again to go on"
        return RuntimeError(f"download: {self.name} could not be fetched{lines}{kept}")

    def attempt(self, url: str) -> None:
        """One try."""
        part, checked = self.part, self.terms.check is not None
        if part.size and part.size == part.note.total and not self.problem():
            return  # all had come, but not been placed, when the process was killed
        asked = self.asked_for(url)
        self.whole = "Range" not in asked
        with ask(url, asked, self.clock, checked) as answer:
            if answer.status == 206 and not self.whole and self.goes_on(answer):
                total = part.note.total
            elif answer.status == 200:
                self.whole, total = True, answer.length
                self.need_plain(answer)
                self.need_room(total)
                part.begin(Note(url, answer.validator, total))
            else:
                words = f"answers with HTTP {answer.status} and not the part that was asked for"
                raise TransferError(words, spoiled=True)
            try:
                self.read(answer, total)
            except TransferError:
                # Perhaps only the announced length was wrong.
                if not checked or not part.size or self.problem():
                    raise
                return
        if total is not None and part.size != total:
            words = f"brought {part.size:,} bytes of {total:,}"
            raise TransferError(words, spoiled=part.size > total)
        if wrong := self.problem():
            again = not self.whole or url not in self.spoiled
            if self.whole:
                self.spoiled.add(url)
            raise TransferError(wrong, again=again, spoiled=True)

    def problem(self) -> str:
        return self.terms.check(self.part.path) if self.terms.check else ""

    def asked_for(self, url: str) -> dict[str, str]:
        """Headers: the rest of what has begun to come, if that can be told to be of one file."""
        part, headers = self.part, {"User-Agent": "autotensor"}
        same = part.note.url == url and part.note.validator
        if not part.size or not (same or self.terms.check):
            return headers
        if part.note.total is not None and part.size >= part.note.total:
            return headers
        headers["Range"] = f"bytes={part.size}-"
        if same:
            headers["If-Range"] = part.note.validator
        return headers

    def goes_on(self, answer: Answer) -> bool:
        """Whether it brings the rest of the same file."""
        start, total = answer.range()
        note = self.part.note
        if start != self.part.size or (note.total is not None and total not in (None, note.total)):
            return False
        # Servers that do not know If-Range send a part of whatever they have now.
        return not (note.validator and answer.validator) or note.validator == answer.validator

    def need_plain(self, answer: Answer) -> None:
        packed = answer.encoding not in ("", "identity")
        if packed and not self.terms.check and not self.name.lower().endswith((".gz", ".tgz")):
            words = f"sends it packed ({answer.encoding}), though asked for it as it is"
            raise TransferError(words, again=False)

    def need_room(self, size: int | None) -> None:
        most = self.terms.max_bytes
        if most is not None and size is not None and size > most:
            words = f"has {size:,} bytes, more than max_bytes = {most:,}"
            raise TransferError(words, again=False, spoiled=True)

    def read(self, answer: Answer, total: int | None) -> None:
        part = self.part
        with _bar(self.name, total, part.size, self.terms.progress) as show:
            for piece in answer.pieces():
                self.need_room(part.size + len(piece))
                try:
                    part.add(piece)
                except OSError as error:
                    words = f"download: {self.name} cannot be written: {error.strerror}"
                    if error.errno in (errno.ENOSPC, errno.EDQUOT):
                        words += (
                            f"; {part.size:,} bytes{f' of {total:,}' if total else ''} are kept: "
                            "make room and call again to go on, or remove the part"
                        )
                    raise OSError(error.errno, words, str(part.path)) from error
                show(len(piece))


@contextmanager
def _bar(
    title: str, total: int | None, done: int, wanted: bool
) -> Iterator[Callable[[int], object]]:
    """A bar, on a terminal; yields what is told of each step."""
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield lambda count: None
        return
    from tqdm import tqdm

    with tqdm(desc=title, total=total, initial=done, unit="B", unit_scale=True, leave=False) as bar:
        yield bar.update


# --- arguments ----------------------------------------------------------------------------------


def read_url(url: object) -> str:
    """The URL, its path and query in plain letters.

    Raises:
        TypeError, ValueError: neither http nor https.

    Example:

        >>> from autotensor.utils.downloads import read_url
        >>> read_url("https://example.org/ä.npz")
        'https://example.org/%C3%A4.npz'
    """
    if not isinstance(url, str):
        raise TypeError(f"download: url must be a str or several, got {type(url).__name__}")
    try:
        parts = urlsplit(url)
        right = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
        right = right and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right or any(one <= " " or one == "\x7f" for one in url):
        raise ValueError(f"download: url must be an http or https URL, got {url!r}")
    if "@" in parts.netloc:
        raise ValueError(f"download: url names a user of {parts.hostname}; that is not understood")
    safe = "%/:=&?~#+!$,;'@()*[]"
    return parts._replace(
        path=quote(parts.path or "/", safe=safe), query=quote(parts.query, safe=safe), fragment=""
    ).geturl()


def _target(path: str | os.PathLike[str] | None, url: str) -> Path:
    """The file that ``path`` means; the URL names it where that is a folder."""
    if path is not None and not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"download: path must be a path, got {type(path).__name__}")
    text = os.fspath("." if path is None else path)
    if not isinstance(text, str):
        raise TypeError("download: path must be a path of str, got one of bytes")
    if not text or "\0" in text:
        raise ValueError(f"download: path must name a file or a folder, got {text!r}")
    target = Path(text).expanduser()
    if not target.is_dir() and not text.endswith(("/", os.sep)):
        return target
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    if name.strip(". ") == "" or not name.isprintable() or set(name) & set('/\\:*?"<>|'):
        raise ValueError(f"download: {url} does not end with a file's name; give it in path")
    return target / name


def _read_terms(terms: Terms) -> None:
    for name in ("timeout", "total_timeout"):
        value = getattr(terms, name)
        if value is None and name == "total_timeout":
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"download: {name} must be a number, got {type(value).__name__}")
        if not 0 < value < math.inf:
            raise ValueError(f"download: {name} must be a finite number above 0, got {value}")
    for name, low in (("retries", 0), ("max_bytes", 1)):
        value = getattr(terms, name)
        if value is None and name == "max_bytes":
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"download: {name} must be an int, got {type(value).__name__}")
        if value < low:
            raise ValueError(f"download: {name} must be at least {low}, got {value}")


list_public(__name__)
