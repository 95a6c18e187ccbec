"""A small GPT: buffers, ModuleList, ModuleDict, tied weights, sampling."""

from __future__ import annotations

from dataclasses import dataclass

import autotensor as torch
import autotensor.nn as nn
from autotensor import Tensor
from autotensor.nn import functional as F


@dataclass
class Config:
    letters: int = 10
    width: int = 8
    heads: int = 2
    layers: int = 2
    block: int = 6


class Attention(nn.Module):
    mask: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        assert config.width % config.heads == 0
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.proj = nn.Linear(config.width, config.width)
        mask = torch.tril(torch.ones(config.block, config.block)).view(1, 1, config.block, -1)
        self.register_buffer("mask", mask)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.size()
        q, k, v = self.qkv(x).split(C, dim=2)
        q, k, v = (one.view(B, T, self.heads, C // self.heads).transpose(1, 2) for one in (q, k, v))
        att = (q @ k.transpose(-2, -1)) * k.size(-1) ** -0.5
        att = F.softmax(att.masked_fill(self.mask[:, :, :T, :T] == 0, float("-inf")), dim=-1)
        return self.proj((att @ v).transpose(1, 2).contiguous().view(B, T, C))


class Block(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.width)
        self.attention = Attention(config)
        self.mlp = nn.ModuleDict(
            {
                "ln": nn.LayerNorm(config.width),
                "up": nn.Linear(config.width, 4 * config.width),
                "down": nn.Linear(4 * config.width, config.width),
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.ln_1(x))
        h = F.gelu(self.mlp["up"](self.mlp["ln"](x)), approximate="tanh")
        x = x + self.mlp["down"](h)
        return x


class GPT(nn.Module):
    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.letters, config.width)
        self.places = nn.Parameter(torch.zeros(1, config.block, config.width))
        self.blocks = nn.ModuleList([Block(config) for _ in range(config.layers)])
        self.head = nn.Linear(config.width, config.letters, bias=False)
        self.head.weight = self.words.weight
        self.apply(self._draw)

    def _draw(self, module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(mean=0.0, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                module.bias.data.zero_()

    def forward(self, index: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        x = self.words(index) + self.places[:, : index.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = self.head(x)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))

    @torch.no_grad()
    def generate(self, index: Tensor, count: int, temperature: float = 1.0) -> Tensor:
        for _ in range(count):
            logits, _ = self(index[:, -self.config.block :])
            logits = logits[:, -1, :] / temperature
            v, _ = torch.topk(logits, 3)
            logits[logits < v[:, [-1]]] = -float("inf")
            following = torch.multinomial(F.softmax(logits, dim=-1), num_samples=1)
            index = torch.cat((index, following), dim=1)
        return index


def main() -> float:
    torch.manual_seed(0)
    model = GPT(Config())
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, betas=(0.9, 0.95))
    letters = torch.randint(0, 10, (4, 7))
    value = 0.0
    for _ in range(3):
        _, loss = model(letters[:, :-1], letters[:, 1:])
        assert loss is not None
        model.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        value = loss.item()
    print(model.generate(letters[:1, :2], 4).tolist())
    return value


if __name__ == "__main__":
    print(main())
