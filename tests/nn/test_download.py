"""Downloads from a server that misbehaves, on the loopback address: right, or not there at all."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import signal
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import autotensor as at
from autotensor.utils import downloads
from nn.data import download, download_url
from tests.servers import FAULTS, Server

CONTENT = bytes(range(256)) * 800 + b"the end"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
OTHER = b"another version of it" * 9000


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server({"/a.bin": CONTENT}) as running:
        yield running


def get(server: Server, path: Path, name: str = "a.bin", **more: Any) -> Path:
    return download(f"{server.address}/{name}", path, **{"timeout": 20, **more})


def part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def left(path: Path) -> list[str]:
    return sorted(os.listdir(path))


# --- what it is for -----------------------------------------------------------------------------


def test_a_file_arrives(server: Server, tmp_path: Path) -> None:
    found = get(server, tmp_path / "deep" / "b.bin", sha256=SHA256.upper(), md5=MD5)
    assert found == tmp_path / "deep" / "b.bin"
    assert found.read_bytes() == CONTENT
    assert left(found.parent) == ["b.bin"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_it_has_the_permissions_of_any_new_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    modes = [
        stat.S_IMODE(one.stat().st_mode) for one in (get(server, tmp_path), tmp_path / "plain")
    ]
    assert modes[0] == modes[1]


def test_it_gets_the_name_that_the_url_ends_with(server: Server, tmp_path: Path) -> None:
    server.files["/x/a%20b.bin"] = server.files["/%C3%A4.bin?v=1"] = CONTENT
    assert get(server, tmp_path, "x/a%20b.bin").name == "a b.bin"
    assert get(server, tmp_path, "ä.bin?v=1#there").name == "ä.bin"
    found = download(f"{server.address}/a.bin", f"{tmp_path}/new/")
    assert found == tmp_path / "new" / "a.bin"


@pytest.mark.parametrize("name", ["", "x/", "..", "x%2F..%2F..%2Fpasswd", "%00", "a%5Cb", "c%3Ax"])
def test_a_url_names_no_file_outside_the_folder(server: Server, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="does not end with a file's name; give it in path"):
        get(server, tmp_path, name)
    assert not server.requests


def test_what_is_there_and_right_is_not_fetched(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(CONTENT)
    get(server, tmp_path, sha256=SHA256)
    get(server, tmp_path, md5=MD5)
    (tmp_path / "a.bin").write_bytes(OTHER)
    get(server, tmp_path)  # whatever it is
    assert not server.requests
    get(server, tmp_path, overwrite=True)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_what_is_there_and_wrong_is_said_and_replaced(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(OTHER)
    words = f"a.bin is there, but its SHA-256 is .* expected {SHA256}: it is fetched anew"
    with pytest.warns(UserWarning, match=words) as caught:
        get(server, tmp_path, sha256=SHA256)
    assert caught[0].filename.endswith("test_download.py")
    assert path.read_bytes() == CONTENT
    path.write_bytes(OTHER)
    server.plan = ["404"]
    with pytest.warns(UserWarning, match="fetched anew"), pytest.raises(RuntimeError, match="404"):
        get(server, tmp_path, sha256=SHA256)
    assert path.read_bytes() == OTHER  # as it was, while there is nothing better


# --- bad servers --------------------------------------------------------------------------------

FOR_EVER = {"404", "403", "429, in an hour", "to a file"}
"""What is not tried again."""


@pytest.mark.parametrize("tagged", [True, False], ids=["ETag", "no ETag"])
@pytest.mark.parametrize("checked", [True, False], ids=["checksum", "no checksum"])
@pytest.mark.parametrize("fault", sorted(set(FAULTS) - FOR_EVER - {"drip"}))
def test_a_bad_answer_is_got_over(
    server: Server, tmp_path: Path, fault: str, checked: bool, tagged: bool
) -> None:
    if fault == "wrong" and not checked:
        pytest.skip("nobody can tell")
    server.tagged = tagged
    for plan in ([fault], ["cut", fault]):
        server.plan = list(plan)
        slow = "stall" in fault or "drip" in fault
        more: Any = {"timeout": 0.3, "retries": 30} if slow else {}
        found = get(server, tmp_path / "b", sha256=SHA256 if checked else None, **more)
        assert found.read_bytes() == CONTENT
        assert left(tmp_path) == ["b"]
        found.unlink()


def test_a_clock_that_runs_out_after_the_connection_has_is_no_error(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []

    class Late(threading.Timer):
        """One that was on its way already when it was cancelled."""

        def start(self) -> None:
            rung.append(self.function)

        def cancel(self) -> None:
            pass

    monkeypatch.setattr(downloads.answers, "Timer", Late)
    server.plan = ["stall at once", ""]
    found = get(server, tmp_path, timeout=0.1, retries=30)
    assert len(rung) >= 2
    for cut in rung:
        cut()
    assert found.read_bytes() == CONTENT


@pytest.mark.parametrize("fault", sorted(FOR_EVER))
def test_what_will_not_go_better_is_not_tried_again(
    server: Server, tmp_path: Path, fault: str
) -> None:
    server.plan = [fault]
    with pytest.raises(RuntimeError, match=rf"a.bin could not be fetched\n  {server.address}"):
        get(server, tmp_path)
    assert len(server.requests) == 1
    assert left(tmp_path) == []


def test_tries_have_an_end(server: Server, tmp_path: Path) -> None:
    server.plan = ["503"] * 100
    with pytest.raises(RuntimeError, match="HTTP 503 Service Unavailable"):
        get(server, tmp_path, retries=3)
    assert len(server.requests) == 4
    server.plan = ["redirect"] * 100
    with pytest.raises(RuntimeError, match=r"HTTP 302 .*infinite loop"):
        get(server, tmp_path)
    assert left(tmp_path) == []


def test_wrong_bytes_are_never_placed(server: Server, tmp_path: Path) -> None:
    server.files["/a.bin"] = OTHER
    found = hashlib.sha256(OTHER).hexdigest()
    words = rf"{server.address}/a.bin: its SHA-256 is {found} \(189,000 bytes\), expected {SHA256}"
    with pytest.raises(RuntimeError, match=words):
        get(server, tmp_path, sha256=SHA256)
    assert len(server.requests) == 2  # the first may have been an accident
    with pytest.raises(RuntimeError, match=f"its MD5 is .* expected {MD5}"):
        get(server, tmp_path, md5=MD5)
    assert left(tmp_path) == []


def test_who_brings_more_each_time_may_be_cut_more_often_than_retries(
    server: Server, tmp_path: Path
) -> None:
    server.plan = ["cut"] * 6
    assert get(server, tmp_path, retries=1).read_bytes() == CONTENT
    assert len(server.requests) > 3
    ranges = [headers.get("Range") for _, headers in server.requests]
    starts = [int(one.removeprefix("bytes=").rstrip("-")) for one in ranges if one]
    assert starts == sorted(starts)
    assert starts[0] > 0


def test_who_drips_is_late(server: Server, tmp_path: Path) -> None:
    server.plan = ["drip"]
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"the time for all of it is over\n\d+ bytes of it are"):
        get(server, tmp_path, total_timeout=1)
    assert time.monotonic() - began < 10
    assert part_of(tmp_path / "a.bin").stat().st_size > 3
    assert get(server, tmp_path).read_bytes() == CONTENT


def test_the_server_says_when_to_come_back(server: Server, tmp_path: Path) -> None:
    from email.utils import formatdate

    seconds = downloads.answers._seconds
    assert seconds("7") == 7
    assert 8 < seconds(formatdate(time.time() + 10, usegmt=True)) <= 10
    assert seconds(formatdate(0)) == seconds("soon") == seconds("") == seconds("-3") == 0
    server.plan = ["429, in an hour"]
    with pytest.raises(RuntimeError, match="come back in 3,600 seconds"):
        get(server, tmp_path, total_timeout=60)


def test_the_next_mirror_is_asked(server: Server, tmp_path: Path) -> None:
    with Server({"/m/a.bin": CONTENT}) as mirror:
        urls = [f"{server.address}/a.bin", f"{mirror.address}/m/a.bin"]
        server.plan = ["404"]
        assert download(urls, tmp_path / "one").read_bytes() == CONTENT
        # What the first has brought is gone on with at the second.
        server.plan = ["cut", "404"]
        assert download(urls, tmp_path / "two", sha256=SHA256).read_bytes() == CONTENT
        assert mirror.requests[-1][1]["Range"].startswith("bytes=")
        # Without a checksum nobody knows whether both have the same.
        server.plan = ["cut", "404"]
        assert download(urls, tmp_path / "three").read_bytes() == CONTENT
        assert "Range" not in mirror.requests[-1][1]
        server.plan, mirror.plan = ["404"], ["403"]
        with pytest.raises(RuntimeError, match=r"a.bin: HTTP 404 .*\n.*m/a.bin: HTTP 403"):
            download(urls, tmp_path / "four")


def test_mirrors_take_turns(server: Server, tmp_path: Path) -> None:
    with Server({"/m/a.bin": CONTENT}) as mirror:
        server.plan = ["503"] * 9
        urls = [f"{server.address}/a.bin", f"{mirror.address}/m/a.bin"]
        assert download(urls, tmp_path, retries=2).read_bytes() == CONTENT
        assert len(server.requests) == 1


def test_headers_that_break_off_are_none(server: Server, tmp_path: Path) -> None:
    """Before the line with the length: else the file would be empty, and whole."""
    for _ in range(5):
        server.plan = ["cut headers"] * 4
        assert get(server, tmp_path, overwrite=True).read_bytes() == CONTENT


def test_nobody_there(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"no answer: .*refused"):
        download("http://127.0.0.1:9/a.bin", tmp_path)
    assert time.monotonic() - began < 10
    assert left(tmp_path) == []


def test_a_part_of_no_use_is_no_failure_of_the_try(server: Server, tmp_path: Path) -> None:
    begun(server, tmp_path / "a.bin")
    server.plan = ["416"]
    assert get(server, tmp_path, retries=0).read_bytes() == CONTENT


# --- parts --------------------------------------------------------------------------------------


def begun(server: Server, path: Path, **more: Any) -> int:
    """Leaves a part; its size."""
    server.plan = ["cut", "404"]
    with pytest.raises(RuntimeError, match=r"bytes of it are in .*a.bin.part; call again to go on"):
        get(server, path, **more)
    size = part_of(path).stat().st_size
    assert 0 < size < len(CONTENT)
    server.requests.clear()
    return size


def test_a_part_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    size = begun(server, path)
    assert get(server, path).read_bytes() == CONTENT
    headers = server.requests[0][1]
    assert headers["Range"] == f"bytes={size}-"
    assert headers["If-Range"] == server.tag(CONTENT)
    assert left(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("tagged", [True, False])
@pytest.mark.parametrize("checked", [True, False])
def test_versions_are_not_mixed(
    server: Server, tmp_path: Path, tagged: bool, checked: bool
) -> None:
    path = tmp_path / "a.bin"
    server.tagged = tagged
    begun(server, path)
    changed = CONTENT[::-1]
    server.files["/a.bin"] = changed
    sha256 = hashlib.sha256(changed).hexdigest() if checked else None
    assert get(server, path, sha256=sha256).read_bytes() == changed


def test_what_begins_anew_may_be_shorter(server: Server, tmp_path: Path) -> None:
    size = begun(server, tmp_path / "a.bin")
    shorter = server.files["/a.bin"] = CONTENT[: size // 2]
    assert get(server, tmp_path / "a.bin").read_bytes() == shorter


def test_a_server_that_does_not_know_if_range_is_seen_through(
    server: Server, tmp_path: Path
) -> None:
    path = tmp_path / "a.bin"
    begun(server, path)
    changed = server.files["/a.bin"] = CONTENT[::-1]
    server.knows_if_range = False
    assert get(server, path).read_bytes() == changed
    assert len(server.requests) == 2


@pytest.mark.parametrize("note", [None, b"", b"{", b"[]", b'{"url": 1}', b"\xff" * 99])
def test_a_damaged_note_costs_no_more_than_the_part(
    server: Server, tmp_path: Path, note: bytes | None
) -> None:
    path = tmp_path / "a.bin"
    begun(server, path)
    beside = tmp_path / "a.bin.part.json"
    beside.unlink()
    if note is not None:
        beside.write_bytes(note)
    assert get(server, path).read_bytes() == CONTENT
    assert "Range" not in server.requests[0][1]
    assert left(tmp_path) == ["a.bin"]


def test_a_part_that_is_whole_already_is_placed(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    begun(server, path)
    part_of(path).write_bytes(CONTENT)
    assert get(server, path, sha256=SHA256).read_bytes() == CONTENT
    assert not server.requests
    path.unlink()
    begun(server, path)
    part_of(path).write_bytes(CONTENT[::-1])
    assert get(server, path, sha256=SHA256).read_bytes() == CONTENT


def test_a_link_in_the_place_of_the_part_is_not_followed(server: Server, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    part_of(tmp_path / "a.bin").symlink_to(precious)
    with pytest.raises(OSError, match="part"):
        get(server, tmp_path)
    assert precious.read_bytes() == b"mine"


def test_a_pipe_in_the_place_of_the_file_is_refused(server: Server, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.bin")
    with pytest.raises(ValueError, match=r"a\.bin is there and no file"):
        get(server, tmp_path)
    (tmp_path / "a.bin").unlink()
    os.mkfifo(tmp_path / "a.bin.part")
    with pytest.raises(OSError, match="no regular file"):
        get(server, tmp_path)


def test_a_full_disk_is_said_and_the_part_stays(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, room = os.write, [50_000]

    def full(descriptor: int, data: Any) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= (count := min(room[0], len(data)))
        return write(descriptor, data[:count])

    monkeypatch.setattr(downloads.parts.os, "write", full)
    with pytest.raises(
        OSError, match=r"No space left .* 50,000 bytes of 204,807 are kept"
    ) as error:
        get(server, tmp_path)
    assert error.value.errno == errno.ENOSPC
    assert left(tmp_path) == ["a.bin.part", "a.bin.part.json"]
    monkeypatch.undo()
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.requests[-1][1]["Range"] == "bytes=50000-"


def test_more_than_max_bytes_is_refused(server: Server, tmp_path: Path) -> None:
    assert get(server, tmp_path / "b", max_bytes=len(CONTENT)).exists()
    for plan in ([], ["chunked"], ["without length"]):
        server.plan = list(plan)
        with pytest.raises(RuntimeError, match="more than max_bytes = 1,000"):
            get(server, tmp_path, max_bytes=1000)
        assert left(tmp_path) == ["b"]


def test_what_is_packed_unasked_is_not_taken_for_the_file(server: Server, tmp_path: Path) -> None:
    server.headers = {"Content-Encoding": "gzip"}
    with pytest.raises(RuntimeError, match="sends it packed"):
        get(server, tmp_path)
    assert get(server, tmp_path, sha256=SHA256).exists()
    assert get(server, tmp_path / "a.gz").exists()


# --- several at once, and killed ones -----------------------------------------------------------


def fetch_in_process(address: str, folder: str, results: Any) -> None:
    path = download(f"{address}/a.bin", folder, sha256=SHA256)
    results.put(hashlib.sha256(path.read_bytes()).hexdigest())


def test_several_processes_fetch_it_once(server: Server, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    several = [
        context.Process(target=fetch_in_process, args=(server.address, str(tmp_path), results))
        for _ in range(3)
    ]
    for one in several:
        one.start()
    assert {results.get(timeout=60) for _ in several} == {SHA256}
    for one in several:
        one.join()
    assert len(server.requests) == 1
    assert left(tmp_path) == ["a.bin"]


def test_several_threads_fetch_it_once(server: Server, tmp_path: Path) -> None:
    server.plan = ["cut"]
    threads = [threading.Thread(target=get, args=(server, tmp_path)) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(server.requests) == 2
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert left(tmp_path) == ["a.bin"]


def test_where_files_cannot_be_locked_each_has_its_own_part(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(downloads.locks, "_try", no_locks)
    threads = [threading.Thread(target=get, args=(server, tmp_path)) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert left(tmp_path) == ["a.bin"]
    server.plan = ["cut", "404"]
    with pytest.raises(RuntimeError, match="404"):
        get(server, tmp_path, overwrite=True)
    assert left(tmp_path) == ["a.bin"]


def test_a_lock_that_was_removed_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has waited for it may hold a file without a name, while the next one makes another."""
    path, lock, tries = tmp_path / "lock", downloads.locks._try, []

    def after_the_holder_removed_it(descriptor: int) -> None:
        lock(descriptor)
        tries.append(descriptor)
        if len(tries) == 1:
            path.unlink()

    monkeypatch.setattr(downloads.locks, "_try", after_the_holder_removed_it)
    with downloads.locked(path, float("inf")) as alone:
        assert alone
        assert path.exists()
    assert len(tries) == 2
    assert left(tmp_path) == []


def test_who_waits_for_another_process_has_a_limit_too(server: Server, tmp_path: Path) -> None:
    with (
        downloads.locked(tmp_path / "a.bin.lock", float("inf")),
        pytest.raises(RuntimeError, match=r"another process still holds .*a\.bin\.lock"),
    ):
        get(server, tmp_path, total_timeout=0.1)
    assert get(server, tmp_path).exists()


SCRIPT = """
import signal, sys
from nn.data import download
signal.signal(signal.SIGINT, signal.default_int_handler)  # which the background ignores
print("ready", flush=True)
download(sys.argv[1], sys.argv[2], sha256=sys.argv[3] or None)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_download_is_gone_on_with(server: Server, tmp_path: Path, number: int) -> None:
    server.plan, server.stall = ["stall"], 30
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, f"{server.address}/a.bin", str(tmp_path), ""],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    part = part_of(tmp_path / "a.bin")
    size = 0
    until = time.monotonic() + 30
    while time.monotonic() < until and not (size and size == part.stat().st_size):
        size = part.stat().st_size if part.exists() else 0
        time.sleep(0.05)
    child.send_signal(number)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == -number, errors
    assert not (tmp_path / "a.bin").exists()
    assert get(server, tmp_path).read_bytes() == CONTENT
    assert server.requests[-1][1]["Range"] == f"bytes={size}-"
    assert left(tmp_path) == ["a.bin"]


# --- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://a/b", "a.bin", "", "http://", "http:///a", "http://a b/c",
     "http://a/b\r\nX: y", "http://a:b/c", "http://me:secret@a/b", "//a/b", "http://[/a", "http://a:0/b"],
)  # fmt: skip
def test_a_url_is_http_or_https(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="download: url") as error:
        download(url, tmp_path)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ({"sha256": "abc"}, ValueError, "sha256 must be 64 hexadecimal digits, got 'abc'"),
        ({"md5": "g" * 32}, ValueError, "md5 must be 32 hexadecimal digits"),
        ({"sha256": 5}, TypeError, "sha256 must be a str"),
        ({"timeout": 0}, ValueError, "timeout must be a finite number above 0"),
        ({"timeout": float("nan")}, ValueError, "timeout must be"),
        ({"timeout": "1"}, TypeError, "timeout must be a number, got str"),
        ({"total_timeout": -1}, ValueError, "total_timeout must be"),
        ({"retries": -1}, ValueError, "retries must be at least 0, got -1"),
        ({"retries": 1.5}, TypeError, "retries must be an int, got float"),
        ({"max_bytes": 0}, ValueError, "max_bytes must be at least 1"),
        ({"path": 3}, TypeError, "path must be a path, got int"),
        ({"path": ""}, ValueError, "path must name a file or a folder"),
        ({"url": []}, ValueError, "url names no place"),
        ({"url": 3}, TypeError, "url must be a str or several, got int"),
        ({"url": [3]}, TypeError, "url must be a str or several, got int"),
    ],
)
def test_arguments_are_read(
    more: dict[str, Any], kind: type[Exception], words: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=f"^download: {words}"):
        download(**{"url": "http://127.0.0.1:9/a", "path": tmp_path / "a", **more})
    assert left(tmp_path) == []


# --- PyTorch's names for it ---------------------------------------------------------------------


def test_the_call_of_torchvision(server: Server, tmp_path: Path) -> None:
    url = f"{server.address}/a.bin"
    assert download_url(url, str(tmp_path / "new"), None, MD5) is None
    assert download_url(url, tmp_path, filename="b.bin") is None
    for path in (tmp_path / "new" / "a.bin", tmp_path / "b.bin"):
        assert path.read_bytes() == CONTENT
    with pytest.raises(RuntimeError, match="its MD5 is"):
        download_url(url, tmp_path, "c.bin", "0" * 32)


def test_the_call_of_torch_hub(server: Server, tmp_path: Path) -> None:
    url, path = f"{server.address}/a.bin", tmp_path / "b.bin"
    path.write_bytes(OTHER)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert at.hub.download_url_to_file(url, str(path), SHA256[:8], progress=False) is None
    assert path.read_bytes() == CONTENT
    with pytest.raises(RuntimeError, match=r"its SHA-256 is .*, expected 00ff"):
        at.hub.download_url_to_file(url, str(path), "00ff")
    assert path.read_bytes() == CONTENT
    with pytest.raises(ValueError, match="hexadecimal"):
        at.hub.download_url_to_file(url, str(path), "no")


def test_a_state_dict_from_a_server(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(at.hub, "_folder", [])
    at.save({"weight": at.ones(2, 3)}, tmp_path / "w")
    content = (tmp_path / "w").read_bytes()
    name = f"w-{hashlib.sha256(content).hexdigest()[:8]}.at"
    server.files[f"/{name}"] = content
    for _ in range(2):
        found = at.hub.load_state_dict_from_url(f"{server.address}/{name}", check_hash=True)
        assert found["weight"].shape == (2, 3)
    assert len(server.requests) == 1
    assert (tmp_path / "cache" / "autotensor" / "hub" / "checkpoints" / name).exists()
    at.hub.set_dir(tmp_path / "mine")
    server.files["/a-00000000.at"] = content
    with pytest.raises(RuntimeError, match="expected 00000000"):
        at.utils.model_zoo.load_url(f"{server.address}/a-00000000.at", check_hash=True)
    assert at.utils.model_zoo.load_url(f"{server.address}/a-00000000.at", file_name="b")
    assert (tmp_path / "mine" / "checkpoints" / "b").exists()
    with pytest.raises(ValueError, match="check_hash looks for"):
        at.hub.load_state_dict_from_url(f"{server.address}/a.bin", check_hash=True)


def test_arguments_are_those_of_torch_hub(torch: Any) -> None:
    import inspect

    for name in ("download_url_to_file", "load_state_dict_from_url", "set_dir", "get_dir"):
        ours, theirs = (
            [
                (one.name, one.default)
                for one in inspect.signature(getattr(hub, name)).parameters.values()
            ]
            for hub in (at.hub, torch.hub)
        )
        assert ours == theirs
