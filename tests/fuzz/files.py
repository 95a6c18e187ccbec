"""Files for ``load``, broken in every way, steered to where the reader has not been yet.

It starts from a corpus of small files, kept in ``tests/fuzz/corpus``.  A file is drawn and changed:
bits, blocks and numbers anywhere; or, the checksums put right again, its entries, their names, the
header of an array, the words of the structure.  What reaches a step from line to line of the reader
(``autotensor/serialization``) that nothing reached before joins the corpus.

Every file must be refused by a ValueError that names it, or give a value that is the same when it
is saved and loaded again; in neither case may it take more memory than ``max_bytes`` allows, or
more than some seconds.  With ``--keep`` the corpus is written anew, as few files as reach all that
was reached.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import struct
import sys
import time
import tracemalloc
import warnings
import zipfile
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import autotensor as at
from autotensor import serialization

CORPUS = Path(__file__).parent / "corpus"
ROOM = str(Path(serialization.__file__).parent)
STRUCTURE = "__structure__.json"

LIMIT = 2**20
"""What is given as ``max_bytes``."""
DEFAULT = 64 * 2**20
"""What a small file may take where nothing is given."""
SLACK = 2**20
"""What reading takes besides: pieces, tables, and the trace."""
SECONDS = 5.0
LONGEST = 20_000
"""Bytes of a file that joins the corpus."""

Steps = frozenset[tuple[str, int, int]]
"""From which line to which of what file."""


class BrokenFile(io.BytesIO):
    """A file with a name, which messages must give."""

    name = "broken.npz"


@dataclass
class Verdict:
    """What came of one file."""

    outcome: str
    """``refused`` or ``loaded``; or what is wrong."""
    message: str = ""
    value: Any = None

    @property
    def is_finding(self) -> bool:
        return self.outcome not in ("refused", "loaded")


def judged(content: bytes, limit: int | None = LIMIT, most: int = LIMIT + SLACK) -> Verdict:
    """Loads a file, and judges how it went."""
    file = BrokenFile(content)
    value = None
    began = time.process_time()
    tracemalloc.start()
    try:
        value = at.load(file, max_bytes=limit)
        verdict = Verdict("loaded")
    except ModuleNotFoundError as error:
        verdict = Verdict("refused", str(error))  # safetensors may be missing
        if error.name != "safetensors":
            verdict.outcome = "ModuleNotFoundError"
    except ValueError as error:
        verdict = Verdict("refused", str(error))
        if not verdict.message.startswith("load: broken.npz "):
            verdict.outcome = "refused without the name of the file"
    except BaseException as error:
        verdict = Verdict(f"{type(error).__name__}", str(error))
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    seconds = time.process_time() - began
    if peak > most:
        return Verdict("took too much memory", f"{peak} bytes, allowed were {most}")
    if seconds > SECONDS:
        return Verdict("took too long", f"{seconds:.1f} s")
    verdict.value = value
    return verdict


def saved(value: Any, suffix: str = ".npz", zipped: bool = True) -> bytes:
    file = BrokenFile()
    file.name = f"broken{suffix}"  # type: ignore[misc]
    at.save(value, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


def settled(verdict: Verdict) -> Verdict:
    """The same verdict, if a value that was loaded is the same once more saved and loaded."""
    if verdict.outcome != "loaded":
        return verdict
    try:
        once = saved(verdict.value)
    except (TypeError, ValueError):
        return verdict  # such as a Tensor for a key, which save never writes
    try:
        again = saved(at.load(io.BytesIO(once)))
    except Exception as error:  # what load makes of what save wrote
        return Verdict(type(error).__name__, str(error))
    if again != once:
        return Verdict("another value once more saved and loaded", repr(verdict.value)[:200])
    return verdict


class _Way:
    """The steps through one call: an object, since a function that returns itself is a cycle, and
    what waits for the garbage collector counts as memory taken."""

    def __init__(self, name: str, line: int, steps: set[tuple[str, int, int]]) -> None:
        self.name = name
        self.last = line
        self.steps = steps

    def __call__(self, frame: Any, event: str, _: Any) -> Any:
        self.steps.add((self.name, self.last, frame.f_lineno))
        self.last = frame.f_lineno
        return self


@contextmanager
def traced(steps: set[tuple[str, int, int]]) -> Iterator[None]:
    """Adds the steps from line to line that the reader takes."""
    before = sys.gettrace()

    def on_call(frame: Any, event: str, _: Any) -> Any:
        path = frame.f_code.co_filename
        return _Way(path[len(ROOM) :], frame.f_lineno, steps) if path.startswith(ROOM) else None

    sys.settrace(on_call)
    try:
        yield
    finally:
        sys.settrace(before)


def reached(content: bytes) -> tuple[Verdict, Steps]:
    """The verdict of a file, and the steps taken to it."""
    steps: set[tuple[str, int, int]] = set()
    with warnings.catch_warnings(), traced(steps):
        warnings.simplefilter("ignore")
        # Every other one as most users load it, who name no limit.
        own = len(content) % 2 == 0
        verdict = judged(content) if own else judged(content, None, DEFAULT + SLACK)
    return settled(verdict), frozenset(steps)


# -- files to begin with ---------------------------------------------------------------------------


class Pipe(io.BytesIO):
    """A file in which nothing can be put right later."""

    def tell(self) -> int:
        raise OSError("a pipe")

    def seekable(self) -> bool:
        return False


def archive(
    entries: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_STORED, pipe: bool = False
) -> bytes:
    file = Pipe() if pipe else io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", method) as one:
        warnings.simplefilter("ignore")
        for name, content in entries:
            one.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def entries_of(content: bytes) -> list[tuple[str, bytes]]:
    """The entries as Python reads them; none where it cannot."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as one:
            if sum(info.file_size for info in one.infolist()) > 2**22:
                return []
            return [(info.filename, one.read(info)) for info in one.infolist()]
    except Exception:
        return []


def wide(content: bytes) -> bytes:
    """The same archive with the records of 64 bits, as those of more than 4 GiB have them."""
    count, length, start = struct.unpack_from("<H2L", content, len(content) - 12)
    table = bytearray(content[start:-22])
    place = table.rindex(b"PK\1\2")
    (name,) = struct.unpack_from("<H", table, place + 28)
    (offset,) = struct.unpack_from("<L", table, place + 42)
    struct.pack_into("<H", table, place + 30, 12)
    struct.pack_into("<L", table, place + 42, 2**32 - 1)
    table[place + 46 + name :] = struct.pack("<2HQ", 1, 8, offset)
    length = len(table)
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, start)
    end += struct.pack("<4sLQL", b"PK\6\7", 0, start + length, 1)
    limits = (0, 0, *(2**16 - 1,) * 2, *(2**32 - 1,) * 2, 0)
    return content[:start] + table + end + struct.pack("<4s4H2LH", b"PK\5\6", *limits)


def seeds() -> list[bytes]:
    """Good files, one for each thing that a file can hold."""
    whole = at.arange(6.0)
    rng = np.random.default_rng(0)
    state = {"w": at.from_numpy(rng.standard_normal((2, 3))), "b": at.zeros(3)}
    values: list[Any] = [
        None,
        {"model": state, "epoch": 3, "lr": 0.1},
        [whole, whole[2:], whole[:3], whole],
        [at.Parameter(at.ones(2)), at.ones(1, requires_grad=True), np.float32(2), np.arange(3)],
        [(1, 2.5), {1, 2}, frozenset({1}), deque([1, 2], 3), Counter("aab"), range(3), b"ab"],
        [1j, float("nan"), at.float32, np.dtype("f4"), at.device("cpu"), Path("a") / "b"],
        [np.zeros((2, 3), order="F"), np.zeros(2, [("a", "<f4")]), np.array(["a"]), np.zeros(0)],
    ]
    files = [saved(value) for value in values]
    named = at.ones(2, 2).max(0)
    files.append(saved(named))
    files.append(archive(entries_of(files[1]), zipfile.ZIP_DEFLATED))
    files.append(archive(entries_of(files[1]), pipe=True))
    files.append(wide(files[1]))
    files.append(archive([(f"{number}", b"") for number in range(3)]))
    files.append(saved(defaultdict(list, a=[1])))
    return [*files, *seeds_of_others(values, state)]


def seeds_of_others(values: list[Any], state: dict[str, Any]) -> list[bytes]:
    """Good files of PyTorch's kinds, of NumPy's, and of safetensors, in its plain form."""
    values = [*values[:6], [np.zeros((2, 3), order="F"), np.array(["a"]), np.zeros(0)]]
    files = [saved(value, ".pt", zipped) for value in values for zipped in (True, False)]
    widened = saved([at.ones(2), at.zeros(3, dtype=at.int16)], ".pt")
    files.append(archive([(name, one.replace(b"Short", b"BFloat16")) for name, one in
                          entries_of(widened)]))  # fmt: skip
    files += [saved(at.ones(2, 3), ".npy"), saved(np.zeros((2, 3), ">f4", order="F"), ".npy")]
    for value in (state, {"n": np.arange(3, dtype=">i8")}):
        one = io.BytesIO()
        np.savez(one, **{name: np.asarray(part) for name, part in value.items()})
        files.append(one.getvalue())
    head = {
        "__metadata__": {"format": "pt"},
        "w": {"dtype": "F32", "shape": [2, 1], "data_offsets": [0, 8]},
        "b": {"dtype": "BF16", "shape": [2], "data_offsets": [8, 12]},
    }
    text = json.dumps(head).encode()
    text += b" " * (-len(text) % 8)
    files.append(struct.pack("<Q", len(text)) + text + bytes(range(12)))
    return files


# -- changes ---------------------------------------------------------------------------------------

NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    2**63,
    2**64 - 1,
)
SIGNS = [b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7", b"PK\7\x08", b"\x93NUMPY"]
WORDS = [
    "tensor",
    "parameter",
    "array",
    "scalar",
    "same",
    "float",
    "tuple",
    "set",
    "frozenset",
    "deque",
    "dict",
    "ordered_dict",
    "counter",
    "namespace",
    "simple_namespace",
    "defaultdict",
    "named_tuple",
    "bytes",
    "bytearray",
    "complex",
    "range",
    "path",
    "Size",
    "dtype",
    "numpy.dtype",
    "device",
    "layout",
    "requires_grad",
    "fields",
    "name",
    "factory",
    "maxlen",
    "format",
    "version",
    "value",
    "autotensor",
    "cpu",
    "float32",
    "<f4",
    "|u1",
    ">f8",
    "int",
    "list",
    "F32",
    "BF16",
    "BOOL",
    "F8_E4M3",
    "C64",
    "data_offsets",
    "shape",
]
PLAIN: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1,
    2**31,
    2**64,
    0.5,
    1e308,
    "",
    "a",
    "w",
    [],
    {},
    [[]],
)

Change = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def flip_bits(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    made = bytearray(content)
    for _time in range(rng.choice((1, 1, 2, 8))):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def put_number(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Some number over some bytes, more often at the fields of a record than elsewhere."""
    form = rng.choice(("<B", "<H", "<L", "<Q"))
    size = struct.calcsize(form)
    place = rng.randrange(len(content))
    if rng.random() < 0.6:
        sign = rng.choice(SIGNS)
        starts = [at for at in range(len(content)) if content.startswith(sign, at)]
        place = rng.choice(starts) + rng.randrange(60) if starts else place
    number = rng.choice((*NUMBERS, len(content), rng.randrange(len(content) + 1)))
    number %= 256**size
    if rng.random() < 0.3 and place + size <= len(content):
        (there,) = struct.unpack_from(form, content, place)
        number = (there + rng.choice((-1, 1))) % 256**size
    return content[:place] + struct.pack(form, number) + content[place + size :]


def put_everywhere(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """A size, place or checksum of the table changed wherever it stands, so that all agree."""
    starts = [place for place in range(len(content)) if content.startswith(b"PK\1\2", place)]
    if not starts:
        return content
    place = rng.choice(starts) + rng.choice((16, 20, 24, 42))
    there = content[place : place + 4]
    (number,) = struct.unpack("<L", there.ljust(4, b"\0"))
    new = rng.choice((*NUMBERS, number + 1, number - 1, number * 1000, len(content))) % 2**32
    return content.replace(there, struct.pack("<L", new))


def move_block(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """A block left out, doubled, moved, zeroed, or put in from another file."""
    start = rng.randrange(len(content))
    end = min(len(content), start + rng.choice((1, 4, 16, 64, 512)))
    block, rest = content[start:end], content[:start] + content[end:]
    place = rng.randrange(len(rest) + 1)
    other = rng.choice(corpus)
    first = rng.randrange(len(other) + 1)
    return rng.choice(
        (
            rest,
            content[:start] + block + content[start:],
            rest[:place] + block + rest[place:],
            content[:start] + bytes(len(block)) + content[end:],
            content[:start] + other[first : first + len(block)] + content[end:],
            content[:start] + other[first:],
        )
    )


def cut(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    place = rng.randrange(len(content) + 1)
    return rng.choice((content[:place], content[place:], content + content[place:]))


def change_entries(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """Entries left out, doubled, renamed, taken from another file, or packed otherwise."""
    entries = entries_of(content)
    others = entries_of(rng.choice(corpus)) or [("x", b"x")]
    for _time in range(rng.choice((0, 1, 1, 2))):
        place = rng.randrange(len(entries) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            del entries[place : place + 1]
        elif kind == 1:
            entries[place:place] = [rng.choice(others)]
        elif kind == 2:
            entries[place : place + 1] = [
                (rng.choice(others)[0], one) for _, one in entries[place : place + 1]
            ]
        elif kind == 3:
            entries[place:place] = entries[place : place + 1]
        elif kind == 4:
            rng.shuffle(entries)
        else:
            entries[place:place] = [(rng.choice(("../x", "/x", "x/", "é.npy", ".npy")), b"")]
    return archive(entries, rng.choice((0, 0, 8, 8, 12, 14)), pipe=rng.random() < 0.2)


def change_content(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """One entry changed as a file would be, or as its kind suggests; the checksum is right."""
    entries = entries_of(content)
    if not entries:
        return content
    place = rng.randrange(len(entries))
    name, inner = entries[place]
    if name == STRUCTURE and rng.random() < 0.8:
        inner = change_structure(rng, inner)
    elif inner[:6] == b"\x93NUMPY" and rng.random() < 0.7:
        inner = change_header(rng, inner)
    elif inner:
        inner = rng.choice((flip_bits, put_number, move_block, cut))(rng, inner, corpus)
    entries[place] = name, inner
    return archive(entries, rng.choice((0, 8)))


def blow_up(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """An array of so many zeros, or a value so often, that the small file would take too much."""
    entries = entries_of(content)
    if not entries:
        return content
    place = rng.randrange(len(entries))
    name, inner = entries[place]
    if name == STRUCTURE:
        try:
            head = json.loads(inner)
            part = rng.choice((head["value"], {rng.choice(WORDS): []}))
            head["value"] = [part] * (20_000 // len(json.dumps(part)))
            inner = json.dumps(head).encode()
        except (ValueError, TypeError, KeyError, RecursionError):
            return content
    else:
        file = io.BytesIO()
        np.save(file, np.zeros(rng.randrange(2**20, 2**22), np.uint8))
        inner = file.getvalue()
    entries[place] = name, inner
    return archive(entries, zipfile.ZIP_DEFLATED)


def change_header(rng: random.Random, array: bytes) -> bytes:
    """The header of an array, its length put right again."""
    length = int.from_bytes(array[8:10], "little")
    text = array[10 : 10 + length].decode("latin-1")
    old, new = rng.choice(
        (
            ("<", rng.choice((">", "|", "=", ""))),
            ("f", rng.choice("iucbUSVMmO?q")),
            ("8", rng.choice("0123456789")),
            ("(", rng.choice(("(-", "(1,", "(0,", "((", "(9999999999999,", "[", ""))),
            (",)", rng.choice((",-1)", ",2)", ",True)", ")", ",1.5)", ",'a')"))),
            ("False", rng.choice(("True", "0", "None", "Fals"))),
            (
                "'<f8'",
                rng.choice(("[('a','<f8')]", "'O'", "[]", "('<f4',(2,))", "print(1)", "'f4,f4'")),
            ),
            ("}", rng.choice((", 'x': 1}", "", "}}", "} # }"))),
            ("shape", rng.choice(("shap", "descr"))),
        )
    )
    text = text.replace(old, new, 1) if rng.random() < 0.8 else "(" * rng.randrange(1, 3000)
    raw = text.encode()
    version = rng.choice((1, 1, 1, 2, 3, 4))
    size = struct.pack("<H" if version == 1 else "<L", len(raw))
    return b"\x93NUMPY" + bytes([version, 0]) + size + raw + array[10 + length :]


def change_structure(rng: random.Random, text: bytes) -> bytes:
    """A word or a value of the structure changed, or one part put in the place of another."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return text[: rng.randrange(len(text) + 1)]
    if rng.random() < 0.1:
        return rng.choice(
            (b"[" * 5000, text.replace(b"0", b"NaN"), text.decode("latin-1").encode("utf-16"))
        )
    places: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        keys: Any = (
            one.keys()
            if isinstance(one, dict)
            else range(len(one))
            if isinstance(one, list)
            else ()
        )
        places += [(one, key) for key in keys]
        waiting += [one[key] for key in keys]
    if not places:
        return json.dumps(rng.choice(PLAIN)).encode()
    for _time in range(rng.choice((1, 1, 2, 3))):
        inside, key = rng.choice(places)
        if isinstance(inside, dict) and rng.random() < 0.5 and key in inside:
            pairs = [
                (rng.choice(WORDS) if one == key else one, value) for one, value in inside.items()
            ]
            inside.clear()
            inside.update(pairs)
            continue
        outside, other = rng.choice(places)
        part = outside.get(other) if isinstance(outside, dict) else None
        new = rng.choice(
            (
                rng.choice(PLAIN),
                rng.choice(WORDS),
                {rng.choice(WORDS): rng.choice((*PLAIN, part))},
                [part] * 2,
            )
        )
        inside[key] = json.loads(json.dumps(new)) if small(new) else 0
    return json.dumps(tree).encode() if small(tree) else text


def small(tree: Any) -> bool:
    """Whether a tree, which may have grown into itself, is a short text."""
    try:
        return len(json.dumps(tree)) < LONGEST
    except (ValueError, RecursionError):
        return False


OPCODES = [bytes([code]) for code in b".NKMJGXBCUT]})(t\x85\x86\x87\x91aesu\x9001 2cR\x81bQqr"
           b"hj\x8a\x88\x89\x8c\x8d\x8f\x94\x95\x96\x80\x93\x8e" b"\x82IoipPLVS"]  # fmt: skip
NAMES = [
    b"collections\nOrderedDict\n", b"collections\nCounter\n", b"collections\ndefaultdict\n",
    b"collections\ndeque\n", b"argparse\nNamespace\n", b"types\nSimpleNamespace\n",
    b"__builtin__\nset\n", b"__builtin__\nbytearray\n", b"__builtin__\nxrange\n",
    b"__builtin__\ncomplex\n", b"__builtin__\nlist\n", b"__builtin__\neval\n", b"os\nsystem\n",
    b"_codecs\nencode\n", b"pathlib\nPath\n", b"numpy\ndtype\n", b"numpy\nndarray\n",
    b"numpy._core.multiarray\n_reconstruct\n", b"numpy._core.multiarray\nscalar\n",
    b"numpy._core.numeric\n_frombuffer\n", b"torch\nSize\n", b"torch\ndevice\n",
    b"torch\nfloat32\n", b"torch\nbfloat16\n", b"torch\nBFloat16Storage\n",
    b"torch\nComplexFloatStorage\n", b"torch.storage\nUntypedStorage\n",
    b"torch._utils\n_rebuild_tensor_v2\n", b"torch._utils\n_rebuild_tensor_v3\n",
    b"torch._utils\n_rebuild_parameter\n", b"torch._tensor\n_rebuild_from_type_v2\n",
    b"torch\nTensor\n", b"torch.serialization\n_get_layout\n",
]  # fmt: skip


def change_pickle(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Opcodes, numbers, names and parts of the pickle in a file of PyTorch's changed."""
    entries = entries_of(content)
    place = next((n for n, (name, _) in enumerate(entries) if name.endswith("data.pkl")), -1)
    if place < 0 and not content.startswith(b"\x80"):
        return content
    pickle = entries[place][1] if place >= 0 else content
    for _time in range(rng.choice((1, 1, 2, 4))):
        if pickle:
            pickle = change_opcodes(rng, pickle)
    if place < 0:
        return pickle
    entries[place] = entries[place][0], pickle
    return archive(entries, rng.choice((0, 8)))


def change_opcodes(rng: random.Random, pickle: bytes) -> bytes:
    start = rng.randrange(len(pickle))
    if rng.random() < 0.3:  # where a storage or a Tensor is spoken of
        found = [at for at in range(len(pickle)) if pickle.startswith((b"tQ", b"K", b"q"), at)]
        start = rng.choice(found) if found else start
    end = min(len(pickle), start + rng.choice((1, 1, 2, 3, 8, 30)))
    block = pickle[start:end]
    number = rng.choice((*NUMBERS, rng.randrange(300)))
    forms = ("<L", b"J"), ("<B", b"K"), ("<H", b"M"), ("<L", b"j"), ("<B", b"h"), ("<L", b"X")
    form, code = rng.choice(forms)
    told = code + struct.pack(form, number % 256 ** struct.calcsize(form))
    name = b"c" + rng.choice(NAMES)
    names = [at for at in range(len(pickle)) if pickle.startswith((b"ctorch", b"c__", b"ccol"), at)]
    if names and rng.random() < 0.2:
        first = rng.choice(names)
        behind = pickle.split(b"\n", 2)[-1] if not first else pickle[first:].split(b"\n", 2)[-1]
        return pickle[:first] + name + behind
    new = rng.choice(
        (
            b"",
            block * rng.choice((2, 2, 50, 3000)),
            told,
            name,
            name + b")R",
            rng.choice(OPCODES),
            b"".join(rng.choices(OPCODES, k=4)),
            b"(" * rng.choice((1, 5000)),
            b"]" + b"]" * 3000 + b"a" * 3000,
            rng.choice((b"]2a", b"}2Ks", b"\x85" * 2000, b"2\x86" * 60, b"]" + b"2\x86" * 60)),
            b"\x8a\xff" + bytes(255),
            rng.choice((b"K\0K\xff", b"J\xff\xff\xff\xff", b"J\xff\xff\xff\x7f")),
        )
    )
    return pickle[:start] + new + pickle[end if rng.random() < 0.6 else start :]


def change_front(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """The header of an array, or of a file of safetensors, at the front of a file."""
    if content[:6] == b"\x93NUMPY" and len(content) > 10:
        return change_header(rng, content)
    (length,) = struct.unpack("<Q", content[:8].ljust(8, b"\0"))
    if content[8:9] != b"{" or length > len(content):
        return change_pickle(rng, content, corpus)
    text = change_structure(rng, content[8 : 8 + length])
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


CHANGES: dict[Change, float] = {
    flip_bits: 2,
    put_number: 4,
    put_everywhere: 1,
    move_block: 3,
    cut: 1,
    change_entries: 3,
    change_content: 7,
    blow_up: 0.6,
    change_pickle: 7,
    change_front: 2,
}


def changed(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    """A file of the corpus with one change, or some."""
    content = rng.choice(corpus)
    for change in rng.choices([*CHANGES], [*CHANGES.values()], k=rng.choice((1, 1, 1, 2, 4))):
        if content:
            content = change(rng, content, corpus)
    return content


# -- runs ------------------------------------------------------------------------------------------


@dataclass
class Report:
    """What came of some files."""

    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[bytes, Verdict]] = field(default_factory=list)
    steps: set[tuple[str, int, int]] = field(default_factory=set)
    corpus: list[bytes] = field(default_factory=list)

    def tried(self, content: bytes) -> None:
        verdict, steps = reached(content)
        self.files += 1
        self.outcomes[verdict.outcome] += 1
        if verdict.is_finding:
            self.findings.append((content, verdict))
        if not steps <= self.steps and len(content) <= LONGEST:
            self.corpus.append(content)
        self.steps |= steps


def kept_corpus() -> list[bytes]:
    return [path.read_bytes() for path in sorted(CORPUS.glob("*.bin"))]


def fuzz(count: int, seed: int, stop_after: int = 10) -> Report:
    """Tries the corpus, and then so many files more."""
    report = Report()
    for content in [*seeds(), *kept_corpus()]:
        report.tried(content)
    rng = random.Random(seed)
    until = report.files + count
    while report.files < until and len(report.findings) < stop_after:
        report.tried(changed(rng, report.corpus))
    return report


def fewest(corpus: Sequence[bytes]) -> list[bytes]:
    """Files that reach all that a corpus reaches: the short ones first."""
    found: set[tuple[str, int, int]] = set()
    chosen = []
    for content in sorted(corpus, key=lambda one: (len(one), one)):
        steps = reached(content)[1]
        if not steps <= found:
            found |= steps
            chosen.append(content)
    return chosen


def keep(corpus: Sequence[bytes]) -> None:
    """Writes the corpus anew."""
    CORPUS.mkdir(exist_ok=True)
    for path in CORPUS.glob("*.bin"):
        path.unlink()
    for number, content in enumerate(fewest(corpus)):
        (CORPUS / f"{number:03}.bin").write_bytes(content)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=5000, help="how many files")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stop-after", type=int, default=10, help="findings")
    parser.add_argument("--keep", action="store_true", help="write the corpus anew")
    parser.add_argument("--out", type=Path, help="a folder for the files of findings")


def main(options: argparse.Namespace) -> int:
    start = time.perf_counter()
    report = fuzz(options.count, options.seed, options.stop_after)
    for number, (content, verdict) in enumerate(report.findings):
        print(f"{verdict.outcome}: {verdict.message[:300]}")
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"finding{number}.bin").write_bytes(content)
        elif len(content) < 4000:
            print(f"  {content!r}")
    if options.keep and not report.findings:
        keep(report.corpus)
    print(
        f"{report.files} files in {time.perf_counter() - start:.0f} s, {len(report.steps)} steps "
        f"of the reader, {len(report.corpus)} files in the corpus: {len(report.findings)} findings"
    )
    for outcome, count in report.outcomes.most_common():
        print(f"  {count} {outcome}")
    return int(bool(report.findings))
