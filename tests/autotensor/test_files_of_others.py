"""Files of PyTorch's and NumPy's, as their tools wrote them and as enemies would."""

from __future__ import annotations

import io
import pickle
import struct
import time
import tracemalloc
import zipfile
from collections import OrderedDict, namedtuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
from autotensor import Parameter, Tensor, serialization
from tests.autotensor.files_of_others.make import ARRAYS, FOLDER, HALVES, NUMBERS, WEIGHT

MIB = 2**20
BITS = np.array(WEIGHT, np.float32)


class Named(io.BytesIO):
    """A file in memory with a name, whose suffix says what is to be written."""

    def __init__(self, content: bytes = b"", name: str = "file.pt") -> None:
        super().__init__(content)
        self.name = name


def written(value: Any, name: str = "file.pt", new: bool = True) -> bytes:
    file = Named(name=name)
    at.save(value, file, _use_new_zipfile_serialization=new)
    return file.getvalue()


def load(content: bytes, **options: Any) -> Any:
    return at.load(io.BytesIO(content), **options)


# -- what the real tools wrote ---------------------------------------------------------------------


def checkpoints() -> list[Any]:
    """The golden files, and what of them is written here again."""
    whole = [at.load(FOLDER / name) for name in ("zip.pt", "legacy.pt", "protocol5.pt")]
    return whole + [load(written(whole[0], new=new)) for new in (True, False)]


@pytest.mark.parametrize(
    "number", range(5), ids=["zip", "legacy", "protocol 5", "ours", "ours, old"]
)
def test_a_checkpoint_of_pytorch(number: int) -> None:
    found = checkpoints()[number]
    model = found["model"]
    assert type(model) is OrderedDict
    assert model._metadata == {"": {"version": 1}}
    assert type(model["weight"]) is Parameter
    assert model["weight"].detach().numpy().tobytes() == BITS.tobytes()
    assert model["column"].tolist() == BITS[:, 1].tolist()
    assert np.shares_memory(model["weight"].detach().numpy(), model["column"].numpy())
    assert model["bfloat16"].dtype == at.float32
    assert model["bfloat16"].tolist() == HALVES
    state = found["optimizer"]["state"][0]
    assert (state["step"].item(), state["exp_avg"].shape) == (3.0, (3, 2))
    assert state["exp_avg"].stride() == (1, 3)
    group = {"lr": 0.1, "betas": (0.9, 0.999), "fused": None, "maximize": False, "params": [0]}
    assert found["optimizer"]["param_groups"] == [group]
    assert (found["numbers"].tolist(), found["numbers"].dtype) == (NUMBERS, at.int64)
    assert (found["epoch"], found["name"], found["seed"], found["raw"]) == (
        3,
        "ä",
        2**70,
        b"\0\xff",
    )
    assert found["dtype"] is at.float32
    assert found["device"] == at.device("cpu")
    assert type(found["size"]) is type(at.ones(1).shape)


def test_a_checkpoint_can_be_mapped() -> None:
    found = at.load(FOLDER / "zip.pt", mmap=True)
    assert found["model"]["weight"].tolist() == BITS.tolist()
    found["numbers"].add_(1)
    assert at.load(FOLDER / "zip.pt")["numbers"].tolist() == NUMBERS


def test_arrays_of_numpy() -> None:
    for name in ("arrays.npz", "packed.npz"):
        found = at.load(FOLDER / name)
        assert type(found) is dict
        assert list(found) == list(ARRAYS)
        assert all(type(one) is Tensor for one in found.values())
        for key, array in ARRAYS.items():
            right = array.astype(array.dtype.newbyteorder("="))
            np.testing.assert_array_equal(found[key].numpy(), right, strict=True)
    found = at.load(FOLDER / "array.npy")
    assert type(found) is Tensor
    assert found.numpy().tobytes() == BITS.tobytes()
    assert at.load(FOLDER / "arrays.npz", mmap=True)["fortran"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert at.load(FOLDER / "array.npy", mmap=True).tolist() == BITS.tolist()
    with pytest.raises(ValueError, match=r"'w.npy' compressed, which cannot be mapped"):
        at.load(FOLDER / "packed.npz", mmap=True)


def test_code_is_refused_and_not_run() -> None:
    with pytest.raises(ValueError, match=r"code\.pt speaks of posix\.system, which is refused"):
        at.load(FOLDER / "code.pt", weights_only=False)


def test_safetensors_are_read_or_the_extra_is_named() -> None:
    try:
        import safetensors  # noqa: F401
    except ImportError:
        with pytest.raises(ModuleNotFoundError, match=r"load: .*autotensor\[safetensors\]"):
            at.load(FOLDER / "weights.safetensors")
        with pytest.raises(ModuleNotFoundError, match=r"save: .*autotensor\[safetensors\]"):
            written({"w": at.ones(1)}, "w.safetensors")
        return
    found: Any = at.load(FOLDER / "weights.safetensors")
    assert found["w"].numpy().tobytes() == BITS.tobytes()
    assert found["n"].tolist() == NUMBERS
    assert found["bfloat16"].tolist() == HALVES
    assert found.metadata == {"format": "pt"}


# -- NumPy's files ---------------------------------------------------------------------------------


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (npz(a=np.zeros(1), b=np.array([None])), r"'b\.npy' is an array of Python objects"),
        (npy(np.array([{}]), allow_pickle=True), "an array of Python objects.*run code"),
        (npz(a=np.array(["x"])), r"at \['a'\], an array of dtype <U1, which no Tensor has"),
        (npy(np.zeros(2, complex)), "at the top, an array of dtype complex128"),
        (npz(u=np.zeros(2, np.uint16)), r"at \['u'\], an array of dtype uint16"),
        (npy(np.zeros(2, [("a", "<f4")])), "at the top, an array of dtype"),
        (npy(np.zeros(9))[:-1], "claims shape .* are 72 bytes, but has 71"),
        (npy(np.zeros(9)) + b"0", "claims shape .* are 72 bytes, but has 73"),
        (pickle.dumps({"a": 1}), "is a pickle"),
        (b"\x89HDF\r\n", "HDF5.*h5py"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"x" * 257 + b"ustar" + b"x" * 250, "tar archive.*before version 0.2"),
        (struct.pack("<Q", 2**40) + b"{}", "nor one of the others"),
    ],
)
def test_what_cannot_be_read_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^load: the file .*{message}"):
        load(content)


def test_an_archive_without_arrays_is_an_empty_dict() -> None:
    assert load(npz()) == {}


def test_one_array_is_written_as_numpy_does(tmp_path: Path) -> None:
    array = np.arange(6.0).reshape(2, 3)
    for value in (at.tensor(array), array, at.tensor(array).t().t(), Parameter(at.tensor(array))):
        at.save(value, tmp_path / "w.npy")
        np.testing.assert_array_equal(np.load(tmp_path / "w.npy"), array, strict=True)
        assert at.load(tmp_path / "w.npy").tolist() == array.tolist()
    for wrong, message in (({"w": array}, "got dict"), (np.array([None]), "of dtype object")):
        with pytest.raises(
            TypeError, match=f"a .npy file holds one Tensor of numbers, got .*{message[4:]}"
        ):
            at.save(wrong, tmp_path / "no.npy")
    assert not (tmp_path / "no.npy").exists()


def test_the_suffix_of_an_open_file_counts_as_well(tmp_path: Path) -> None:
    for name, start in (("a.npy", b"\x93NUMPY"), ("a.pt", b"PK"), ("a.npz", b"PK"), ("a", b"PK")):
        with open(tmp_path / name, "wb") as file:
            at.save(at.ones(2), file)
        assert (tmp_path / name).read_bytes().startswith(start)
        assert at.load(tmp_path / name).tolist() == [1, 1]
    with zipfile.ZipFile(tmp_path / "a") as archive:
        assert "__structure__.json" in archive.namelist()
    with zipfile.ZipFile(tmp_path / "a.pt") as archive:
        assert "archive/data.pkl" in archive.namelist()


# -- mapped files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["w.npz", "w.pt", "w.npy"])
def test_mapped_weights_take_no_memory_and_stay_as_they_are(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    value = at.arange(MIB).float()
    at.save(value if name == "w.npy" else {"w": value, "n": 1}, path)
    before = path.read_bytes()
    tracemalloc.start()
    found = at.load(path, mmap=True, max_bytes=20_000)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < MIB
    weights = found if name == "w.npy" else found["w"]
    assert weights.numpy().flags.aligned
    weights[:3] = 7
    assert weights[:4].tolist() == [7, 7, 7, 3]
    del found, weights
    assert path.read_bytes() == before
    with pytest.raises(ValueError, match="mmap=True needs the path of a file"):
        load(before, mmap=True)


def test_a_file_of_numpy_that_is_not_aligned_is_read(tmp_path: Path) -> None:
    for length in range(1, 9):
        np.savez(tmp_path / "w.npz", **{"w" * length: np.arange(9.0)})
        (found,) = at.load(tmp_path / "w.npz", mmap=True).values()
        assert found.numpy().flags.aligned
        assert found.tolist() == [*range(9)]


# -- pickles ---------------------------------------------------------------------------------------


def zipped(pickle: bytes, **storages: bytes) -> bytes:
    """A file of PyTorch's with that pickle."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entries = {"a/data.pkl": pickle} | {f"a/data/{key}": one for key, one in storages.items()}
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def text(word: str) -> bytes:
    return b"X" + struct.pack("<L", len(word)) + word.encode()


def number(value: int) -> bytes:
    raw = value.to_bytes(9, "little", signed=True)
    return b"\x8a\x09" + raw


def numbers(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(
    offset: int = 0,
    size: tuple[int, ...] = (2,),
    stride: tuple[int, ...] = (1,),
    count: int = 4,
    kind: bytes = b"ctorch\nFloatStorage\n",
    key: bytes = text("k"),
    wants: bytes = b"\x89",
) -> bytes:
    """The pickle of a Tensor on the storage k."""
    about = b"(" + text("storage") + kind + key + text("cpu") + number(count) + b"tQ"
    rest = number(offset) + numbers(size) + numbers(stride) + wants + b"}"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + about + rest + b"tR"


FOUR = np.arange(4, dtype=np.float32).tobytes()


def test_a_tensor_told_by_hand_is_read() -> None:
    found = load(zipped(tensor(1, (3,), (1,)) + b".", k=FOUR))
    assert found.tolist() == [1, 2, 3]
    assert load(zipped(tensor(4, (2, 0), (9, 9)) + b".", k=FOUR)).shape == (2, 0)
    assert load(zipped(tensor(3, (2, 5), (0, 0)) + b".", k=FOUR)).tolist() == [[3] * 5] * 2


def test_a_write_to_a_storage_is_noticed_by_what_shares_it() -> None:
    first, second = load(zipped(b"](" + tensor() + tensor(1) + b"e.", k=FOUR))
    result = (first.requires_grad_() * first).sum()
    second.add_(1)
    assert first.tolist() == [0, 2]
    with pytest.raises(RuntimeError, match="modified"):
        result.backward()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (tensor(3, (2,)), "beyond its 4"),
        (tensor(5, (0,)), "beyond its 4"),
        (tensor(0, (2, 2), (3, 1)), "beyond its 4"),
        (tensor(-1), "a size or a place -1"),
        (tensor(3, (2,), (-1,)), "a size or a place -1"),
        (tensor(0, (-1,), (1,)), "a size or a place -1"),
        (tensor(0, (2**61,), (1,)), "beyond its 4"),
        (tensor(0, (2**40,), (0,)), "the same elements repeated"),
        (tensor(0, (2**61,) * 9, (0,) * 9), "the same elements repeated"),
        (tensor(0, (1,) * 65, (1,) * 65), "beyond its 4"),
        (tensor(0, (2, 2), (1,)), "is damaged"),
        (tensor(count=5), "has 16 bytes, not 5 elements of float32"),
        (tensor(count=2**50), "has 16 bytes, not"),
        (tensor(count=-1), "a size or a place -1"),
        (tensor(key=text("other")), "speaks of an entry 'a/data/other'"),
        (tensor(key=text("../../etc")), "speaks of an entry"),
        (tensor(key=b"K\0"), "a storage that is none"),
        (tensor(kind=text("FloatStorage")), "a storage that is none"),
        (tensor(kind=b"ctorch\nNoStorage\n"), "speaks of torch.NoStorage"),
        (tensor(kind=b"ctorch\nSize\n"), "storages of the class torch.Size"),
        (tensor(kind=b"ctorch\nLongStorage\n", wants=b"\x88", count=2), "is damaged"),
        (tensor(wants=b"K\1"), "has int in place of bool"),
    ],
)  # fmt: skip
def test_tensors_that_lie_are_refused(made: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^load: the file .*{message}"):
        load(zipped(made + b".", k=FOUR))


LEGACY = b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\2M\xe9\3.\x80\2}."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LEGACY, "ends too early"),
        (LEGACY.replace(b"\xe9", b"\xe8") + b"N.].", "version 1000 of PyTorch's older"),
        (LEGACY + b"N.](" + text("k") + b"e.", "a storage that nothing in it speaks of"),
    ],
)
def test_files_of_the_older_format_that_lie_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^load: the file .*{message}"):
        load(content)


def legacy(made: bytes, *rest: bytes) -> bytes:
    """A file of the older format: a storage is spoken of with one word more."""
    return LEGACY + made.replace(b"tQ", b"NtQ") + b"." + b"".join(rest)


def test_storages_of_the_older_format_are_what_they_say() -> None:
    keys = b"](" + text("k") + b"e."
    count = struct.pack("<q", 4)
    assert load(legacy(tensor(), keys, count, FOUR)).tolist() == [0, 1]
    for content, message in (
        (legacy(tensor(), b"]."), "lacks the storage 'k'"),
        (legacy(tensor(), keys, count, FOUR[:-1]), "ends too early"),
        (legacy(tensor(), keys, struct.pack("<q", 3), FOUR), "two sizes of the storage"),
        (legacy(tensor(), keys, struct.pack("<q", -4), FOUR), "a size or a place -4"),
        (legacy(tensor(count=2**40), keys, count, FOUR), "is said to be 4398046511104 bytes"),
    ):
        with pytest.raises(ValueError, match=message):
            load(content)


def test_files_of_the_older_format_stand_one_behind_the_other_in_what_is_open(
    tmp_path: Path,
) -> None:
    keys, count = b"](" + text("k") + b"e.", struct.pack("<q", 4)
    whole = legacy(tensor(), keys, count, FOUR)
    file = io.BytesIO(b"HEAD" + whole + LEGACY + b"K\7.]." + b"x")
    file.seek(4)
    assert at.load(file).tolist() == [0, 1]
    assert file.tell() == 4 + len(whole)
    assert at.load(file) == 7
    assert file.read() == b"x"
    path = tmp_path / "joined.pt"  # a path has one value, so that none is lost in silence
    path.write_bytes(whole + b"x")
    with pytest.raises(ValueError, match=r"joined\.pt is damaged: something stands behind its end"):
        at.load(path)


def test_classes_may_be_listed_as_safe_and_are_no_more_than_before() -> None:
    class Own:
        pass

    stranger = zipped(b"c__main__\nOwn\n)\x81.")
    serialization.clear_safe_globals()
    with serialization.safe_globals([set]):
        serialization.add_safe_globals([Own, Own, (Own, "__main__.Own")])
        assert serialization.get_safe_globals() == [set, Own, (Own, "__main__.Own")]
        with pytest.raises(ValueError, match=r"__main__\.Own"):
            load(stranger)
    assert serialization.get_safe_globals() == []


def test_text_of_python_2() -> None:
    def file(raw: bytes, code: bytes = b"U") -> bytes:
        return zipped(code + struct.pack("<B" if code == b"U" else "<l", len(raw)) + raw + b".")

    for code in (b"U", b"T"):
        assert load(file("café".encode(), code)) == "café"
        assert load(file("café".encode("latin1"), code), encoding="latin1") == "café"
        assert load(file(b"caf\xe9", code), encoding="bytes") == b"caf\xe9"
    with pytest.raises(
        ValueError, match=r"text of Python 2 that is not in utf-8: b'caf\\xe9'; say"
    ):
        load(file(b"caf\xe9"))
    assert load(LEGACY + b"U\1\xe9.].", encoding="latin1") == "é"
    with pytest.raises(ValueError, match="load: Python knows no encoding 'nope'"):
        load(file(b""), encoding="nope")
    with pytest.raises(TypeError, match="load: encoding must be a str, as 'latin1'"):
        load(file(b""), encoding=3)


RANGE = b"c__builtin__\nxrange\nJ\xff\xff\xff\x7f\x85Rq\x000"
DEEP = b"]" * 3000 + b"a" * 2999


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (b"", "ends too early"),
        (b"]", "ends too early"),
        (b".", "in the middle of something"),
        (b"NN.", "in the middle of something"),
        (b"(N.", "in the middle of something"),
        (b"\xff.", r"has the opcode b'\\xff'"),
        (b"cos\nsystem\nX\2\0\0\0lsR.", "speaks of os.system"),
        (b"c__builtin__\neval\n.", "speaks of builtins.eval"),
        (b"\x8c\x05posix\x8c\x06system\x93.", "speaks of posix.system"),
        (b"\x8c\x02os\x8c\x0bpath.exists\x93.", "speaks of os.path.exists"),
        (b"i" + b"os\nsystem\n.", "has the opcode b'i'"),
        (b"\x82\1.", "has the opcode"),
        (b"cposix\n" + b"x" * 1000, "a name without an end"),
        (b"NNR.", "calls what cannot be called"),
        (b"c__builtin__\nlist\n)R.", "calls a class that it may only name"),
        (b"c__builtin__\nbytearray\nJ\xff\xff\xff\x7f\x85R.", "has int in place of bytes"),
        (b"c__builtin__\nset\nK\1\x85R.", "has int in place of list"),
        (b"X\xff\xff\xff\xffab.", "ends too early"),
        (b"\x8d" + b"\xff" * 8 + b"ab.", "ends too early"),
        (b"\x96\xff\xff\xff\xff\0\0\0\0ab.", "ends too early"),
        (b"T\xff\xff\xff\xffab.", "damaged"),
        (b"Q.", "takes what is not there"),
        (b"NQ.", "a storage that is none"),
        (b"h\0.", "recalls what it has not kept"),
        (b"q\0.", "damaged"),
        (b"Na.", "takes what is not there|damaged"),
        (b"NNa.", "appends to a NoneType"),
        (b"NNNs.", "sets items of a NoneType"),
        (b"}(Nu.", "damaged"),
        (b"}]Ns.", "damaged"),
        (b"e.", "damaged"),
        (b"}2Ks.", "damaged|ends too early"),
        (b"]q\0h\0a.", "at \\[0\\], a list that holds itself"),
        (b"}q\0Nh\0s.", r"at \[None\], a dict that holds itself"),
        (DEEP + b".", "nests its values deeper than 250"),
        (b"N" + b"\x85" * 3000 + b".", "nests its values deeper than 250"),
        (b"]" + b"2\x86" * 60 + b".", "the same containers again and again"),
        (b"}K\1" + b"2\x86" * 60 + b"Ns.", "a key in it is something else"),
        (b"}" + number(2**61) + b"Ns.", "too large for one"),
        (b"}ccollections\nOrderedDict\nNs.", "a key in it is something else"),
        (b"ccollections\nOrderedDict\n.", "at the top, the class or function collections.Ord"),
        (b"ccollections\nOrderedDict\n)R}X\5\0\0\0itemsNsb.", "it sets 'items' of OrderedDict"),
        (b"]}b.", "gives a state to list"),
        (b"ccollections\ndefaultdict\nctorch\nSize\n\x85R.", "makes its values with torch.Size"),
        (b"cnumpy\ndtype\nX\1\0\0\0O\x89\x88\x87R.", "an array of dtype 'O'"),
        (b"ctorch\ndevice\nX\1\0\0\0x\x85R.", "damaged.*invalid device"),
        (RANGE + b"ccollections\ndeque\nh\0\x85R.", "has range in place of list"),
        (RANGE + b"ctorch\nSize\nh\0\x85R.", "has range in place of tuple"),
        (RANGE + b"ccollections\nOrderedDict\nh\0\x85R.", "damaged"),
        (RANGE + b"c__builtin__\nfrozenset\nh\0\x85R.", "has range in place of list"),
        (b"c_codecs\nencode\nX\1\0\0\0xX\5\0\0\0rot13\x86R.", "another encoding"),
    ],
)
def test_pickles_that_no_one_writes_are_refused(made: bytes, message: str) -> None:
    began = time.process_time()
    tracemalloc.start()
    with pytest.raises(ValueError, match=rf"^load: the file .*({message})"):
        load(zipped(b"\x80\2" + made), max_bytes=4 * MIB)
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    tracemalloc.stop()
    assert time.process_time() - began < 5


def test_a_dtype_that_a_file_changes_is_not_that_of_numpy() -> None:
    state = b"(K\3X\1\0\0\0>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb."
    for name in ("f4", "<f4", "float32", "i8", "U3"):
        found = load(zipped(b"cnumpy\ndtype\n" + text(name) + b"\x89\x88\x87R" + state))
        assert found == np.dtype(name).newbyteorder(">")
        assert np.dtype(name).isnative


@pytest.mark.parametrize(
    "made",
    [
        b"](" + b"}" * 100_000 + b"e.",
        b"](" + b"\x8f" * 100_000 + b"e.",
        b"]("
        + b"ccollections\nOrderedDict\n)q\0R"
        + b"ccollections\nOrderedDict\n)R" * 10_000
        + b"e.",
        b"(" * 100_000,
        b"](" + b"J\1\1\1\1" * 100_000 + b"e.",
        b"".join(b"Nr" + struct.pack("<L", one) for one in range(100_000)) + b".",
        tensor() + b"0" + b"](" + tensor() * 4_000 + b"e.",
    ],
    ids=["dicts", "sets", "ordered dicts", "marks", "numbers", "memo", "Tensors"],
)
def test_a_pickle_takes_no_more_memory_than_allowed(made: bytes) -> None:
    content = zipped(made, k=FOUR)
    tracemalloc.start()
    with pytest.raises(ValueError, match="would take at least"):
        load(content, max_bytes=3 * MIB)
    assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    tracemalloc.stop()


# -- what is written -------------------------------------------------------------------------------

Move = namedtuple("Move", "state action")


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (
            {"m": Move(1, 2)},
            TypeError,
            r"at \['m'\]: a file of PyTorch's cannot hold the named tup",
        ),
        ({"a": [np.zeros(1, [("a", "<f4")])]}, TypeError, r"at \['a'\]\[0\]: .* array with fields"),
        ({"n": 2**3000}, ValueError, "an int of 376 bytes"),
        ({"f": print}, TypeError, r"at \['f'\]: cannot store builtin"),
    ],
)
def test_what_files_of_pytorch_cannot_hold(
    tmp_path: Path, value: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=rf"^save: .*{message}"):
        at.save(value, tmp_path / "w.pt")
    assert not list(tmp_path.iterdir())


def test_memory_seen_as_two_dtypes_is_refused() -> None:
    array = np.zeros(4, np.float32)
    value = [at.from_numpy(array), at.from_numpy(array.view(np.int32))]
    with pytest.raises(
        ValueError, match="shares memory with a Tensor of dtype float32 and is int32"
    ):
        written(value)
    with pytest.raises(ValueError, match="reads backwards"):
        written([at.from_numpy(array), at.from_numpy(array[::-1])])
    assert load(written(at.from_numpy(np.arange(4)[::-1]))).tolist() == [3, 2, 1, 0]


def test_gaps_in_memory_are_not_written() -> None:
    part = at.zeros(1000, 1000)[:, :2]
    content = written(part)
    assert len(content) < 20_000
    assert load(content).shape == (1000, 2)


def test_overlapping_windows_are_written_one_by_one() -> None:
    windows = np.lib.stride_tricks.as_strided(np.arange(9), (3, 3), (16, 16))
    assert load(written(at.from_numpy(windows))).tolist() == windows.tolist()


def test_the_same_content_gives_the_same_bytes() -> None:
    value = {"w": at.ones(3), "s": {"a", "b", "c"}}
    assert written(value) == written(value)


def test_every_truncation_of_a_file_of_pytorch_is_noticed() -> None:
    for new in (True, False):
        content = written({"w": at.arange(4), "b": at.zeros(1)}, new=new)
        for length in range(0, len(content) - 1, 11):
            with pytest.raises(ValueError, match=r"^load: the file "):
                load(content[:length])
