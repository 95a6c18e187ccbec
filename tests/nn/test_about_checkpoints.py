"""``about.json`` in a folder of checkpoints: what it says is so, and its lines load them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.training import CheckpointFolder, fit
from nn.training.checkpoints import about

ROOT = Path(__file__).parents[2]
MODEL = "nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))"


def train(folder: Path, epochs: int = 2, **options: Any) -> nn.Module:
    at.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    optimizer = optim.Adam(model.parameters())
    batch = at.ones(4, 2), at.ones(4, 1)
    options = {"checkpoint": folder, "verbose": False} | options
    fit(model, [batch], F.mse_loss, optimizer, epochs, **options)
    return model


def read(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "about.json").read_text(encoding="utf-8")))


def write(folder: Path, **changes: Any) -> None:
    (folder / "about.json").write_text(json.dumps(read(folder) | changes), encoding="utf-8")


def test_it_says_who_wrote_what(tmp_path: Path) -> None:
    train(tmp_path)
    found = read(tmp_path)
    assert found["what"] == "checkpoints of a training by nn.training.fit"
    assert found["format"] == 1
    assert found["written_by"] == {
        "autotensor": at.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    assert found["model"]["class"] == "nn.containers.Sequential"
    assert found["model"]["parameters"] == 13
    assert found["model"]["tree"][1].strip().startswith("(0): Linear(in_features=2")
    assert {"model", "optimizer", "epoch", "random"} <= {*found["state"]}
    patterns = [name.partition("<")[0] for name in found["files"] if name.endswith(".npz")]
    names = [one.name for one in tmp_path.iterdir() if one.name != "about.json"]
    assert all(any(name.startswith(one) for one in patterns) for name in names)


def test_following_its_lines_gives_the_weights(tmp_path: Path) -> None:
    model = train(tmp_path)
    found = read(tmp_path)
    made = [line.replace("Sequential(...)", MODEL) for line in found["then"]]
    save = "import numpy; numpy.savez('found.npz', **{n: p.detach().numpy() for n, p in "
    program = [
        *found["to_load"],
        "from autotensor import nn",
        *made,
        save + "model.named_parameters()})",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "error", "-c", "\n".join(program)]
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)
    with np.load(tmp_path / "found.npz") as file:
        for name, parameter in model.named_parameters():
            assert file[name].tobytes() == parameter.detach().numpy().tobytes()


def test_a_folder_of_ones_own_is_described_too(tmp_path: Path) -> None:
    CheckpointFolder(tmp_path / "a").save({"weight": at.ones(2)}, 1)
    found = read(tmp_path / "a")
    assert found["what"] == "checkpoints of a training"
    assert found["state"] == ["weight"]
    assert "model" not in found
    assert "to_go_on" not in found
    model = nn.Linear(2, 1)
    CheckpointFolder(tmp_path / "b", model=model).save({"model": model.state_dict()}, 1)
    assert read(tmp_path / "b")["model"]["class"] == "nn.layers.linear.Linear"
    CheckpointFolder(tmp_path / "c").save([at.ones(2)], 1)
    assert read(tmp_path / "c")["state"] == "list"
    with pytest.raises(TypeError, match=r"CheckpointFolder: model must be an nn.Module, got Ord"):
        CheckpointFolder(tmp_path, model=model.state_dict())  # type: ignore[arg-type]


def test_it_is_written_once_and_anew_where_it_is_wrong_or_gone(tmp_path: Path) -> None:
    path = tmp_path / "about.json"
    train(tmp_path)
    text, moment = path.read_text(encoding="utf-8"), path.stat().st_mtime_ns
    train(tmp_path, 3, resume=True)
    assert path.stat().st_mtime_ns == moment
    for wrong in ("{", "", text.replace("Linux", "Plan 9").replace(platform.platform(), "x")):
        path.write_text(wrong, encoding="utf-8")
        train(tmp_path, 4, resume=True)
        CheckpointFolder(tmp_path, model=None)
        train(tmp_path, 5, resume=True)
    path.unlink()
    train(tmp_path, 6, resume=True)
    assert path.read_text(encoding="utf-8") == text


def test_somebody_elses_file_of_that_name_stays(tmp_path: Path) -> None:
    (tmp_path / "about.json").write_text('{"title": "my experiment"}')
    train(tmp_path)
    train(tmp_path, 3, resume=True)
    assert (tmp_path / "about.json").read_text() == '{"title": "my experiment"}'


@pytest.mark.parametrize("resumed", [False, True])
def test_a_newer_format_is_refused_before_anything_is_read(tmp_path: Path, resumed: bool) -> None:
    train(tmp_path)
    write(tmp_path, format=2, written_by={"autotensor": "0.9.1"})
    message = (
        r"is of format 2, written by autotensor 0\.9\.1; this is autotensor .* reads formats up to "
        r"1: install that version, pip install 'autotensor==0\.9\.1', or a newer one"
    )
    with pytest.raises(ValueError, match=message):
        train(tmp_path, 3, resume=True) if resumed else CheckpointFolder(tmp_path).load()


@pytest.mark.parametrize(
    ("theirs", "ours", "told"),
    [
        ("0.1.0", "0.1.7", False), ("0.1.0", "0.2.0", True), ("0.3.0", "0.2.0", True),
        ("0.9.0", "1.0.0", True), ("1.2.0", "1.9.3", False), ("1.2.0", "2.0.0", True),
    ],
)  # fmt: skip
def test_versions_whose_numbers_may_differ_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theirs: str, ours: str, told: bool
) -> None:
    CheckpointFolder(tmp_path).save({"weight": at.ones(2)}, 1)
    write(tmp_path, written_by={"autotensor": theirs})
    monkeypatch.setattr(about.at, "__version__", ours)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert CheckpointFolder(tmp_path).load()["weight"].tolist() == [1, 1]
    assert len(said) == told
    if told:
        assert f"was written by autotensor {theirs}, and this is {ours}" in str(said[0].message)
        assert f"pip install 'autotensor=={theirs}'" in str(said[0].message)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"format": "x"}', '{"format": 1}', "\ud83d"])
def test_a_damaged_one_does_not_keep_anybody_from_loading(tmp_path: Path, text: str) -> None:
    CheckpointFolder(tmp_path).save({"weight": at.ones(2)}, 1)
    (tmp_path / "about.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    assert CheckpointFolder(tmp_path).load()["weight"].tolist() == [1, 1]


def test_what_is_no_run_of_fit_is_said_so(tmp_path: Path) -> None:
    CheckpointFolder(tmp_path).save({"weight": at.ones(2)}, 1)
    with pytest.raises(ValueError, match=r"it holds no run of fit; CheckpointFolder\.load gives"):
        train(tmp_path, resume=True)
