"""Files that lie: what they claim is found out before it is believed or costs memory."""

from __future__ import annotations

import io
import json
import os
import struct
import tracemalloc
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor.serialization.budget import HEADERS_ARE_LARGE

MIB = 2**20
STRUCTURE = "__structure__.json"


def saved(value: Any) -> bytes:
    file = io.BytesIO()
    at.save(value, file)
    return file.getvalue()


def of(value: Any) -> str:
    return json.dumps({"format": "autotensor", "version": 1, "value": value})


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def archive(
    entries: dict[str, bytes | str] | list[tuple[str, bytes | str]],
    method: int = zipfile.ZIP_STORED,
) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        with zipfile.ZipFile(file, "w", method) as one:
            pairs = entries.items() if isinstance(entries, dict) else entries
            for name, content in pairs:
                one.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def with_array(content: bytes, value: Any = None) -> bytes:
    """A file of one array ``w``, whose entry has this content."""
    return archive({STRUCTURE: of(value or {"array": "w"}), "w.npy": content})


def header(text: str, version: int = 1) -> bytes:
    raw = text.encode("latin-1" if version < 3 else "utf-8")
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + struct.pack("<H" if version == 1 else "<I", len(raw))
        + raw
    )


def refused(content: bytes, message: str, most: int = 2 * MIB, **options: Any) -> str:
    """Loads, which must fail so, and take no more memory than so many bytes on the way."""
    file = io.BytesIO(content)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message) as caught:
            at.load(file, **options)
        assert tracemalloc.get_traced_memory()[1] < most * (1.25 if HEADERS_ARE_LARGE else 1)
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith("load: the file ")
    return str(caught.value)


def load(content: bytes, **options: Any) -> Any:
    return at.load(io.BytesIO(content), **options)


# -- memory ----------------------------------------------------------------------------------------


def bomb(count: int = 600_000_000) -> bytes:
    """A small file, all correct, of one array of zeros."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as one:
        one.writestr(STRUCTURE, of({"array": "w"}))
        with one.open("w.npy", "w") as entry:
            np.lib.format.write_array_header_1_0(
                entry, {"descr": "|u1", "fortran_order": False, "shape": (count,)}
            )
            for start in range(0, count, 10 * MIB):
                entry.write(bytes(min(10 * MIB, count - start)))
    return file.getvalue()


def test_a_small_file_that_unpacks_to_much_is_refused_before_it_does() -> None:
    content = bomb(200_000_000)
    assert len(content) < MIB
    message = refused(
        content, r"at least 200\.0 MB of memory, 200\.0 MB of that for 1 arrays, .*'w\.npy'"
    )
    needed = int(message.partition("max_bytes=")[2].partition(")")[0])
    assert "not 67.1 MB as a file of" in message
    assert load(content, max_bytes=needed).size == 200_000_000
    refused(content, "as max_bytes allows", max_bytes=needed - 1)


def test_one_array_that_is_named_often_is_counted_as_often() -> None:
    content = with_array(npy(np.zeros(175_000)), [{"array": "w"}] * 500)
    refused(content, r"one more copy of the entry 'w\.npy'", most=70 * MIB)
    assert len(load(content, max_bytes=800 * MIB)) == 500


def test_tensors_on_one_entry_share_it_and_cost_nothing() -> None:
    found = load(with_array(npy(np.zeros(1_710_000)), [{"tensor": "w"}] * 500))
    found[0][0] = 1
    assert all(one[0].item() == 1 for one in found)


@pytest.mark.parametrize("part", ["[]", '{"deque": []}', '{"set": []}', '{"tuple": [1]}', "1e9"])
def test_values_that_are_no_arrays_are_counted_as_well(part: str) -> None:
    text = of(0)[:-2] + "[" + ", ".join([part] * (MIB // 8 // len(part))) + "]}"
    content = archive({STRUCTURE: text}, zipfile.ZIP_DEFLATED)
    refused(content, "for the values that are no arrays", max_bytes=MIB // 2)
    assert peak_of(content, 2**30) < needed_by(content) + MIB // 8
    huge = archive({STRUCTURE: of(0)[:-2] + "[" + ", ".join([part] * (10**7 // (len(part) + 2)))})
    refused(huge, "for the values that are no arrays", most=40 * MIB, max_bytes=16 * MIB)


def peak_of(content: bytes, limit: int) -> int:
    file = io.BytesIO(content)
    tracemalloc.start()
    kept = at.load(file, max_bytes=limit)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return taken


def needed_by(content: bytes) -> int:
    """What must be allowed, as the refusals say."""
    limit = 1
    while True:
        try:
            load(content, max_bytes=limit)
        except ValueError as error:
            limit = int(str(error).partition("max_bytes=")[2].partition(")")[0])
        else:
            return limit


@pytest.mark.parametrize(
    "value",
    [
        [0.5] * 20_000,
        [1] * 20_000,
        list(range(20_000)),
        ["ab"] * 20_000,
        [(1, 2)] * 10_000,
        [[]] * 10_000,
        [{"step": step} for step in range(10_000)],
        deque([(1, 0.5, False)] * 10_000, maxlen=20_000),
        {number: number for number in range(10_000)},
        ["é"] * 10_000,
        [np.zeros(()) for _ in range(3000)],
        [at.zeros(()) for _ in range(3000)],
    ],
    ids=lambda value: f"{type(value).__name__} of {str(next(iter(value)))[:9]}",
)
def test_what_save_writes_is_read_even_without_the_floor(value: Any, monkeypatch: Any) -> None:
    """So it is for files of any size; and what is counted is what it takes, or more."""
    from autotensor.serialization import budget

    monkeypatch.setattr(budget, "FLOOR", 0)
    content = saved(value)
    found = load(content)
    assert type(found) is type(value)
    assert len(found) == len(value)
    del found
    assert peak_of(content, 2**30) < needed_by(content) + MIB // 8


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "1 GB"])
def test_max_bytes_is_a_positive_number(limit: Any) -> None:
    kind = ValueError if type(limit) is int else TypeError
    with pytest.raises(kind, match="load: max_bytes must be"):
        load(saved(1), max_bytes=limit)


# -- headers of arrays -----------------------------------------------------------------------------

USUAL = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (USUAL.replace("(2,)", "(1000000, 1000000)"), r"claims shape \(1000000, 1000000\)"),
        (USUAL.replace("(2,)", "(3,)"), "24 bytes, but has 16"),
        (USUAL.replace("(2,)", "(1,)"), "8 bytes, but has 16"),
        (USUAL.replace("(2,)", "(-2, -1)"), "a header that is none"),
        (USUAL.replace("(2,)", "(True, 2)"), "a header that is none"),
        (USUAL.replace("(2,)", "(2.0,)"), "a header that is none"),
        (USUAL.replace("(2,)", "2"), "a header that is none"),
        (USUAL.replace("(2,)", f"({2**63}, {2**63}, 0)"), "no array can have"),
        (USUAL.replace("(2,)", "(" + "1, " * 70 + "2)"), "no array can have"),
        (USUAL.replace("'<f8'", "__import__('os').system('false')"), "a header that is none"),
        (USUAL.replace("'<f8'", "'O'"), "a pickle, which could run code"),
        (USUAL.replace("'<f8'", "[('a', 'O')]"), "a pickle, which could run code"),
        (USUAL.replace("'<f8'", "'<f3'"), "a header that is none"),
        (USUAL.replace("'<f8'", "'a8'"), "a header that is none"),
        (USUAL.replace("False", "0"), "a header that is none"),
        (USUAL.replace(", }", ", 'x': 1}"), "a header that is none"),
        ("{}", "a header that is none"),
        ("(" * 5000, "a header that is none"),
        ("'\\d' if 1 is 1 else 0", "a header that is none"),
        ("\0", "a header that is none"),
        (" " * MIB, "header of 1048576 bytes"),
    ],
    ids=lambda text: text[:60],
)
def test_a_header_that_is_wrong_is_refused(text: str, message: str) -> None:
    content = header(text, 1 if len(text) < 2**16 else 2) + bytes(16)
    assert "'w.npy'" in refused(with_array(content), message)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_all_versions_of_the_header_are_read(version: int) -> None:
    for text in (USUAL + "\n", USUAL, USUAL.replace("(2,)", "(2L,)").replace("2L", "2")):
        found = load(with_array(header(text, version) + np.array([1.0, 2.0]).tobytes()))
        assert found.tolist() == [1, 2]
    refused(with_array(header(USUAL, version)[:9] + bytes(16)), "ends too early|header")
    refused(with_array(b"\x93NUMPY\4\0" + bytes(16)), "no array of NumPy's format")


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).astype(">f4"),
        np.asfortranarray(np.arange(24).reshape(2, 3, 4)),
        np.array(3.5),
        np.zeros((0, 5)),
        np.zeros((5, 0), order="F"),
        np.arange(3).astype("f2"),
        np.arange(3).astype("g"),
        np.array(["a", "bcd"]),
        np.array([b"a", b"bcd"]),
        np.array([b"a\0b"], "V3"),
        np.zeros(2, [("é", "<f4"), ("b", "<i2", (2, 3))]),
        np.array(["2020-01-01"], "M8[s]"),
        np.array([1 + 2j]),
        np.array([True, False]),
    ],
    ids=lambda array: f"{array.dtype}-{array.shape}",
)
def test_arrays_of_every_kind_come_back(array: np.ndarray) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        found = load(archive({STRUCTURE: of({"array": "w"}), "w.npy": npy(array)}, method))
        assert found.dtype == array.dtype
        assert found.shape == array.shape
        assert found.tobytes() == array.tobytes()
        assert found.flags.writeable


def test_a_tensor_of_the_other_byte_order_is_converted() -> None:
    found = load(with_array(npy(np.arange(3, dtype=">f4")), {"tensor": "w"}))
    assert found.dtype == at.float32
    assert found.tolist() == [0, 1, 2]


# -- the archive -----------------------------------------------------------------------------------

GOOD = {
    STRUCTURE: of([{"array": "v"}, {"array": "w"}]),
    "v.npy": npy(np.arange(4)),
    "w.npy": npy(1),
}


def central(content: bytes, name: str) -> int:
    """Where the table speaks of an entry."""
    return content.rindex(b"PK\1\2", 0, content.rindex(name.encode()))


def changed(content: bytes, place: int, form: str, number: int) -> bytes:
    made = bytearray(content)
    struct.pack_into(form, made, place, number)
    return bytes(made)


def test_an_archive_that_is_right_is_read() -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        assert load(archive(GOOD, method))[0].tolist() == [0, 1, 2, 3]


def in_both(form: str, at_table: int, at_entry: int, number: int) -> Callable[[bytes], bytes]:
    def made(content: bytes) -> bytes:
        place = central(content, "v.npy")
        (entry,) = struct.unpack_from("<L", content, place + 42)
        return changed(
            changed(content, place + at_table, form, number), entry + at_entry, form, number
        )

    return made


def table_only(form: str, offset: int, number: int) -> Callable[[bytes], bytes]:
    return lambda content: changed(content, central(content, "v.npy") + offset, form, number)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: b"junk" + content, "not an .npz file"),
        (lambda content: b"PK" + content, "joined to something else"),
        (lambda content: content + b"\0", "behind its end"),
        (lambda content: content + content, "joined to something else"),
        (lambda content: changed(content, len(content) - 2, "<H", 1) + b"x", "behind its end"),
        (in_both("<H", 8, 6, 1), "'v.npy' encrypted"),
        (in_both("<H", 10, 8, 99), "'v.npy' compressed by method 99"),
        (in_both("<H", 10, 8, 12), "'v.npy' compressed by method 12"),
        (in_both("<H", 10, 8, 8), "'v.npy' (cannot be unpacked|goes on behind)"),
        (in_both("<L", 24, 22, 2**31), r"2\.1 GB of that for 2 arrays, .*'v.npy'"),
        (in_both("<L", 24, 22, 100), "'v.npy'"),
        (in_both("<L", 20, 18, 2**31), "'v.npy' goes beyond it"),
        (table_only("<L", 42, 2**31), "'[vw].npy' (goes beyond|has something before)"),
        (table_only("<L", 42, 0), "overlaps with another"),
        (table_only("<L", 16, 0), "'v.npy' says something else of itself"),
        (table_only("<L", 24, 0xFFFFFFFF), "is damaged"),
        (table_only("<H", 32, 1), "is damaged"),
        (table_only("<B", 46, 0xFF), "'.{1,4}.npy' says something else"),
        (table_only("<B", 0, 0), "table of entries is none"),
        (lambda content: changed(content, len(content) - 12, "<H", 2), "more than the|damaged"),
        (lambda content: changed(content, len(content) - 12, "<L", 10**9), "is damaged"),
        (lambda content: changed(content, len(content) - 18, "<H", 1), "several files"),
    ],
)
def test_an_archive_that_lies_is_refused(damage: Any, message: str) -> None:
    refused(damage(archive(GOOD)), message)


@pytest.mark.parametrize("name", ["x.npy", "../x", "/etc/passwd", "inner.zip", "folder/", "é"])
def test_an_entry_that_nothing_speaks_of_is_refused(name: str) -> None:
    refused(archive(GOOD | {name: archive(GOOD)}), f"nothing in it speaks of its entry '{name}'")


def test_two_entries_of_one_name_are_refused() -> None:
    for name, content in GOOD.items():
        twice = [*GOOD.items(), (name, content)]
        refused(archive(twice), f"two entries of the name '{name}'")


def test_an_entry_that_only_lies_there_is_refused() -> None:
    """Bytes between the entries, that the table does not know."""
    content = archive(GOOD | {"x.npy": npy(np.zeros(9))})
    place = central(content, "x.npy")
    end = content.rindex(b"PK\5\6")
    fewer = bytearray(content[:place] + content[end:])
    struct.pack_into(
        "<2H2L",
        fewer,
        len(fewer) - 14,
        3,
        3,
        place - content.index(b"PK\1\2"),
        content.index(b"PK\1\2"),
    )
    refused(bytes(fewer), r"its entries end at byte \d+, and the table of them begins at")


def test_an_entry_with_a_comment_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as one:
        info = zipfile.ZipInfo(STRUCTURE)
        info.comment = b"hello"
        one.writestr(info, of(1))
    refused(file.getvalue(), f"'{STRUCTURE}' has a comment")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(method: int) -> None:
    refused(archive(GOOD, method), f"compressed by method {method}")


def test_a_stream_that_unpacks_to_more_than_it_says_stops_there() -> None:
    content = archive(
        {STRUCTURE: of({"array": "w"}), "w.npy": npy(np.zeros(10**6))}, zipfile.ZIP_DEFLATED
    )
    place = central(content, "w.npy")
    (entry,) = struct.unpack_from("<L", content, place + 42)
    for size in (136, 4 * MIB):
        lying = changed(changed(content, place + 24, "<L", size), entry + 22, "<L", size)
        refused(lying, r"'w\.npy' (claims|is longer)")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_entry_that_goes_on_after_the_size_it_says_is_refused(method: int) -> None:
    text = of(1).encode()
    content = archive({STRUCTURE: text + b"   "}, method)
    for form, number, fields in (("<L", len(text), (24, 22)), ("<L", zlib.crc32(text), (16, 14))):
        content = changed(content, central(content, STRUCTURE) + fields[0], form, number)
        content = changed(content, fields[1], form, number)
    refused(content, f"is longer than the {len(text)} bytes")


class Pipe(io.RawIOBase):
    """A file that can only be written to, on and on."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self.content += bytes(part)
        return len(bytes(part))


def test_what_was_saved_into_a_pipe_is_read() -> None:
    pipe = Pipe()
    at.save({"w": at.arange(5), "n": 1}, pipe)
    assert load(pipe.content)["w"].tolist() == [0, 1, 2, 3, 4]
    for place in range(len(pipe.content) - 22):
        broken = changed(pipe.content, place, "<B", pipe.content[place] ^ 4)
        try:
            found = load(broken)
        except ValueError:
            continue
        assert found["w"].tolist() == [0, 1, 2, 3, 4]


def test_many_entries_need_the_wide_record_of_the_end() -> None:
    names = [f"{number:05}" for number in range(66_000)]
    empty = npy(np.zeros(0, np.uint8))
    content = archive(
        {STRUCTURE: of([{"array": one} for one in names])} | {f"{one}.npy": empty for one in names}
    )
    assert b"PK\6\7" in content
    assert len(load(content)) == 66_000
    place = content.rindex(b"PK\6\7")
    refused(changed(content, place + 8, "<Q", 5), "record of the end is not where")
    refused(
        changed(content, place - 56 + 32, "<Q", 5), "two records of the end disagree|is damaged"
    )


def test_a_recompressed_file_is_read(tmp_path: Path) -> None:
    value = {"w": at.randn(20, 30), "deep": [at.arange(3), {"x": np.ones(2)}], "lr": 0.1}
    with zipfile.ZipFile(io.BytesIO(saved(value))) as one:
        content = archive({name: one.read(name) for name in one.namelist()}, zipfile.ZIP_DEFLATED)
    assert np.array_equal(load(content)["w"].numpy(), value["w"].numpy())


# -- values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (of(0).replace("0}", "NaN}"), "NaN is no JSON"),
        (of(0)[:-2] + "[" * 100_000, "deeper than Python"),
        (of(0)[:-2] + "[" * 100_000 + "]" * 100_000 + "}", "deeper than Python"),
        (of(0)[:-2] + '{"tuple": [' * 900 + "]}" * 900 + "}", "deeper than Python"),
        (of({"same": -1}), "unknown kind"),
        (of([{"float": "1"}, {"same": True}]), "unknown kind|damaged"),
        (of({"float": {}}), "is damaged"),
        (of(0)[:-2] + "1" * 10_000 + "}", "is no JSON"),
        (of(0).replace("1", "true"), "version True"),
        ("\xff\xfe", "is no JSON"),
        ("", "is no JSON"),
    ],
    ids=lambda text: text[:70],
)
def test_a_structure_that_is_none_is_refused(text: str, message: str) -> None:
    refused(archive({STRUCTURE: text}), message, most=40 * MIB)


def test_classes_of_named_tuples_do_not_pile_up() -> None:
    from autotensor.serialization import values

    for number in range(300):
        load(archive({STRUCTURE: of({"named_tuple": [1], "name": f"P{number}", "fields": ["x"]})}))
    assert values._named_tuple.cache_info().currsize <= 256


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    held = os.open(tmp_path / "pipe", os.O_RDWR)  # so that this test never waits
    try:
        with pytest.raises(ValueError, match=r"load: .*pipe is a pipe or a device; read it"):
            at.load(tmp_path / "pipe")
    finally:
        os.close(held)
    with pytest.raises(OSError, match=r"directory"):
        at.load(tmp_path)
