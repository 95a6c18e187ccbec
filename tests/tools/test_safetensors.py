"""Files of the package safetensors, read and written through it."""

from __future__ import annotations

import io
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn

pytest.importorskip("safetensors", reason="needs the extra: pip install -e .[safetensors]")
import safetensors.numpy as package

pytestmark = pytest.mark.works_with(
    "safetensors", "weights saved and loaded, every dtype, metadata, bit for bit"
)
DTYPES = ["float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]


class Named(io.BytesIO):
    name = "weights.safetensors"


def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    found = {name: rng.integers(0, 2, (3, 5)).astype(name) for name in DTYPES}
    return found | {"empty": np.zeros((0, 2)), "0-d": np.array(3.0), "ä b.c": np.arange(3)}


def same(found: Any, expected: dict[str, np.ndarray]) -> None:
    assert set(found) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(np.asarray(found[name]), array, strict=True)


@pytest.mark.parametrize("how", ["path", "mapped", "file"])
def test_files_of_the_package_are_read(tmp_path: Path, how: str) -> None:
    path = tmp_path / "weights"  # by its content
    package.save_file(arrays(), path, metadata={"format": "np", "by": "ä"})
    if how == "file":
        found = at.load(io.BytesIO(path.read_bytes()))
    else:
        found = at.load(path, mmap=how == "mapped")
    assert type(found) is OrderedDict
    assert all(type(one) is at.Tensor for one in found.values())
    same({name: one.numpy() for name, one in found.items()}, arrays())
    assert found.metadata == {"format": "np", "by": "ä"}
    found["float32"].add_(1)
    same(package.load_file(path), arrays())


@pytest.mark.parametrize("metadata", [{}, {"a": "b", "ä": ""}])
def test_files_are_written_for_the_package(tmp_path: Path, metadata: dict[str, str]) -> None:
    path = tmp_path / "weights.safetensors"
    state: Any = OrderedDict((name, at.tensor(one)) for name, one in arrays().items())
    state["transposed"] = at.arange(6).reshape(2, 3).t()
    state["array"] = np.arange(3, dtype=">i4")
    state.metadata = metadata
    at.save(state, path)
    more = {"transposed": np.arange(6).reshape(2, 3).T, "array": np.arange(3, dtype=np.int32)}
    same(package.load_file(path), arrays() | more)
    again = at.load(path)
    assert again.metadata == metadata
    file = Named()
    at.save(again, file)
    file.seek(0)
    found = at.load(file)
    assert found.metadata == metadata
    same({name: one.numpy() for name, one in found.items()}, arrays() | more)


def test_without_metadata_the_layout_is_named(tmp_path: Path) -> None:
    at.save(nn.Linear(2, 1).state_dict(), tmp_path / "w.safetensors")
    assert at.load(tmp_path / "w.safetensors").metadata == {"format": "pt"}


def test_shared_memory_is_written_for_each(tmp_path: Path) -> None:
    whole = at.arange(4.0)
    at.save({"a": whole, "b": whole[1:], "c": whole}, tmp_path / "w.safetensors")
    found = package.load_file(tmp_path / "w.safetensors")
    assert [found[name].tolist() for name in "abc"] == [[0, 1, 2, 3], [1, 2, 3], [0, 1, 2, 3]]


def with_header(text: str, data: bytes = b"") -> io.BytesIO:
    return io.BytesIO(struct.pack("<Q", len(text)) + text.encode() + data)


def test_numbers_that_numpy_lacks_come_as_float32_exactly() -> None:
    text = '{"w":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}'
    values = np.array([[1.5, -2], [3e38, 1e-40]], np.float32)
    high = (values.view(np.uint32) >> 16).astype("<u2")
    found = at.load(with_header(text, high.tobytes()))["w"]
    assert found.dtype == at.float32
    np.testing.assert_array_equal(found.numpy().view(np.uint32), high.astype(np.uint32) << 16)


def test_each_number_of_eight_bits_is_that_of_pytorch(torch: Any) -> None:
    for word, dtype in (("F8_E4M3", "float8_e4m3fn"), ("F8_E5M2", "float8_e5m2")):
        text = f'{{"w":{{"dtype":"{word}","shape":[256],"data_offsets":[0,256]}}}}'
        found = at.load(with_header(text, bytes(range(256))))["w"]
        every = torch.arange(256, dtype=torch.uint8).view(getattr(torch, dtype))
        np.testing.assert_array_equal(found.numpy(), every.float().numpy())


def test_files_of_its_part_for_pytorch(torch: Any, tmp_path: Path) -> None:
    theirs = pytest.importorskip("safetensors.torch")
    state = {"w": torch.randn(3, 4), "b": torch.arange(4).bfloat16(), "n": torch.tensor(3)}
    theirs.save_file(state, tmp_path / "w", metadata={"format": "pt"})
    found = at.load(tmp_path / "w")
    for name, value in state.items():
        expected = value.float() if name == "b" else value
        np.testing.assert_array_equal(found[name].numpy(), expected.numpy(), strict=True)
    at.save({"w": found["w"]}, tmp_path / "w.safetensors")
    assert torch.equal(theirs.load_file(tmp_path / "w.safetensors")["w"], state["w"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (with_header("{ nothing }"), "is damaged"),
        (with_header('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', b"1234"), "damaged"),
        (with_header('{"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', b"12345678"), "dam"),
        (with_header('{"w":{"dtype":"X9","shape":[3],"data_offsets":[0,8]}}', b"12345678"), "dam"),
        (
            with_header('{"w":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}', b"12345678"),
            r"at \['w'\], an array of dtype complex64, which PyTorch has.*view_as_real",
        ),
        (
            with_header('{"w":{"dtype":"U16","shape":[4],"data_offsets":[0,8]}}', b"12345678"),
            r"at \['w'\], an array of dtype uint16.*int32",
        ),
        (
            with_header('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},'
                        '"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}', b"12345678"),
            "damaged",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(content: io.BytesIO, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"^load: the file .*{message}"):
        at.load(content)
    (tmp_path / "w").write_bytes(content.getvalue())
    with pytest.raises(ValueError, match=rf"^load: .*{message}"):
        at.load(tmp_path / "w", mmap=True)


def test_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    package.save_file({"w": np.zeros(100_000)}, tmp_path / "w")
    with pytest.raises(ValueError, match="max_bytes=1"):
        at.load(tmp_path / "w", max_bytes=1_000_000)
    assert at.load(tmp_path / "w", max_bytes=20_000, mmap=True)["w"].shape == (100_000,)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([at.ones(1)], "got list, but a .safetensors file holds a dict of Tensors by names"),
        (nn.Linear(1, 1), r"got Linear, but .*; save its state_dict\(\)"),
        ({1: at.ones(1)}, "got the key 1"),
        ({"a": {"b": at.ones(1)}}, r"at \['a'\] is dict"),
        ({"epoch": 3}, r"at \['epoch'\] is int"),
        ({"o": np.array([None])}, r"at \['o'\] is an array of dtype object"),
        ({"t": np.array(["a"])}, r"at \['t'\] is an array of dtype <U1"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path: Path, value: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        at.save(value, tmp_path / "w.safetensors")
    assert not list(tmp_path.iterdir())


def test_metadata_is_text(tmp_path: Path) -> None:
    state: Any = OrderedDict(w=at.ones(1))
    state.metadata = {"epoch": 3}
    with pytest.raises(TypeError, match="is a dict of text by text"):
        at.save(state, tmp_path / "w.safetensors")
