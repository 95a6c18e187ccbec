"""einops on Tensors: its functions and layers, and a vision transformer written with them."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from nn.layers.einops import EinMix, Rearrange, Reduce

einops = pytest.importorskip("einops", reason="needs the extra: pip install -e .[einops]")
pytestmark = pytest.mark.works_with(
    "einops", "its functions and layers on Tensors; what is written with them"
)

ROOT = Path(__file__).parents[2]
VALUES = np.random.default_rng(0).normal(size=(2, 6, 4, 4))


@pytest.mark.parametrize(
    "program",
    [
        "import autotensor as at, einops",
        "import einops, autotensor as at",
        "from einops import rearrange; import autotensor as at; import nn",
        "import autotensor.nn, autotensor as at; from einops.layers.autotensor import Rearrange",
    ],
)
def test_einops_knows_tensors_whichever_is_imported_first(program: str) -> None:
    program += """
import einops, gc
gc.collect()
assert einops.rearrange(at.ones(2, 3), "a b -> b a").shape == (3, 2)
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


RULES: list[tuple[str, Any]] = [
    ("rearrange", lambda e, x: e.rearrange(x, "b (g c) h w -> b g (h w) c", g=3)),
    ("rearrange a list", lambda e, x: e.rearrange([x[0], x[1]], "n c h w -> (n w) h c")),
    ("squeeze", lambda e, x: e.rearrange(x[:1], "1 c h w -> c (h w)")),
    ("ellipsis", lambda e, x: e.rearrange(x, "b ... w -> b w ...")),
    ("repeat", lambda e, x: e.repeat(x, "b c h w -> b (c copy) h (w 2)", copy=3)),
    ("new axis", lambda e, x: e.repeat(x, "b c h w -> b k c h w", k=5)),
    *(
        (
            operation,
            lambda e, x, operation=operation: e.reduce(x, "b c (h p) w -> b c h", operation, p=2),
        )
        for operation in ("sum", "mean", "max", "min", "prod")
    ),
    ("a function", lambda e, x: e.reduce(x, "b c h w -> b c", lambda t, axes: t.sum(axes) * 2)),
    ("einsum", lambda e, x: e.einsum(x, x, "batch c h w, batch d h w -> batch c d")),
    ("pack", lambda e, x: e.pack([x, x[:, :, 0]], "b c *")[0]),
    ("unpack", lambda e, x: e.unpack(x, [(2,), (), (3,)], "b * h w")[2]),
]


@pytest.mark.parametrize(("rule"), [rule for _, rule in RULES], ids=[name for name, _ in RULES])
def test_functions_and_their_gradients(rule: Any) -> None:
    x = at.tensor(VALUES, requires_grad=True)
    np.testing.assert_allclose(rule(einops, x).detach().numpy(), rule(einops, VALUES), rtol=1e-13)
    assert at.gradcheck(lambda x: rule(einops, x), (x[:, :, :2].detach().requires_grad_(),))


def test_what_else_einops_does_with_tensors() -> None:
    x = at.ones(2, 3, requires_grad=True)
    assert einops.parse_shape(x, "a _") == {"a": 2}
    assert type(einops.asnumpy(x)) is np.ndarray
    assert einops.reduce(x > 0, "a b -> a", "all").tolist() == [True, True]
    assert einops.rearrange(nn.Parameter(x.detach()), "a b -> b a").requires_grad
    with pytest.raises(einops.EinopsError, match=r"divi"):
        einops.rearrange(x, "a (b c) -> a b c", c=2)
    with pytest.raises(NotImplementedError, match="not available for"):
        einops.reduce(at.tensor([1, 2]), "a -> ", "mean")


def test_layers() -> None:
    x = at.tensor(VALUES)
    net = nn.Sequential(
        Rearrange("b c (h p) (w q) -> b (h w) (p q c)", p=2, q=2),
        nn.Linear(24, 5).double(),
        Reduce("b n c -> b c", "mean"),
    )
    assert net(x).shape == (2, 5)
    assert copy.deepcopy(net)(x).tolist() == net(x).tolist()
    assert repr(net[0]) == "Rearrange('b c (h p) (w q) -> b (h w) (p q c)', p=2, q=2)"
    assert repr(net[2]) == "Reduce('b n c -> b c', 'mean')"
    assert list(net.state_dict()) == ["1.weight", "1.bias"]
    for layer, arguments in ((Rearrange, ("a b -> c",)), (Reduce, ("a b -> c", "sum"))):
        with pytest.raises(einops.EinopsError):
            layer(*arguments)
    with pytest.raises(einops.EinopsError) as caught:
        net(x[0])
    assert caught.value.__notes__[-1].endswith("at 0 (Rearrange)")


def test_the_layers_have_the_name_einops_would_give_them() -> None:
    import einops.layers.autotensor as same  # type: ignore[import-not-found]

    assert same.Rearrange is Rearrange


MIXES: list[tuple[Any, Any]] = [
    (("b c h w -> b d h w", "c d"), {"c": 6, "d": 3}),
    (("b c h w -> b c h w", "c", "c"), {"c": 6}),
    (("b (g c) h w -> b h w (g d)", "g c d", "g d"), {"g": 2, "c": 3, "d": 5}),
    (("b ... w -> b ... v", "w v", "v"), {"w": 4, "v": 7}),
]


@pytest.mark.parametrize(("patterns", "lengths"), MIXES)
def test_einmix_against_pytorch(torch: Any, patterns: Any, lengths: Any) -> None:
    theirs_layers = pytest.importorskip("einops.layers.torch")
    ours = EinMix(*patterns, **lengths).double()
    theirs = theirs_layers.EinMix(*patterns, **lengths).double()
    assert [(n, tuple(p.shape)) for n, p in ours.named_parameters()] == [
        (n, tuple(p.shape)) for n, p in theirs.named_parameters()
    ]
    fan_in = np.prod([n for axis, n in lengths.items() if axis not in patterns[0].split("->")[1]])
    assert 0.5 < np.abs(ours.weight.detach().numpy()).max() / np.sqrt(3 / fan_in) <= 1
    with torch.no_grad():
        for one, other in zip(theirs.parameters(), ours.parameters(), strict=True):
            one.copy_(torch.from_numpy(other.detach().numpy()))
    found, expected = ours(at.tensor(VALUES)), theirs(torch.tensor(VALUES))
    np.testing.assert_allclose(
        found.detach().numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-14
    )
    found.square().sum().backward()
    expected.square().sum().backward()
    np.testing.assert_allclose(ours.weight.grad, theirs.weight.grad, rtol=1e-11, atol=1e-13)


def vision_transformer(torch: Any, nn: Any, layers: Any) -> Any:
    """As people write it; ``torch``, ``nn`` and ``layers`` of either library."""
    from einops import rearrange, repeat

    class Attention(nn.Module):  # type: ignore[misc]
        def __init__(self, dim: int, heads: int) -> None:
            super().__init__()
            self.heads = heads
            self.scale = (dim // heads) ** -0.5
            self.norm = nn.LayerNorm(dim)
            self.to_qkv = nn.Linear(dim, dim * 3, bias=False)
            self.to_out = nn.Linear(dim, dim)

        def forward(self, x: Any) -> Any:
            qkv = self.to_qkv(self.norm(x)).chunk(3, dim=-1)
            q, k, v = (rearrange(t, "b n (h d) -> b h n d", h=self.heads) for t in qkv)
            dots = torch.einsum("b h i d, b h j d -> b h i j", q, k) * self.scale
            out = einops.einsum(dots.softmax(dim=-1), v, "b h i j, b h j d -> b h i d")
            return self.to_out(rearrange(out, "b h n d -> b n (h d)"))

    class ViT(nn.Module):  # type: ignore[misc]
        def __init__(self, dim: int = 16, patch: int = 2) -> None:
            super().__init__()
            self.to_patches = nn.Sequential(
                layers.Rearrange("b c (h p1) (w p2) -> b (h w) (p1 p2 c)", p1=patch, p2=patch),
                nn.Linear(patch * patch * 6, dim),
            )
            self.cls_token = nn.Parameter(torch.randn(1, 1, dim))
            self.pos = nn.Parameter(torch.randn(1, 5, dim))
            self.blocks = nn.ModuleList([Attention(dim, 4) for _ in range(2)])
            self.head = nn.Sequential(
                nn.LayerNorm(dim), layers.Reduce("b n d -> b d", "mean"), nn.Linear(dim, 3)
            )

        def forward(self, images: Any) -> Any:
            x = self.to_patches(images)
            cls = repeat(self.cls_token, "1 1 d -> b 1 d", b=x.shape[0])
            x = torch.cat((cls, x), dim=1) + self.pos
            for block in self.blocks:
                x = block(x) + x
            return self.head(x)

    return ViT().double()


def test_a_vision_transformer_learns_as_in_pytorch(torch: Any) -> None:
    theirs_layers = pytest.importorskip("einops.layers.torch")
    ours = vision_transformer(at, nn, nn.layers.einops)
    theirs = vision_transformer(torch, torch.nn, theirs_layers)
    theirs.load_state_dict(
        {name: torch.tensor(value.numpy()) for name, value in ours.state_dict().items()}
    )
    labels = np.array([0, 2])
    optimizers = [
        nn.optim.Adam(ours.parameters(), lr=1e-3),
        torch.optim.Adam(theirs.parameters(), lr=1e-3),
    ]
    for _ in range(5):
        losses = [
            nn.functional.cross_entropy(ours(at.tensor(VALUES)), at.tensor(labels)),
            torch.nn.functional.cross_entropy(theirs(torch.tensor(VALUES)), torch.tensor(labels)),
        ]
        for optimizer, loss in zip(optimizers, losses, strict=True):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert losses[0].item() == pytest.approx(losses[1].item(), abs=1e-12)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), atol=1e-11)
