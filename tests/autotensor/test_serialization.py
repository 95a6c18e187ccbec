"""Saving and loading: the exact round trip, plain NumPy as a reader, and every refusal."""

from __future__ import annotations

import argparse
import enum
import io
import itertools
import json
import math
import os
import pickle
import stat
import subprocess
import sys
import zipfile
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import Parameter, Tensor


def round_trip(value: Any) -> Any:
    file = io.BytesIO()
    at.save(value, file)
    file.seek(0)
    return at.load(file)


def assert_same(found: Any, expected: Any) -> None:
    """Equal to the last bit, in types as well as in values."""
    assert type(found) is type(expected)
    if isinstance(expected, Tensor):
        assert found.requires_grad == expected.requires_grad
        assert found.is_leaf
        found, expected = found.array, expected.array
    if isinstance(expected, (np.ndarray, np.generic)):
        assert found.dtype == expected.dtype
        assert found.shape == expected.shape
        assert found.tobytes() == expected.tobytes()
    elif isinstance(expected, dict):
        assert [(type(key), key) for key in found] == [(type(key), key) for key in expected]
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, (list, tuple, deque)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, float):
        assert repr(found) == repr(expected)
    else:
        assert found == expected


DTYPES = [
    at.float16,
    at.float32,
    at.float64,
    at.uint8,
    at.int8,
    at.int16,
    at.int32,
    at.int64,
    at.bool,
]


# -- the round trip --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)], ids=str)
def test_tensors_keep_dtype_shape_and_bits(dtype: Any, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    for value in (at.tensor(values), values):
        assert_same(round_trip(value), value)


def test_special_values_of_floats_survive_in_arrays() -> None:
    value = at.tensor(np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 5e-324]))
    assert_same(round_trip(value), value)


@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -1, 2**127 + 1, 0.1, -0.0, 5e-324, math.nan, math.inf, -math.inf],
)
def test_plain_numbers(value: Any) -> None:
    assert_same(round_trip(value), value)


@pytest.mark.parametrize("value", ["", "näme", "\0", "\ud800", 'quote " and \\', "a\nb"])
def test_strings(value: str) -> None:
    assert_same(round_trip(value), value)
    assert_same(round_trip({value: at.ones(2)}), {value: at.ones(2)})


@pytest.mark.parametrize("value", [np.float32(0.1), np.int8(-3), np.bool_(True), np.str_("é")])
def test_numpy_scalars_stay_numpy_scalars(value: Any) -> None:
    assert_same(round_trip(value), value)


def test_containers_nest() -> None:
    value = {
        "list": [1, [2.5, []], (at.ones(2), ("x", None))],
        "empty": {},
        "ordered": OrderedDict(b=1, a=2),
        "tuple": (),
        "tagged": {"tensor": 1, "dict": [], "float": "nan"},
    }
    assert_same(round_trip(value), value)


Move = namedtuple("Move", "state action")


@pytest.mark.parametrize(
    "value",
    [
        {1, 2, "a", None, (1, 2)},
        set(),
        frozenset({1.5, b"x"}),
        b"\0\xff",
        bytearray(b"abc"),
        1 - 2j,
        complex(math.inf, -0.0),
        range(3, 20, 4),
        defaultdict(list, a=[1]),
        defaultdict(int, {(1, 2): 3}),
        defaultdict(None),
        Counter("abracadabra"),
        deque([1, at.ones(2)], maxlen=4),
        deque([1]),
        {(1, (2, "a")): 0.5, b"k": 1, frozenset({1}): 2, 2j: 3, np.int64(4): 5},
        at.float32,
        np.dtype("float32"),
        at.ones(2, 3).shape,
        at.bfloat16,
        {"dtype": at.int64, "device": "cpu"},
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_else_checkpoints_hold(value: Any) -> None:
    found = round_trip(value)
    assert_same(found, value)
    for attribute in ("default_factory", "maxlen"):
        assert getattr(found, attribute, 0) == getattr(value, attribute, 0)


def test_namespaces_named_tuples_paths_and_devices() -> None:
    arguments = argparse.Namespace(lr=0.1, out=Path("runs") / "1", sizes=[1, 2])
    assert round_trip({"args": arguments})["args"] == arguments
    simple = SimpleNamespace(inner=SimpleNamespace(x=1), y=(1, 2))
    assert round_trip(simple) == simple
    found = round_trip([Move(1, at.ones(2)), at.ones(2, 2).max(0)])
    assert found[0].state == found[0][0] == 1
    assert found[0].action.tolist() == [1, 1]
    assert type(found[0]).__name__ == "Move"
    assert found[1].indices.tolist() == [0, 0]
    assert str(round_trip(at.device("cpu"))) == "cpu"


def test_a_set_is_written_in_one_order() -> None:
    program = "import autotensor as at, sys; at.save(set('abcdefgh'), sys.stdout.buffer)"
    written = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(written) == 1


# -- shared memory ---------------------------------------------------------------------------------


def arrays_in(value: Any) -> set[str]:
    file = io.BytesIO()
    at.save(value, file)
    with zipfile.ZipFile(file) as archive:
        return {name for name in archive.namelist() if name.endswith(".npy")}


def families(peer: Any) -> dict[str, Any]:
    """Tensors that share memory, made by either library."""
    whole = peer.arange(12).reshape(3, 4) * 1.0
    line = peer.arange(6)
    square = peer.ones(2, 2, requires_grad=True)
    return {
        "one twice": [whole, whole],
        "a detached one": [square, square.detach()],
        "rows": [whole, whole[1], whole[:, 2], whole.t()],
        "rows before the whole": [whole[1], whole],
        "halves that overlap": [line[:4], line[2:]],
        "columns": [whole[:, :2], whole[:, 1:3]],
        "one number for all": [line[2:3], line[2:3].expand(4)],
        "nothing": [peer.zeros(0), peer.zeros(0)],
        "apart": [whole.clone(), whole.clone()],
        "deep down": {"a": {"b": line}, "c": [(line[1:], line)]},
    }


def flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [tensor for one in value for tensor in flat(one)]
    return flat(list(value.values())) if isinstance(value, dict) else [value]


def ties(tensors: list[Any]) -> list[tuple[bool, bool]]:
    """For each pair: the same object? Does a write to all of the first show in the second?"""
    found = []
    for one, other in itertools.product(tensors, tensors):
        before = other.detach().clone()
        one.detach().add_(1)
        found.append((one is other, before.tolist() != other.tolist()))
        one.detach().sub_(1)
    return found


@pytest.mark.parametrize("name", [*families(at)])
def test_tensors_that_share_memory_share_it_again(torch: Any, name: str) -> None:
    ours, theirs = families(at)[name], families(torch)[name]
    file = io.BytesIO()
    torch.save(theirs, file)
    file.seek(0)
    found, expected = flat(round_trip(ours)), flat(torch.load(file))
    assert [one.tolist() for one in found] == [one.tolist() for one in expected]
    if name != "one number for all":  # PyTorch refuses to write that
        assert ties(found) == ties(expected)


def test_shared_memory_is_stored_once() -> None:
    ours = families(at)
    for name in ("one twice", "a detached one", "rows", "rows before the whole"):
        assert len(arrays_in(ours[name])) == 1, name
    assert arrays_in(ours["rows before the whole"]) == {"1.npy"}
    assert arrays_in(ours["halves that overlap"]) == {"shared memory.npy"}
    assert len(arrays_in(ours["apart"])) == 2


def test_memory_that_is_read_backwards_is_shared_again() -> None:
    array = np.arange(6.0)
    whole, backwards = round_trip([at.from_numpy(array), at.from_numpy(array[4:1:-1])])
    assert backwards.tolist() == [4, 3, 2]
    whole += 1
    assert backwards.tolist() == [5, 4, 3]


def test_arrays_of_numpy_stay_apart() -> None:
    array = np.zeros(3)
    first, second = round_trip([array, array[:2]])
    first += 1
    assert second.tolist() == [0, 0]


def test_a_write_to_loaded_memory_is_noticed_by_what_shares_it() -> None:
    whole, part = round_trip(families(at)["rows"])[:2]
    whole.requires_grad_()
    result = (whole * whole).sum()
    part.add_(1)
    with pytest.raises(RuntimeError, match="modified"):
        result.backward()


def test_tied_weights(tmp_path: Path) -> None:
    def model() -> Any:
        made = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
        made[1].weight = made[0].weight
        return made

    first, second = model(), model()
    at.save(first.state_dict(), tmp_path / "m.pt")
    state = at.load(tmp_path / "m.pt", map_location="cpu", weights_only=True)
    assert np.shares_memory(state["0.weight"].array, state["1.weight"].array)
    second.load_state_dict(state)
    assert second[1].weight is second[0].weight
    assert second[0].weight.tolist() == first[0].weight.tolist()


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ([-8, [1], [8], "<i8"], "strides"),
        ([0, [5], [8], "<i8"], "too small|incompatible"),
        ([8, [2, 3], [16, 8], "<i8"], "incompatible|too small"),
        ([16, [3], [-16, 8], "<i8"], "strides"),
        ([8, [4], [-8], "<i8"], "incompatible"),
        ([0, [1], [8], "O"], "object|dtype"),
        ([0, [-1], [8], "<i8"], "strides"),
        ([0], "not enough values"),
    ],
)
def test_a_place_outside_of_the_memory_is_refused(layout: Any, message: str) -> None:
    packed = {"tensor": "w", "layout": layout}
    structure = {"format": "autotensor", "version": 1, "value": packed}
    with pytest.raises(ValueError, match=rf"^load: the file is damaged.*({message})"):
        at.load(with_structure(structure, w=np.arange(4)))


# -- PyTorch's other arguments ---------------------------------------------------------------------


def test_load_takes_the_arguments_of_pytorch() -> None:
    file = io.BytesIO()
    at.save({"w": at.ones(2)}, file, pickle, 4, _use_new_zipfile_serialization=False)
    for places in (
        "cpu",
        at.device("cpu"),
        {"cuda:0": "cpu"},
        {"cpu": "cpu"},
        lambda s, place: s,
        {"cuda:0": "cuda:1"},
    ):  # as each rank writes it for a checkpoint of rank 0
        file.seek(0)
        found = at.load(file, places, pickle_module=pickle, weights_only=False, mmap=False)
        assert found["w"].tolist() == [1, 1]
    for place in ("cuda", "cuda:0", {"cpu": "cuda:0"}, at.device("cuda:0")):
        with pytest.raises(RuntimeError, match=r"load: .*CPU"):
            at.load(file, map_location=place)
    with pytest.raises(TypeError, match=r"map_location must be a device.* got int"):
        at.load(file, map_location=3)


def test_keys_keep_type_and_order() -> None:
    value = {2: "two", "2": "text", 1: "one", None: 0, 0.5: 1, math.inf: 2, False: 3, "": 4}
    assert_same(round_trip(value), value)


def test_parameters_and_requires_grad() -> None:
    value = [
        Parameter(at.ones(2, 3)),
        Parameter(at.ones(2), requires_grad=False),
        at.ones(2, requires_grad=True),
    ]
    assert_same(round_trip(value), value)


def test_a_computed_tensor_comes_back_as_a_leaf() -> None:
    computed = at.ones(2, requires_grad=True) * 3
    found = round_trip(computed)
    assert found.is_leaf
    assert found.requires_grad
    assert found.tolist() == [3.0, 3.0]


def test_memory_layout_does_not_matter() -> None:
    whole = np.arange(24.0).reshape(2, 3, 4)
    for view in (whole.T, whole[::-1, ::2], whole.transpose(1, 2, 0)):
        assert_same(round_trip(at.from_numpy(view)), at.tensor(view))


def test_what_is_loaded_can_be_written_to() -> None:
    found = round_trip({"w": at.zeros(2), "a": np.zeros(2)})
    found["w"].array[0] = 1
    found["a"][0] = 1
    assert found["w"].tolist() == [1, 0]


def test_a_training_checkpoint() -> None:
    value = {
        "model": OrderedDict({"0.weight": at.randn(3, 2), "0.bias": at.randn(3)}),
        "optimizer": {
            "state": {0: {"step": 3, "exp_avg": at.randn(3, 2)}, 1: {"step": 3}},
            "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999), "params": [0, 1]}],
        },
        "epoch": 7,
        "random": at.Generator().manual_seed(3).get_state(),
    }
    assert_same(round_trip(value), value)


def test_names_that_would_collide_are_kept_apart() -> None:
    value = {"a.b": np.zeros(1), "a": {"b": np.ones(1)}, "a.b (2)": np.full(1, 2.0)}
    assert_same(round_trip(value), value)


# -- the file --------------------------------------------------------------------------------------


def test_numpy_reads_a_state_dict_under_its_own_names(tmp_path: Path) -> None:
    state = {"conv1.weight": at.randn(6, 1, 5, 5), "conv1.bias": at.randn(6)}
    at.save(state, tmp_path / "weights.npz")
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as archive:
        assert set(archive.files) == {*state, "__structure__.json"}
        for name, tensor in state.items():
            np.testing.assert_array_equal(archive[name], tensor.array, strict=True)
        assert json.loads(archive["__structure__.json"])["format"] == "autotensor"


@pytest.mark.parametrize("name", ["weights", "weights.pt", "weights.npz"])
def test_the_path_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    at.save({"w": at.ones(1)}, str(tmp_path / name))
    assert os.listdir(tmp_path) == [name]
    assert at.load(str(tmp_path / name))["w"].tolist() == [1.0]


def test_a_path_without_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    at.save(1, "here.npz")
    assert at.load("here.npz") == 1


def test_the_same_content_gives_the_same_bytes() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    for file in (first, second):
        at.save({"w": at.ones(3), "lr": 0.1}, file)
    assert first.getvalue() == second.getvalue()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}  # no clock in it


def test_an_open_file_stays_open(tmp_path: Path) -> None:
    with open(tmp_path / "file", "w+b") as file:
        at.save([1], file)
        file.seek(0)
        assert at.load(file) == [1]
        assert not file.closed


def test_attributes_of_an_ordered_dict_are_kept() -> None:
    state: Any = OrderedDict(w=at.ones(2))
    state._metadata = OrderedDict({"": {"version": 2}})
    state.note = {"mean": at.zeros(3)}
    back = round_trip({"model": state})["model"]
    assert back._metadata == {"": {"version": 2}}
    assert back.note["mean"].tolist() == [0, 0, 0]
    assert type(back) is OrderedDict
    assert list(back) == ["w"]
    plain = round_trip(OrderedDict(w=1))
    assert vars(plain) == {}


@pytest.mark.parametrize("suffix", ["", ".npz", ".pt", ".npy", ".safetensors"])
def test_an_open_file_is_written_and_read_where_it_stands(suffix: str, tmp_path: Path) -> None:
    if suffix == ".safetensors":
        pytest.importorskip("safetensors")  # an extra
    value: Any = {"a": at.arange(3.0)} if suffix == ".safetensors" else at.arange(3.0)
    with open(tmp_path / f"file{suffix}", "w+b") as file:
        file.write(b"HEAD")
        at.save(value, file)
        file.seek(0)
        assert file.read(4) == b"HEAD"
        back = at.load(file)
    assert (back["a"] if isinstance(back, dict) else back).tolist() == [0, 1, 2]


def test_an_archive_behind_something_else_is_one_by_itself() -> None:
    alone, behind = io.BytesIO(), io.BytesIO()
    behind.write(b"HEAD")
    for file in (alone, behind):
        at.save({"w": at.arange(5), "b": at.ones(2)}, file)
    assert behind.getvalue() == b"HEAD" + alone.getvalue()
    behind.seek(4)
    with np.load(io.BytesIO(behind.read())) as arrays:
        assert arrays["w"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("suffix", [".npz", ".pt"])
@pytest.mark.parametrize("exists", [False, True])
def test_a_file_that_only_appends_holds_what_was_saved(
    tmp_path: Path, suffix: str, exists: bool
) -> None:
    path = tmp_path / f"appended{suffix}"
    if exists:
        path.touch()
    with open(path, "ab") as file:
        at.save([at.ones(2), "text"], file)
    value, word = at.load(path)
    assert (value.tolist(), word) == ([1, 1], "text")


@pytest.mark.parametrize("suffix", [".npz", ".pt", ".npy"])
@pytest.mark.parametrize("module", ["gzip", "bz2", "lzma"])
def test_compressed_on_the_way(tmp_path: Path, module: str, suffix: str) -> None:
    package: Any = pytest.importorskip(module)  # a Python may be built without
    path = tmp_path / f"weights{suffix}"
    with package.open(path, "wb") as file:
        at.save(at.arange(3.0), file)
    with package.open(path, "rb") as file:
        assert at.load(file).tolist() == [0, 1, 2]


def test_a_file_that_stands_at_its_end_says_so() -> None:
    file = io.BytesIO()
    at.save(at.ones(2), file)
    count = file.tell()
    with pytest.raises(
        ValueError, match=rf"is empty; it was read from byte {count} on, .* seek\(0\) goes back"
    ):
        at.load(file)


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    for value in (1, 2):
        at.save(value, tmp_path / "file")
    assert at.load(tmp_path / "file") == 2


def test_a_failure_while_writing_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    at.save("good", path)

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(OSError, match="disk full"):
        at.save(at.ones(3), path)
    assert os.listdir(tmp_path) == ["file"]
    assert at.load(path) == "good"


@pytest.mark.skipif(os.name != "posix", reason="links and permissions as on Unix")
def test_links_stay_links_and_permissions_are_ordinary(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    at.save(1, link)
    assert link.is_symlink()
    assert at.load(tmp_path / "target") == 1
    mode = stat.S_IMODE((tmp_path / "target").stat().st_mode)
    assert mode == stat.S_IMODE(ordinary.stat().st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="no /dev/null")
def test_a_device_is_written_to_and_not_replaced() -> None:
    at.save(at.ones(3), "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


# -- what is refused by save -----------------------------------------------------------------------


class Anything:
    pass


class Settings(dict):  # type: ignore[type-arg]
    pass


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"optimizer": {"fn": print}}, r"save: at \['optimizer'\]\['fn'\]: cannot store builtin_"),
        ([1, (2, {3: print})], r"save: at \[1\]\[1\]\[3\]: cannot store builtin_"),
        (Anything, r"save: at the top: cannot store type; expected Tensors"),
        (Anything(), r"save: at the top: cannot store Anything; save vars\(value\) instead"),
        ({"d": defaultdict(Anything)}, r"\['d'\]: cannot store a defaultdict .*save dict\(value\)"),
        (
            {"d": defaultdict(lambda: 0)},
            r"\['d'\]: cannot store a defaultdict .*save dict\(value\)",
        ),
        ({"d": Settings(lr=1)}, r"cannot store Settings, a subclass of dict; save dict\(value\)"),
        ({"c": Colour.RED}, r"cannot store Colour; save its \.value instead"),
        ({Anything(): 3}, r"save: at the top: cannot store the key <.*> \(Anything\); keys and"),
        ({"s": {at.ones(1)}}, r"\['s'\]: cannot store the key tensor"),
        ({"o": np.array([None])}, r"\['o'\]: cannot store an array of Python objects"),
        ({"m": np.ma.masked_array([1])}, r"\['m'\].*subclass of ndarray.*numpy\.asarray"),
        (at.Generator(), r"cannot store Generator; save its get_state\(\) instead"),
    ],
)
def test_save_names_the_place_of_what_it_cannot_store(
    tmp_path: Path, value: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        at.save(value, tmp_path / "file")
    assert not os.listdir(tmp_path)


def test_of_a_whole_module_save_says_the_two_lines_that_replace_it(tmp_path: Path) -> None:
    path = str(tmp_path / "net.pt")
    model, fresh = nn.Linear(3, 2), nn.Linear(3, 2)
    with pytest.raises(TypeError, match=r"cannot store Linear.*save its state_dict\(\)") as caught:
        at.save(model, path)
    assert not os.listdir(tmp_path)
    first, second = (line.strip() for line in str(caught.value).splitlines()[1:])
    exec(first, {"autotensor": at, "model": model})
    exec(second, {"autotensor": at, "model": fresh})
    assert fresh.weight.tolist() == model.weight.tolist()


def test_a_module_or_optimizer_within_a_checkpoint_is_refused_likewise(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)
    with pytest.raises(TypeError, match=r"at \['net'\]: cannot store Linear") as caught:
        at.save({"net": model}, tmp_path / "c.pt")
    assert "checkpoint['net'] = model.state_dict()" in str(caught.value)
    assert "c.pt')['net'])" in str(caught.value)
    with pytest.raises(TypeError, match=r"optimizer\.load_state_dict\(autotensor\.load\(path\)\)"):
        at.save(nn.optim.SGD(model.parameters(), lr=1), io.BytesIO())


def test_save_refuses_what_contains_itself(tmp_path: Path) -> None:
    value: dict[str, Any] = {"inner": []}
    value["inner"].append(value)
    with pytest.raises(ValueError, match=r"save: at \['inner'\]\[0\]: the dict contains itself"):
        at.save(value, tmp_path / "file")


def test_the_same_list_twice_is_not_a_circle() -> None:
    shared = [1, 2]
    assert round_trip([shared, shared]) == [[1, 2], [1, 2]]


def test_save_needs_a_folder_that_exists(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"save: the folder .*missing does not exist"):
        at.save(1, tmp_path / "missing" / "file")


def test_save_to_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=tmp_path.name):
        at.save(1, tmp_path)
    assert tmp_path.is_dir()


@pytest.mark.parametrize("file", [io.StringIO(), 3, None], ids=["text", "int", "None"])
def test_neither_path_nor_binary_file(file: Any) -> None:
    with pytest.raises(TypeError, match="save: f must be a path or a file open for writing bytes"):
        at.save(1, file)
    with pytest.raises(TypeError, match="load: f must be a path or a file open for reading bytes"):
        at.load(file)


# -- what is refused by load -----------------------------------------------------------------------


def test_load_of_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"load: there is no file .*lenet\.npz"):
        at.load(tmp_path / "lenet.npz")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello, world", "is not an .npz file"),
        (b"\x80\x04K\x01.", "is a pickle.*could run code"),
        (b"PK\x03\x04 and no more", "is truncated or damaged"),
    ],
)
def test_load_of_something_else(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"load: .*file {message}"):
        at.load(path)


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "file", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(ValueError, match="of something else"):
        at.load(tmp_path / "file")


def test_every_truncation_is_noticed() -> None:
    file = io.BytesIO()
    at.save({"w": at.arange(4), "b": at.zeros(1)}, file)
    content = file.getvalue()
    for length in range(0, len(content) - 1, 7):
        with pytest.raises(ValueError, match=r"^load: the file "):
            at.load(io.BytesIO(content[:length]))


@pytest.mark.parametrize("count", [1, 300_000])
def test_a_changed_bit_in_an_array_is_noticed(count: int) -> None:
    file = io.BytesIO()
    values = at.arange(count)
    at.save({"first": values, "last": at.ones(1)}, file)
    content = bytearray(file.getvalue())
    place = content.index(values.array.tobytes())
    for byte in (place, place + values.nbytes - 1):
        content[byte] ^= 1
        with pytest.raises(ValueError, match=r"^load: the file .*CRC"):
            at.load(io.BytesIO(content))
        content[byte] ^= 1
    assert at.load(io.BytesIO(content))["last"].tolist() == [1.0]


def with_structure(structure: Any, **arrays: np.ndarray) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("__structure__.json", json.dumps(structure))
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w") as entry:
                np.save(entry, array)
    file.seek(0)
    return file


def of(value: Any) -> dict[str, Any]:
    return {"format": "autotensor", "version": 1, "value": value}


@pytest.mark.parametrize(
    ("structure", "message"),
    [
        ([], "is damaged"),
        ({"format": "other"}, "holds something else: format 'other'"),
        ({"format": "autotensor", "version": 2}, "has version 2 of its format"),
        ({"format": "autotensor", "version": 1}, "is damaged"),
        (of({"tensor": "w"}), "is damaged.*w.npy"),
        (of({"what": 1}), "unknown kind.*'what'"),
        (of({"dict": [1]}), "is damaged"),
        (of({"dict": [[[], 1]]}), "is damaged"),
        (of({"tensor": "text"}), "is damaged.*<U1"),
        (of({"same": 0}), "is damaged"),
        (of({"set": [[]]}), "is damaged"),
        (of({"namespace": [[[], 1]]}), "is damaged"),
        (of({"bytes": "%"}), "is damaged"),
        (of({"defaultdict": [], "factory": "exec"}), "is damaged"),
        (of({"named_tuple": [], "name": "x", "fields": ["a=exec"]}), "is damaged"),
        (of({"named_tuple": [1], "name": "x y", "fields": ["a"]}), "is damaged"),
    ],
)
def test_load_of_a_structure_that_save_does_not_write(structure: Any, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^load: the file .*{message}"):
        at.load(with_structure(structure, text=np.array("a")))


def test_load_never_unpickles() -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return pytest.fail, ("unpickled",)

    structure = {"format": "autotensor", "version": 1, "value": {"array": "trap"}}
    file = with_structure(structure, trap=np.array([Trap()], dtype=object))
    with pytest.raises(ValueError, match=r"is damaged.*trap.npy.* a pickle, which could run code"):
        at.load(file)
