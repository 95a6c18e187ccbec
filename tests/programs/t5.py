"""Encoder-decoder with relative position buckets, RMS norm and a gated feed-forward."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class T5LayerNorm(nn.Module):
    def __init__(self, hidden_size, eps=1e-6):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.variance_epsilon = eps

    def forward(self, hidden_states):
        variance = hidden_states.to(torch.float32).pow(2).mean(-1, keepdim=True)
        hidden_states = hidden_states * torch.rsqrt(variance + self.variance_epsilon)
        if self.weight.dtype in [torch.float16]:
            hidden_states = hidden_states.to(self.weight.dtype)
        return self.weight * hidden_states


class T5Attention(nn.Module):
    def __init__(self, d_model, n_heads, d_kv, causal=False, has_bias=False):
        super().__init__()
        inner = n_heads * d_kv
        self.n_heads, self.d_kv, self.causal, self.has_bias = n_heads, d_kv, causal, has_bias
        self.q = nn.Linear(d_model, inner, bias=False)
        self.k = nn.Linear(d_model, inner, bias=False)
        self.v = nn.Linear(d_model, inner, bias=False)
        self.o = nn.Linear(inner, d_model, bias=False)
        if has_bias:
            self.relative_attention_bias = nn.Embedding(8, n_heads)

    @staticmethod
    def _relative_position_bucket(relative_position, bidirectional, num_buckets=8, max_distance=16):
        relative_buckets = 0
        if bidirectional:
            num_buckets //= 2
            relative_buckets += (relative_position > 0).to(torch.long) * num_buckets
            relative_position = torch.abs(relative_position)
        else:
            relative_position = -torch.min(relative_position, torch.zeros_like(relative_position))
        max_exact = num_buckets // 2
        is_small = relative_position < max_exact
        relative_position_if_large = max_exact + (
            torch.log(relative_position.float() / max_exact)
            / math.log(max_distance / max_exact)
            * (num_buckets - max_exact)
        ).to(torch.long)
        relative_position_if_large = torch.min(
            relative_position_if_large,
            torch.full_like(relative_position_if_large, num_buckets - 1),
        )
        relative_buckets += torch.where(is_small, relative_position, relative_position_if_large)
        return relative_buckets

    def compute_bias(self, query_length, key_length):
        device = self.relative_attention_bias.weight.device
        context_position = torch.arange(query_length, dtype=torch.long, device=device)[:, None]
        memory_position = torch.arange(key_length, dtype=torch.long, device=device)[None, :]
        relative_position = memory_position - context_position
        bucket = self._relative_position_bucket(relative_position, not self.causal)
        values = self.relative_attention_bias(bucket)
        return values.permute([2, 0, 1]).unsqueeze(0)

    def forward(self, x, kv=None, mask=None, position_bias=None):
        kv = x if kv is None else kv
        b, t, s = x.shape[0], x.shape[1], kv.shape[1]

        def shape(states):
            return states.view(b, -1, self.n_heads, self.d_kv).transpose(1, 2)

        q, k, v = shape(self.q(x)), shape(self.k(kv)), shape(self.v(kv))
        scores = torch.einsum("bnqd,bnkd->bnqk", q, k)
        if position_bias is None:
            if self.has_bias:
                position_bias = self.compute_bias(t, s)
            else:
                position_bias = torch.zeros((1, self.n_heads, t, s), dtype=scores.dtype)
            if self.causal:
                causal = torch.triu(torch.ones(t, s, dtype=torch.bool), diagonal=1)
                position_bias = position_bias + causal.float() * torch.finfo(scores.dtype).min
            if mask is not None:
                position_bias = position_bias + (~mask)[:, None, None, :].float() * -1e9
        scores += position_bias
        weights = F.softmax(scores.float(), dim=-1).type_as(scores)
        out = (
            torch.matmul(weights, v).transpose(1, 2).contiguous().view(b, -1, q.size(1) * q.size(3))
        )
        return self.o(out), position_bias


class Block(nn.Module):
    def __init__(self, d_model, heads, decoder, first):
        super().__init__()
        self.decoder = decoder
        self.n1 = T5LayerNorm(d_model)
        self.attn = T5Attention(d_model, heads, 4, causal=decoder, has_bias=first)
        if decoder:
            self.n2 = T5LayerNorm(d_model)
            self.cross = T5Attention(d_model, heads, 4)
        self.n3 = T5LayerNorm(d_model)
        self.wi_0 = nn.Linear(d_model, 24, bias=False)
        self.wi_1 = nn.Linear(d_model, 24, bias=False)
        self.wo = nn.Linear(24, d_model, bias=False)

    def forward(self, x, memory=None, mask=None, position_bias=None):
        y, position_bias = self.attn(
            self.n1(x), mask=None if self.decoder else mask, position_bias=position_bias
        )
        x = x + y
        if self.decoder:
            x = x + self.cross(self.n2(x), kv=memory, mask=mask)[0]
        h = self.n3(x)
        x = x + self.wo(F.gelu(self.wi_0(h), approximate="tanh") * self.wi_1(h))
        return x, position_bias


class T5(nn.Module):
    def __init__(self, vocab, d_model=12, heads=3, layers=2):
        super().__init__()
        self.shared = nn.Embedding(vocab, d_model)
        self.encoder = nn.ModuleList(
            [Block(d_model, heads, False, first=not bool(i)) for i in range(layers)]
        )
        self.decoder = nn.ModuleList(
            [Block(d_model, heads, True, first=not bool(i)) for i in range(layers)]
        )
        self.norms = nn.ModuleDict({"enc": T5LayerNorm(d_model), "dec": T5LayerNorm(d_model)})
        self.d_model = d_model

    def _shift_right(self, input_ids):
        shifted = input_ids.new_zeros(input_ids.shape)
        shifted[..., 1:] = input_ids[..., :-1].clone()
        shifted[..., 0] = 0
        return shifted.masked_fill_(shifted == -100, 0)

    def forward(self, ids, labels):
        mask = ids.ne(0)
        x, bias = self.shared(ids), None
        for block in self.encoder:
            x, bias = block(x, mask=mask, position_bias=bias)
        memory = self.norms["enc"](x)
        y, bias = self.shared(self._shift_right(labels)), None
        for block in self.decoder:
            y, bias = block(y, memory=memory, mask=mask, position_bias=bias)
        y = self.norms["dec"](y) * (self.d_model**-0.5)
        logits = F.linear(y, self.shared.weight)
        loss_fct = nn.CrossEntropyLoss(ignore_index=-100)
        return loss_fct(logits.view(-1, logits.size(-1)), labels.view(-1)), logits


rng = np.random.default_rng(21)
model = T5(14)
optimizer = torch.optim.Adafactor(model.parameters(), lr=0.05)
for step in range(20):
    ids = torch.as_tensor(rng.integers(1, 14, size=(4, 9)))
    ids[torch.arange(4), -1] = 0
    ids[0, -3:] = 0
    labels = torch.flip(ids, dims=[1])
    labels = torch.where(labels == 0, torch.tensor(-100), labels)
    loss, logits = model(ids, labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if step % 5 == 0:
        print(f"{step} {loss.item():.6f}")
