"""GPT-2 and BERT of the package transformers, made tiny, with the same classes written here."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from autotensor import Tensor

pytestmark = pytest.mark.works_with(
    "transformers", "weights of GPT-2 and BERT, in the same classes written with nn"
)


@pytest.fixture(scope="module")
def transformers(torch: Any) -> Any:
    """Imported here, for that takes seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(
            "transformers", reason="needs the package transformers: pip install -e .[tools]"
        )


class Conv1D(nn.Module):
    """What GPT-2 has for Linear: its weight lies the other way round."""

    def __init__(self, nf: int, nx: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(at.zeros(nx, nf))
        self.bias = nn.Parameter(at.zeros(nf))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight + self.bias


def heads(x: Tensor, count: int) -> Tensor:
    return x.reshape(*x.shape[:2], count, -1).transpose(1, 2)


def merged(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(2)


class Attention(nn.Module):
    def __init__(self, size: int, count: int) -> None:
        super().__init__()
        self.count = count
        self.c_attn, self.c_proj = Conv1D(3 * size, size), Conv1D(size, size)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (heads(one, self.count) for one in self.c_attn(x).chunk(3, -1))
        return self.c_proj(merged(F.scaled_dot_product_attention(q, k, v, is_causal=True)))


class MLP(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(4 * size, size), Conv1D(size, 4 * size)

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, size: int, count: int) -> None:
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(size), Attention(size, count)
        self.ln_2, self.mlp = nn.LayerNorm(size), MLP(size)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    def __init__(self, words: int, places: int, size: int, layers: int, count: int) -> None:
        super().__init__()
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(words, size),
                "wpe": nn.Embedding(places, size),
                "h": nn.ModuleList([Block(size, count) for _ in range(layers)]),
                "ln_f": nn.LayerNorm(size),
            }
        )
        self.lm_head = nn.Linear(size, words, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight

    def forward(self, x: Tensor) -> Tensor:
        parts = self.transformer
        x = parts["wte"](x) + parts["wpe"](at.arange(x.shape[1]))
        for block in parts["h"]:
            x = block(x)
        return self.lm_head(parts["ln_f"](x))


@pytest.fixture(scope="module")
def gpt2(torch: Any, transformers: Any) -> Any:
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=50, n_positions=16, n_embd=24, n_layer=2, n_head=3, attn_pdrop=0.0
    )
    return transformers.GPT2LMHeadModel(config).eval().double()


@pytest.mark.parametrize("form", ["pt", "safetensors", "tensors"])
def test_gpt2_gives_the_same_outputs(torch: Any, gpt2: Any, tmp_path: Path, form: str) -> None:
    state = gpt2.state_dict()
    if form == "pt":
        torch.save(state, tmp_path / "model.bin")
        state = at.load(tmp_path / "model.bin")
    elif form == "safetensors":
        pytest.importorskip("safetensors", reason="needs the extra: pip install -e .[safetensors]")
        gpt2.save_pretrained(tmp_path)
        state = at.load(tmp_path / "model.safetensors", mmap=True)
        assert state.metadata == {"format": "pt"}
        state = {"lm_head.weight": state["transformer.wte.weight"], **state}  # tied, written once
    model = GPT2(50, 16, 24, 2, 3).double()
    model.load_state_dict(state)
    x = np.random.default_rng(0).integers(0, 50, (2, 9))
    with at.no_grad(), torch.no_grad():
        found, expected = model(at.tensor(x)), gpt2(torch.from_numpy(x)).logits
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-10, atol=1e-12)


def test_what_is_saved_here_is_read_by_transformers(
    torch: Any, transformers: Any, gpt2: Any, tmp_path: Path
) -> None:
    pytest.importorskip("safetensors", reason="needs the extra: pip install -e .[safetensors]")
    gpt2.config.save_pretrained(tmp_path)
    model = GPT2(50, 16, 24, 2, 3)
    at.save(model.state_dict(), tmp_path / "model.safetensors")
    theirs = transformers.GPT2LMHeadModel.from_pretrained(tmp_path)
    x = np.random.default_rng(0).integers(0, 50, (2, 9))
    with at.no_grad(), torch.no_grad():
        found, expected = model(at.tensor(x)), theirs(torch.from_numpy(x)).logits
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-4, atol=1e-5)


# -- BERT ------------------------------------------------------------------------------------------


class Named(nn.Module):
    """Modules under names, without a forward of their own."""

    def __init__(self, /, **modules: nn.Module) -> None:
        super().__init__()
        for name, module in modules.items():
            setattr(self, name, module)


class BertLayer(nn.Module):
    def __init__(self, size: int, inner: int, count: int) -> None:
        super().__init__()
        self.count = count
        line = {name: nn.Linear(size, size) for name in ("query", "key", "value")}
        after = Named(dense=nn.Linear(size, size), LayerNorm=nn.LayerNorm(size, 1e-12))
        self.attention = Named(self=Named(**line), output=after)
        self.intermediate = Named(dense=nn.Linear(size, inner))
        self.output = Named(dense=nn.Linear(inner, size), LayerNorm=nn.LayerNorm(size, 1e-12))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        own, out = self.attention.self, self.attention.output
        q, k, v = (heads(one(x), self.count) for one in (own.query, own.key, own.value))
        seen = F.scaled_dot_product_attention(q, k, v, mask[:, None, None])
        x = out.LayerNorm(out.dense(merged(seen)) + x)
        y = self.output.dense(F.gelu(self.intermediate.dense(x)))
        return self.output.LayerNorm(y + x)


class Bert(nn.Module):
    def __init__(self, words: int, places: int, size: int, inner: int, count: int) -> None:
        super().__init__()
        self.embeddings = Named(
            word_embeddings=nn.Embedding(words, size, padding_idx=0),
            position_embeddings=nn.Embedding(places, size),
            token_type_embeddings=nn.Embedding(2, size),
            LayerNorm=nn.LayerNorm(size, 1e-12),
        )
        layers = nn.ModuleList([BertLayer(size, inner, count) for _ in range(2)])
        self.encoder = Named(layer=layers)
        self.pooler = Named(dense=nn.Linear(size, size))

    def forward(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        parts = self.embeddings
        y = parts.word_embeddings(x) + parts.position_embeddings(at.arange(x.shape[1]))
        y = parts.LayerNorm(y + parts.token_type_embeddings(at.zeros_like(x)))
        for layer in self.encoder.layer:
            y = layer(y, mask)
        return y, at.tanh(self.pooler.dense(y[:, 0]))


def test_bert_gives_the_same_outputs(torch: Any, transformers: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=50, max_position_embeddings=16, hidden_size=24, num_hidden_layers=2,
        num_attention_heads=3, intermediate_size=40, attn_implementation="eager",
    )  # fmt: skip
    theirs = transformers.BertModel(config).eval().double()
    torch.save(theirs.state_dict(), tmp_path / "pytorch_model.bin")
    model = Bert(50, 16, 24, 40, 3).double()
    model.load_state_dict(at.load(tmp_path / "pytorch_model.bin"))
    x = np.random.default_rng(0).integers(1, 50, (2, 9))
    mask = np.ones((2, 9), bool)
    mask[1, 6:] = False
    with at.no_grad(), torch.no_grad():
        found = model(at.tensor(x), at.tensor(mask))
        expected = theirs(torch.from_numpy(x), attention_mask=torch.from_numpy(mask).long())
    for one, other in zip(found, expected.to_tuple(), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-10, atol=1e-11)
