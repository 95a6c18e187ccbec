import contextlib
import os

import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel as DDP

"""As in nanoGPT's train.py: torchrun or not, gradients accumulated, the last one synchronised."""

backend = "gloo"
gradient_accumulation_steps = 4
max_iters = 10

ddp = int(os.environ.get("RANK", -1)) != -1  # is this a ddp run?
if ddp:
    dist.init_process_group(backend=backend)
    ddp_rank = int(os.environ["RANK"])
    ddp_local_rank = int(os.environ["LOCAL_RANK"])
    ddp_world_size = int(os.environ["WORLD_SIZE"])
    device = f"cuda:{ddp_local_rank}" if torch.cuda.is_available() else "cpu"
    master_process = ddp_rank == 0
    seed_offset = ddp_rank
    assert gradient_accumulation_steps % ddp_world_size == 0
    gradient_accumulation_steps //= ddp_world_size
else:
    master_process, seed_offset, ddp_rank, ddp_world_size, device = True, 0, 0, 1, "cpu"

torch.manual_seed(1337 + seed_offset)
data = torch.randint(0, 11, (2000,))


def get_batch(step):
    generator = (step * ddp_world_size + ddp_rank) * 37
    ix = [(generator + 101 * i) % (len(data) - 9) for i in range(6)]
    x = torch.stack([data[i : i + 8] for i in ix])
    y = torch.stack([data[i + 1 : i + 9] for i in ix])
    return x.to(device), y.to(device)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x):
        mask = torch.triu(torch.ones(x.size(1), x.size(1), dtype=torch.bool), diagonal=1)
        h = self.norm(x)
        x = x + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(x)


class GPT(nn.Module):
    def __init__(self, vocabulary=11, width=16):
        super().__init__()
        self.wte = nn.Embedding(vocabulary, width)
        self.wpe = nn.Embedding(8, width)
        self.blocks = nn.ModuleList([Block(width) for _ in range(2)])
        self.head = nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.wte.weight

    def forward(self, idx, targets):
        x = self.wte(idx) + self.wpe(torch.arange(idx.size(1)))
        for block in self.blocks:
            x = block(x)
        logits = self.head(x)
        loss = nn.functional.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))
        return logits, loss


model = GPT().to(device)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, betas=(0.9, 0.95))
if ddp:
    model = DDP(model, device_ids=None)
raw_model = model.module if ddp else model

step = 0
for iter_num in range(max_iters):
    for micro_step in range(gradient_accumulation_steps):
        if ddp:
            model.require_backward_grad_sync = micro_step == gradient_accumulation_steps - 1
        X, Y = get_batch(step)
        step += 1
        logits, loss = model(X, Y)
        loss = loss / gradient_accumulation_steps
        loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    lossf = loss.item() * gradient_accumulation_steps
    if master_process:
        print(f"iter {iter_num}: loss {lossf:.8f}, norm {norm.item():.8f}")

for micro_step in range(2):
    context = model.no_sync() if ddp and micro_step == 0 else contextlib.nullcontext()
    with context:
        model(*get_batch(step))[1].backward()
print(f"rank {ddp_rank} {raw_model.wte.weight.grad.abs().sum().item():.10f}")

if ddp:
    dist.destroy_process_group()
