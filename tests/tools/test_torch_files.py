"""PyTorch's files: read without it and written for it, and its Tensors in ``load_state_dict``."""

from __future__ import annotations

import argparse
import io
import pathlib
import warnings
import zipfile
from collections import Counter, OrderedDict, defaultdict, deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor import Tensor

pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e .[tools]")
reads = pytest.mark.works_with("PyTorch", "its files .pt and .pth, read without it, bit for bit")
writes = pytest.mark.works_with("PyTorch", "files that torch.load(weights_only=True) reads")
gives = pytest.mark.works_with("PyTorch", "its Tensors and optimizer states in load_state_dict")

DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]


class Named(io.BytesIO):
    """A file in memory with a name, whose suffix says what is to be written."""

    name = "file.pt"


def of_torch(torch: Any, value: Any, new: bool = True, protocol: int = 2) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(value, file, _use_new_zipfile_serialization=new, pickle_protocol=protocol)
    file.seek(0)
    return file


def ours(value: Any, new: bool = True) -> io.BytesIO:
    file = Named()
    at.save(value, file, _use_new_zipfile_serialization=new)
    file.seek(0)
    return file


def same_bits(found: Any, expected: Any) -> bool:
    """Whether a Tensor here and one there are alike in all: dtype, shape, each bit."""
    one, other = found.detach().numpy(), expected.detach().numpy()
    alike = str(found.dtype) == str(expected.dtype) and one.shape == other.shape
    return alike and one.tobytes() == other.tobytes()


# -- reading ---------------------------------------------------------------------------------------


@reads
@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_of_each_dtype_are_read(torch: Any, dtype: str, protocol: int, new: bool) -> None:
    values = torch.arange(-3, 21).reshape(2, 3, 4).to(getattr(torch, dtype))
    given = [values, values[0, 0, 0], values[:, :0], values.transpose(0, 2)]
    found = at.load(of_torch(torch, given, new, protocol))
    for one, expected in zip(found, given, strict=True):
        assert same_bits(one, expected)
        assert one.stride() == expected.stride()


@reads
@pytest.mark.parametrize("new", [True, False])
def test_numbers_that_numpy_lacks_come_as_float32_exactly(torch: Any, new: bool) -> None:
    bits = torch.arange(2**16, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    for dtype in (torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2):
        every = (
            bits if dtype == torch.bfloat16 else torch.arange(256, dtype=torch.uint8).view(dtype)
        )
        found = at.load(of_torch(torch, {"all": every, "part": every[3:9]}, new))
        assert found["all"].dtype == at.float32
        np.testing.assert_array_equal(found["all"].numpy(), every.float().numpy())
        assert np.shares_memory(found["all"].numpy(), found["part"].numpy())


@reads
@pytest.mark.parametrize("new", [True, False])
def test_what_else_checkpoints_hold_is_read(torch: Any, new: bool) -> None:
    value = {
        "plain": [1, -1, 300, 2**40, -(2**80), 0.5, float("inf"), True, None, "ä\n", b"\xff", 1j],
        "containers": [(), (1,), (1, 2, 3, 4), {1: 2, "a": {}}, {1, 2}, frozenset({3}), range(3)],
        "ordered": OrderedDict(b=1, a=2),
        "counter": Counter("aab"),
        "defaultdict": defaultdict(list, a=[1]),
        "deque": deque([1, 2], 3),
        "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("a/b")),
        "bytes": [b"", bytearray(b"ab")],
        "size": torch.Size([1, 2]),
        "device": [torch.device("cpu"), torch.device("cuda:1")],
        "dtype": [torch.float32, torch.bfloat16, torch.int64],
        "version": torch.__version__,
        "scalar": [np.float32(1.5), np.int64(3), np.bool_(True)],
        "array": [np.arange(6).reshape(2, 3).T, np.array(["ab", "c"]), np.zeros((0, 2))],
        "big": np.arange(3, dtype=">i4"),
    }
    found = at.load(of_torch(torch, value, new))
    assert [type(one) for one in found.values()][1:6] == [type(one) for one in value.values()][1:6]
    for key in ("plain", "containers", "ordered", "counter", "defaultdict", "deque", "bytes"):
        assert found[key] == value[key]
    assert found["defaultdict"].default_factory is list
    assert found["deque"].maxlen == 3
    assert vars(found["args"]) == {"lr": 0.1, "out": pathlib.Path("a/b")}
    assert found["size"] == (1, 2)
    assert type(found["size"]) is type(at.ones(1).shape)
    assert [str(one) for one in found["device"]] == ["cpu", "cuda:1"]
    assert found["dtype"] == [at.float32, at.bfloat16, at.int64]
    assert found["version"] == str(torch.__version__)
    assert [type(one) for one in found["scalar"]] == [np.float32, np.int64, np.bool_]
    for one, other in zip(found["array"], value["array"], strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
        one[...] = one  # can be written
    assert found["big"].tolist() == [0, 1, 2]


@reads
def test_parameters_and_attributes_are_read(torch: Any) -> None:
    weight = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    marked = torch.nn.Parameter(torch.ones(2))
    marked.tag = {"x": 1}
    tensor = torch.ones(1, requires_grad=True)
    tensor.other = 3
    found = at.load(of_torch(torch, [weight, marked, tensor, torch.nn.Buffer(torch.ones(1))]))
    assert [type(one).__name__ for one in found] == ["Parameter", "Parameter", "Tensor", "Tensor"]
    assert [one.requires_grad for one in found] == [False, True, True, False]
    assert (found[1].tag, found[2].other) == ({"x": 1}, 3)


@reads
@pytest.mark.parametrize("new", [True, False])
def test_shared_storages_are_shared_again(torch: Any, new: bool) -> None:
    whole = torch.arange(12.0).reshape(3, 4)
    given = [whole, whole[1], whole.t(), whole[:, 2], whole[0].expand(5, 4), whole.clone()]
    found = at.load(of_torch(torch, given, new))
    for one in (*found[:1], *given[:1]):
        one.mul_(10)
    assert [one.tolist() for one in found] == [one.tolist() for one in given]
    found[0].requires_grad_()
    result = (found[0] * found[0]).sum()
    found[1].add_(1)
    with pytest.raises(RuntimeError, match="modified"):
        result.backward()


@reads
def test_files_are_read_by_their_content(torch: Any, tmp_path: Path) -> None:
    for name in ("weights.pt", "weights.npz", "weights"):
        torch.save({"w": torch.arange(3)}, tmp_path / name)
        assert at.load(tmp_path / name, map_location="cpu", weights_only=True)["w"].tolist() == [
            0,
            1,
            2,
        ]
        assert at.load(tmp_path / name, mmap=True)["w"].tolist() == [0, 1, 2]


@reads
def test_a_file_without_checksums_is_read(torch: Any) -> None:
    torch.serialization.set_crc32_options(False)
    try:
        file = of_torch(torch, {"w": torch.arange(3)})
    finally:
        torch.serialization.set_crc32_options(True)
    assert at.load(file)["w"].tolist() == [0, 1, 2]


@reads
def test_a_file_of_the_other_byte_order_is_read(torch: Any) -> None:
    values = {"w": torch.arange(-3, 5).float(), "n": torch.arange(5), "b": torch.ones(2).bfloat16()}
    swapped = {}
    for name, value in values.items():
        integers = value.contiguous().view(
            {2: torch.int16, 4: torch.int32, 8: torch.int64}[value.itemsize]
        )
        raw = integers.numpy().byteswap()
        swapped[name] = torch.from_numpy(raw).view(value.dtype)
    content = of_torch(torch, swapped).getvalue()
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            inner = b"big" if entry.filename.endswith("byteorder") else old.read(entry)
            new.writestr(zipfile.ZipInfo(entry.filename), inner)
    made.seek(0)
    found = at.load(made)
    for name, value in values.items():
        np.testing.assert_array_equal(
            found[name].numpy(), value.float().numpy() if name == "b" else value.numpy()
        )


@reads
def test_mapped_weights_lie_in_the_file_and_do_not_change_it(torch: Any, tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"w": torch.arange(1000.0), "half": torch.ones(3).bfloat16()}, path)
    before = path.read_bytes()
    found = at.load(path, mmap=True, max_bytes=20_000)
    found["w"].add_(1)
    assert found["w"][:2].tolist() == [1, 2]
    assert found["half"].tolist() == [1, 1, 1]
    assert path.read_bytes() == before
    legacy = tmp_path / "legacy.pt"
    torch.save({"w": torch.ones(2)}, legacy, _use_new_zipfile_serialization=False)
    with pytest.raises(ValueError, match="older format, which cannot be mapped"):
        at.load(legacy, mmap=True)
    with pytest.raises(ValueError, match="mmap=True needs the path"):
        at.load(io.BytesIO(before), mmap=True)


class Anything:
    """Of which a pickle knows the name."""


@reads
@pytest.mark.parametrize("new", [True, False])
def test_what_could_run_code_is_refused_by_its_name(torch: Any, new: bool) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return pytest.fail, ("unpickled",)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cases = {
            "torch.nn.modules.linear.Linear.*state_dict": torch.nn.Linear(1, 1),
            "Anything, which is refused": Anything(),
            r"_pytest.outcomes.*, which is refused": Trap(),
            "torch._utils._rebuild_sparse_tensor.*to_dense": torch.ones(2).to_sparse(),
            r"_rebuild_qtensor.*dequantize": torch.quantize_per_tensor(
                torch.ones(2), 1, 0, torch.qint8
            ),
            r"at \['z'\], an array of dtype complex64.*view_as_real": {"z": torch.ones(2) * 1j},
            r"at \['a'\]\[1\], an array of dtype uint16": {
                "a": [0, torch.ones(2, dtype=torch.uint16)]
            },
            r"at \['c'\], the class or function collections.OrderedDict": {"c": OrderedDict},
            r"at \[0\], a bare storage": [torch.ones(2).untyped_storage()],
            r"builtins.print": {"f": print},
            r"meta": [torch.ones(2, device="meta")],
        }
        for message, value in cases.items():
            if new or "meta" not in message:
                with pytest.raises(ValueError, match=f"^load: the file .*{message}"):
                    at.load(of_torch(torch, value, new), weights_only=False)


@reads
def test_a_list_that_holds_itself_is_refused(torch: Any) -> None:
    value: list[Any] = [1]
    value.append([value])
    with pytest.raises(ValueError, match=r"at \[1\]\[0\], a list that holds itself"):
        at.load(of_torch(torch, value))


@reads
def test_a_program_of_torchscript_is_refused(torch: Any) -> None:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), file)
    file.seek(0)
    with pytest.raises(ValueError, match=r"program of TorchScript's.*torch\.jit\.load"):
        at.load(file)


# -- writing ---------------------------------------------------------------------------------------


@writes
@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_of_each_dtype_are_written(torch: Any, dtype: str, new: bool) -> None:
    values = at.arange(-3, 21).reshape(2, 3, 4).to(getattr(at, dtype))
    given = [values, values[0, 0, 0], values[:, :0], values.transpose(0, 2).clone(), at.zeros(0)]
    found = torch.load(ours(given, new), weights_only=True)
    assert all(map(same_bits, given, found))
    assert [
        same_bits(one, other) for one, other in zip(at.load(ours(given, new)), found, strict=True)
    ]


@writes
@pytest.mark.parametrize("new", [True, False])
def test_checkpoints_are_written(torch: Any, new: bool) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    value = {
        "model": model.state_dict(),
        "params": [
            model[0].weight,
            nn.Parameter(at.ones(1), requires_grad=False),
            at.ones(1, requires_grad=True),
        ],
        "plain": [
            1,
            -1,
            300,
            70000,
            2**40,
            -(2**80),
            0.5,
            float("-inf"),
            True,
            None,
            "ä",
            b"\xff",
            1j,
        ],
        "containers": [(), (1,), (1, (2, 3)), (1, 2, 3, 4), {1: 2, "a": {}}, {1, 2}, [], [[]]],
        "ordered": OrderedDict(b=1, a=2),
        "counter": Counter("aab"),
        "bytes": [b"", bytearray(b"ab")],
        "size": at.ones(1, 2).shape,
        "device": [at.device("cpu"), at.device("cuda:1")],
        "dtype": [at.float32, at.bfloat16, at.int64],
    }
    found = torch.load(ours(value, new), weights_only=True)
    for key in ("plain", "containers", "ordered", "counter", "bytes"):
        assert found[key] == value[key]
        assert type(found[key]) is type(value[key])
    assert list(found["model"]) == list(value["model"])
    assert found["model"]._metadata == value["model"]._metadata
    assert [type(one).__name__ for one in found["params"]] == ["Parameter", "Parameter", "Tensor"]
    assert [one.requires_grad for one in found["params"]] == [True, False, True]
    assert found["size"] == torch.Size([1, 2])
    assert found["device"] == [torch.device("cpu"), torch.device("cuda:1")]
    assert found["dtype"] == [torch.float32, torch.bfloat16, torch.int64]
    again = at.load(ours(value, new))
    assert again["model"]._metadata == value["model"]._metadata
    assert type(again["model"]) is OrderedDict


@writes
@pytest.mark.parametrize("new", [True, False])
def test_what_weights_only_does_not_know_is_written_as_pytorch_writes_it(
    torch: Any, new: bool
) -> None:
    value = {
        "array": np.arange(6.0).reshape(2, 3),
        "text": np.array(["a", "bc"]),
        "scalar": np.float32(2),
        "dtype": np.dtype("int16"),
        "args": argparse.Namespace(lr=0.1, out=Path("a")),
        "more": [range(3), frozenset({1}), deque([1], 4), deque([2]), defaultdict(list, a=[1])],
    }
    with pytest.raises(Exception, match=r"(?i)weights.only"):
        torch.load(ours(value, new), weights_only=True)
    for found in (torch.load(ours(value, new), weights_only=False), at.load(ours(value, new))):
        for key in ("array", "text"):
            np.testing.assert_array_equal(found[key], value[key], strict=True)
        assert {**found, "array": 0, "text": 0} == {**value, "array": 0, "text": 0}
        assert found["more"][2].maxlen == 4
        assert found["more"][4].default_factory is list


@writes
@pytest.mark.parametrize("new", [True, False])
def test_shared_memory_is_one_storage(torch: Any, new: bool) -> None:
    whole = at.arange(12.0).reshape(3, 4)
    line = at.arange(6)
    given = [
        whole,
        whole[1],
        whole.t(),
        whole[:, 2],
        line[:4],
        line[2:],
        line,
        whole.clone(),
        whole,
    ]
    found = torch.load(ours(given, new), weights_only=True)
    assert [one.tolist() for one in found] == [one.tolist() for one in given]
    for one in (found[0], given[0]):
        one.mul_(10)
    assert [one.tolist() for one in found] == [one.tolist() for one in given]
    assert len({one.untyped_storage().data_ptr() for one in found}) == 3
    assert found[0] is found[-1]


@writes
def test_files_by_suffix(torch: Any, tmp_path: Path) -> None:
    for name in ("w.pt", "w.PTH", "w.pth.tar"):
        at.save({"w": at.ones(2)}, tmp_path / name)
        assert torch.load(tmp_path / name, mmap=True)["w"].tolist() == [1, 1]
        assert at.load(tmp_path / name, mmap=True)["w"].tolist() == [1, 1]
    with open(tmp_path / "open.pt", "wb") as file:
        at.save({"w": at.ones(2)}, file)
    assert torch.load(tmp_path / "open.pt")["w"].tolist() == [1, 1]


# -- Tensors of PyTorch's --------------------------------------------------------------------------


@gives
def test_load_state_dict_takes_tensors_of_pytorch(torch: Any) -> None:
    theirs = torch.nn.Linear(3, 2)
    for assign in (False, True):
        model = nn.Linear(3, 2)
        model.load_state_dict(dict(theirs.named_parameters()), assign=assign)
        assert same_bits(model.weight, theirs.weight)
        assert type(model.weight) is nn.Parameter
        model.load_state_dict(
            {name: one.numpy() for name, one in theirs.state_dict().items()}, assign=assign
        )
        assert same_bits(model.bias, theirs.bias)
        model.load_state_dict(theirs.half().state_dict())
        model.load_state_dict(theirs.bfloat16().state_dict())
        np.testing.assert_array_equal(
            model.weight.detach().numpy(), theirs.weight.detach().float().numpy()
        )
        theirs.float()


@gives
def test_a_view_that_is_negated_when_it_is_read(torch: Any) -> None:
    value = torch.view_as_complex(torch.ones(1, 2, 2)).conj().imag
    model = nn.Linear(2, 1, bias=False)
    model.load_state_dict({"weight": value})
    assert model.weight.tolist() == [[-1, -1]]


@gives
def test_tensors_without_numbers_are_refused(torch: Any) -> None:
    model = nn.Linear(2, 2, bias=False)
    before = model.weight.tolist()
    cases = {
        "on the device 'meta'": torch.ones(2, 2, device="meta"),
        "gives no array": torch.eye(2).to_sparse(),
        "of dtype complex64": torch.ones(2, 2) * 1j,
    }
    for message, value in cases.items():
        with pytest.raises(
            RuntimeError, match=f'"weight": .*torch.Tensor.*{message}|"weight": .*{message}'
        ):
            model.load_state_dict({"weight": value})
    assert model.weight.tolist() == before


def test_a_tensor_of_ours_is_no_tensor_of_theirs(torch: Any) -> None:
    assert not isinstance(at.ones(1), torch.Tensor)
    assert isinstance(at.load(of_torch(torch, torch.ones(1))), Tensor)
