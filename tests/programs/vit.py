"""Vision transformer with a class token, and an MLP-Mixer, trained by the same loop."""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR


def pair(t):
    return t if isinstance(t, tuple) else (t, t)


@dataclass
class ViTConfig:
    image_size: int = 8
    patch_size: int = 4
    num_classes: int = 3
    dim: int = 16
    depth: int = 2
    heads: int = 4
    mlp_dim: int = 24
    dropout: float = 0.1


class PatchEmbed(nn.Module):
    def __init__(self, img_size, patch_size, in_chans=3, embed_dim=16):
        super().__init__()
        self.num_patches = (img_size // patch_size) * (img_size // patch_size)
        self.proj = nn.Conv2d(in_chans, embed_dim, kernel_size=patch_size, stride=patch_size)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class PreNorm(nn.Module):
    def __init__(self, dim, fn):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fn = fn

    def forward(self, x, **kwargs):
        return self.fn(self.norm(x), **kwargs)


class FeedForward(nn.Sequential):
    def __init__(self, dim, hidden_dim, dropout=0.0):
        super().__init__(
            nn.Linear(dim, hidden_dim),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_dim, dim),
            nn.Dropout(dropout),
        )


class Attention(nn.Module):
    def __init__(self, dim, num_heads=8, qkv_bias=False, qk_scale=None, attn_drop=0.0):
        super().__init__()
        self.num_heads = num_heads
        head_dim = dim // num_heads
        self.scale = qk_scale or head_dim**-0.5
        self.qkv = nn.Linear(dim, dim * 3, bias=qkv_bias)
        self.attn_drop = nn.Dropout(attn_drop)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        B, N, C = x.shape
        qkv = self.qkv(x).reshape(B, N, 3, self.num_heads, C // self.num_heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        attn = (q @ k.transpose(-2, -1)) * self.scale
        attn = attn.softmax(dim=-1)
        attn = self.attn_drop(attn)
        x = (attn @ v).transpose(1, 2).reshape(B, N, C)
        return self.proj(x)


class ViT(nn.Module):
    def __init__(self, cfg: ViTConfig):
        super().__init__()
        self.patch_embed = PatchEmbed(cfg.image_size, cfg.patch_size, embed_dim=cfg.dim)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, cfg.dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, self.patch_embed.num_patches + 1, cfg.dim))
        self.blocks = nn.ModuleList([])
        for _ in range(cfg.depth):
            self.blocks.append(
                nn.ModuleList(
                    [
                        PreNorm(cfg.dim, Attention(cfg.dim, cfg.heads, qkv_bias=True)),
                        PreNorm(cfg.dim, FeedForward(cfg.dim, cfg.mlp_dim, cfg.dropout)),
                    ]
                )
            )
        self.norm = partial(nn.LayerNorm, eps=1e-6)(cfg.dim)
        self.head = nn.Linear(cfg.dim, cfg.num_classes) if cfg.num_classes > 0 else nn.Identity()
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        nn.init.trunc_normal_(self.cls_token, std=0.02)
        self.apply(self._init_weights)

    def _init_weights(self, m):
        if isinstance(m, nn.Linear):
            nn.init.trunc_normal_(m.weight, std=0.02)
            if isinstance(m, nn.Linear) and m.bias is not None:
                nn.init.constant_(m.bias, 0)
        elif isinstance(m, nn.LayerNorm):
            nn.init.constant_(m.bias, 0)
            nn.init.constant_(m.weight, 1.0)

    def no_weight_decay(self):
        return {"pos_embed", "cls_token"}

    def forward(self, x):
        B = x.shape[0]
        x = self.patch_embed(x)
        cls_tokens = self.cls_token.expand(B, -1, -1)
        x = torch.cat((cls_tokens, x), dim=1)
        x = x + self.pos_embed
        for attn, ff in self.blocks:
            x = attn(x) + x
            x = ff(x) + x
        return self.head(self.norm(x)[:, 0])


class MixerBlock(nn.Module):
    def __init__(self, dim, num_patches):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.token_mix = FeedForward(num_patches, 2 * num_patches)
        self.channel_mix = FeedForward(dim, 2 * dim)

    def forward(self, x):
        x = x + self.token_mix(self.norm1(x).mT).mT
        return x + self.channel_mix(self.norm2(x))


class Mixer(nn.Module):
    def __init__(self, cfg: ViTConfig):
        super().__init__()
        self.patch_embed = PatchEmbed(cfg.image_size, cfg.patch_size, embed_dim=cfg.dim)
        self.blocks = nn.Sequential(
            *[MixerBlock(cfg.dim, self.patch_embed.num_patches) for _ in range(cfg.depth)]
        )
        self.head = nn.Sequential(nn.LayerNorm(cfg.dim), nn.Linear(cfg.dim, cfg.num_classes))

    def forward(self, x):
        return self.head(self.blocks(self.patch_embed(x)).mean(dim=1))


def add_weight_decay(model, weight_decay=1e-5, skip_list=()):
    decay, no_decay = [], []
    for name, param in model.named_parameters():
        if not param.requires_grad:
            continue
        if len(param.shape) == 1 or name.endswith(".bias") or name in skip_list:
            no_decay.append(param)
        else:
            decay.append(param)
    return [
        {"params": no_decay, "weight_decay": 0.0},
        {"params": decay, "weight_decay": weight_decay},
    ]


def mixup_data(x, y, lam, index):
    mixed_x = lam * x + (1 - lam) * x[index, :]
    return mixed_x, y, y[index]


def main():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    cfg = ViTConfig()
    print(asdict(cfg))
    rng = np.random.default_rng(10)
    for build in (ViT, Mixer):
        model = build(cfg).to(device)
        skip = model.no_weight_decay() if hasattr(model, "no_weight_decay") else ()
        optimizer = torch.optim.AdamW(add_weight_decay(model, 0.05, skip), lr=3e-3)
        warmup = LinearLR(optimizer, start_factor=0.1, total_iters=5)
        cosine = CosineAnnealingLR(optimizer, T_max=15, eta_min=1e-5)
        scheduler = SequentialLR(optimizer, schedulers=[warmup, cosine], milestones=[5])
        for _ in range(20):
            targets = torch.tensor(rng.integers(0, cfg.num_classes, 6), device=device)
            noise = torch.tensor(rng.normal(size=(6, 3, 8, 8)), dtype=torch.float32, device=device)
            images = noise + targets.view(-1, 1, 1, 1)
            index = torch.randperm(images.size(0))
            lam = rng.beta(0.4, 0.4)
            images, a, b = mixup_data(images, targets, lam, index)
            pred = model(images)
            loss = lam * F.cross_entropy(pred, a) + (1 - lam) * F.cross_entropy(pred, b)
            optimizer.zero_grad()
            loss.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            scheduler.step()
        print(build.__name__, f"{loss.item():.8f} {norm.item():.6f}", scheduler.get_last_lr())


if __name__ == "__main__":
    main()
