"""Whole PyTorch scripts: with their import lines changed and nothing else, they give its losses."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at

FOLDER = Path(__file__).parent
PROGRAMS = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("test_"))

#: The import lines of PyTorch, and what a user would write instead.
IMPORTS = {
    r"^import torch$": "import autotensor as torch",
    r"^import torch\.nn as nn$": "import nn",
    r"^import torch\.nn\.functional as F$": "import nn.functional as F",
    r"^import torch\.optim as optim$": "from nn import optim",
    r"^from torch import nn, optim$": "import nn\nfrom nn import optim",
    r"^from torch import nn$": "import nn",
    r"^from torch import autograd, nn$": "import nn\nfrom autotensor import autograd",
    r"^from torch\.nn import": "from nn import",
    r"^from torch\.nn\.utils\.rnn import": "from nn.utils.rnn import",
    r"^from torch\.utils\.data import": "from nn.data import",
    r"\btorch\.nn\.": "nn.",
    r"\btorch\.optim\b": "nn.optim",
}


def losses_of(name: str, library: ModuleType, steps: int) -> list[float]:
    """What a program yields with ``library``, from weights that both libraries are given."""
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    if library is at:
        for theirs, ours in IMPORTS.items():
            source = re.sub(theirs, ours, source, flags=re.MULTILINE)
    program: dict[str, Any] = {"__name__": name}
    exec(compile(source, f"{name}.py with {library.__name__}", "exec"), program)

    def begin(model: Any) -> Any:
        draw = np.random.default_rng(9)
        with library.no_grad():
            for parameter in model.parameters():
                spread = 0.5 / np.sqrt(parameter.shape[-1])
                values = draw.normal(size=tuple(parameter.shape)) * spread
                parameter.copy_(library.from_numpy(values))
            for name, buffer in model.named_buffers():
                if name.endswith(("_u", "_v")):  # where spectral norm's power iteration begins
                    buffer.copy_(library.from_numpy(draw.normal(size=tuple(buffer.shape))))
        return model

    run: Callable[[int, Any], Iterator[float]] = program["losses"]
    return list(run(steps, begin))


@pytest.fixture
def in_float64(torch: ModuleType) -> Iterator[None]:
    before = at.get_default_dtype(), torch.get_default_dtype()
    at.set_default_dtype(at.float64)
    torch.set_default_dtype(torch.float64)
    yield
    at.set_default_dtype(before[0])
    torch.set_default_dtype(before[1])


@pytest.mark.usefixtures("in_float64")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_the_losses_of_pytorch(torch: ModuleType, name: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "enable_nested_tensor is True", UserWarning)
        expected = losses_of(name, torch, 50)
    found = losses_of(name, at, 50)
    assert len(expected) >= 50
    assert np.isfinite(expected).all()
    assert abs(expected[0] - expected[49]) > 1e-3  # something was learnt
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
