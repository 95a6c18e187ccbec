"""Makes the files beside it with the real tools, which the tests of ``load`` then need no more.

    python -m tests.autotensor.files_of_others.make

Made with PyTorch 2.13.0, safetensors 0.8.0 and NumPy 2.4.6 on x86-64.  ``EXPECTED`` says what is in
them.  ``code.pt`` is a file whose pickle would call ``os.system``; it is made by hand.
"""

from __future__ import annotations

import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent

WEIGHT = [[0.5, -1.25, 3.0], [2.0**-140, 65504.0, -0.0]]
NUMBERS = [3, -(2**40), 7]
HALVES = [1.5, -2.0, 2.0**-130]
ARRAYS = {
    "w": np.array(WEIGHT, ">f4"),
    "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "flag": np.array(True),
}


def checkpoint(torch: Any) -> dict[str, Any]:
    """A checkpoint as training writes it."""
    weight = torch.nn.Parameter(torch.tensor(WEIGHT))
    model = OrderedDict(weight=weight, column=weight.detach()[:, 1], bfloat16=torch.tensor(HALVES))
    model["bfloat16"] = model["bfloat16"].bfloat16()
    model._metadata = OrderedDict({"": {"version": 1}})  # type: ignore[attr-defined]
    group = {"lr": 0.1, "betas": (0.9, 0.999), "fused": None, "maximize": False, "params": [0]}
    state = {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(2, 3).t()}}
    return {
        "model": model,
        "optimizer": {"state": state, "param_groups": [group]},
        "numbers": torch.tensor(NUMBERS),
        "epoch": 3,
        "name": "ä",
        "dtype": torch.float32,
        "device": torch.device("cpu"),
        "size": torch.Size([2, 3]),
        "seed": 2**70,
        "raw": b"\0\xff",
    }


def main() -> None:
    import safetensors.torch
    import torch

    value = checkpoint(torch)
    torch.save(value, FOLDER / "zip.pt")
    torch.save(value, FOLDER / "legacy.pt", _use_new_zipfile_serialization=False)
    torch.save(value, FOLDER / "protocol5.pt", pickle_protocol=5)
    tensors = {"w": torch.tensor(WEIGHT), "n": torch.tensor(NUMBERS)}
    tensors["bfloat16"] = torch.tensor(HALVES).bfloat16()
    safetensors.torch.save_file(tensors, FOLDER / "weights.safetensors", {"format": "pt"})
    np.savez(FOLDER / "arrays.npz", **ARRAYS)  # type: ignore[arg-type]
    np.savez_compressed(FOLDER / "packed.npz", **ARRAYS)  # type: ignore[arg-type]
    np.save(FOLDER / "array.npy", ARRAYS["w"])
    with zipfile.ZipFile(FOLDER / "code.pt", "w") as archive:
        pickle = b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."
        archive.writestr(zipfile.ZipInfo("code/data.pkl"), pickle)


if __name__ == "__main__":
    main()
