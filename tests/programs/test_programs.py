"""Whole PyTorch scripts: with their import lines changed and nothing else, they give its losses."""

from __future__ import annotations

import json
import warnings
from types import ModuleType

import numpy as np
import pytest

import autotensor as at
from tests.running import (
    GOLDEN,
    IMPORTS,
    PROGRAMS,
    Outcome,
    assert_agree,
    assert_close,
    run,
    scripts,
    with_our_imports,
)

#: Those that take some tenths of a second run without PyTorch as well.
QUICK = [
    "actor_critic", "conditional_vae", "ctc_speech", "ddpm", "gcn", "maf", "mamba", "maml",
    "mixture_density", "nano_gpt", "nerf", "neural_ode", "pinn_burgers", "planar_flow", "ppo",
    "rainbow", "realnvp", "recommender", "reinforce", "sac", "score_matching", "siamese",
    "spiking", "unet", "vq_vae", "wgan_gp", "wide_and_deep",
]  # fmt: skip


@pytest.mark.parametrize("name", scripts())
def test_a_program_gives_the_losses_of_pytorch(torch: ModuleType, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's; a warning of ours is an error below
        theirs = run(PROGRAMS / f"{name}.py", torch)
    assert len(theirs.losses) >= 20
    assert np.isfinite(theirs.losses).all()
    assert np.ptp(theirs.losses) > 1e-3  # something was learnt
    assert_agree(run(PROGRAMS / f"{name}.py", at), theirs)


@pytest.mark.parametrize("name", QUICK)
def test_a_program_gives_the_losses_that_pytorch_gave(name: str) -> None:
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))[name]
    assert_close(run(PROGRAMS / f"{name}.py", at).losses, expected, name)


def test_the_golden_losses_are_those_of_the_quick_programs() -> None:
    assert sorted(json.loads(GOLDEN.read_text(encoding="utf-8"))) == QUICK


@pytest.mark.parametrize("line", IMPORTS)
def test_an_import_line_is_changed(line: str) -> None:
    assert with_our_imports(f"    {line}\nx = 1  # import torch\n") == (
        f"    {IMPORTS[line]}\nx = 1  # import torch\n"
    )


def test_what_disagrees_is_noticed() -> None:
    one = Outcome([1.0, 0.5], "loss 0.50\nof model", [np.ones(2)])
    assert_agree(one._replace(printed="loss 0.51\nof model"), one)  # the last digit may be rounded
    for other in (
        one._replace(losses=[1.0, 0.5 + 2e-9]),
        one._replace(losses=[1.0]),
        one._replace(parameters=[np.array([1.0, 1.0 + 3e-9])]),
        one._replace(printed="loss 0.52\nof model"),
        one._replace(printed="loss 0.50\nof Model"),
    ):
        with pytest.raises(AssertionError):
            assert_agree(other, one)
