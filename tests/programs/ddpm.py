"""Denoising diffusion with a small U-Net, time embeddings and an EMA of the weights."""

import copy
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim import AdamW


def extract(a, t, x_shape):
    batch_size = t.shape[0]
    out = a.gather(-1, t.cpu())
    return out.reshape(batch_size, *((1,) * (len(x_shape) - 1))).to(t.device)


def cosine_beta_schedule(timesteps, s=0.008):
    steps = timesteps + 1
    x = torch.linspace(0, timesteps, steps)
    alphas_cumprod = torch.cos(((x / timesteps) + s) / (1 + s) * torch.pi * 0.5) ** 2
    alphas_cumprod = alphas_cumprod / alphas_cumprod[0]
    betas = 1 - (alphas_cumprod[1:] / alphas_cumprod[:-1])
    return torch.clip(betas, 0.0001, 0.9999)


class SinusoidalPositionEmbeddings(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, time):
        device = time.device
        half_dim = self.dim // 2
        embeddings = math.log(10000) / (half_dim - 1)
        embeddings = torch.exp(torch.arange(half_dim, device=device) * -embeddings)
        embeddings = time[:, None] * embeddings[None, :]
        return torch.cat((embeddings.sin(), embeddings.cos()), dim=-1)


class Block(nn.Module):
    def __init__(self, dim, dim_out, groups=2):
        super().__init__()
        self.proj = nn.Conv2d(dim, dim_out, 3, padding=1)
        self.norm = nn.GroupNorm(groups, dim_out)
        self.act = nn.SiLU()

    def forward(self, x, scale_shift=None):
        x = self.norm(self.proj(x))
        if scale_shift is not None:
            scale, shift = scale_shift
            x = x * (scale + 1) + shift
        return self.act(x)


class ResnetBlock(nn.Module):
    def __init__(self, dim, dim_out, *, time_emb_dim=None, groups=2):
        super().__init__()
        self.mlp = (
            nn.Sequential(nn.SiLU(), nn.Linear(time_emb_dim, dim_out * 2))
            if time_emb_dim is not None
            else None
        )
        self.block1 = Block(dim, dim_out, groups=groups)
        self.block2 = Block(dim_out, dim_out, groups=groups)
        self.res_conv = nn.Conv2d(dim, dim_out, 1) if dim != dim_out else nn.Identity()

    def forward(self, x, time_emb=None):
        scale_shift = None
        if self.mlp is not None and time_emb is not None:
            time_emb = self.mlp(time_emb)
            time_emb = time_emb[..., None, None]
            scale_shift = time_emb.chunk(2, dim=1)
        h = self.block1(x, scale_shift=scale_shift)
        h = self.block2(h)
        return h + self.res_conv(x)


class LinearAttention(nn.Module):
    def __init__(self, dim, heads=2, dim_head=4):
        super().__init__()
        self.scale = dim_head**-0.5
        self.heads = heads
        self.to_qkv = nn.Conv2d(dim, heads * dim_head * 3, 1, bias=False)
        self.to_out = nn.Sequential(nn.Conv2d(heads * dim_head, dim, 1), nn.GroupNorm(1, dim))

    def forward(self, x):
        b, c, h, w = x.shape
        qkv = self.to_qkv(x).chunk(3, dim=1)
        q, k, v = map(lambda t: t.reshape(b, self.heads, -1, h * w), qkv)
        q = q.softmax(dim=-2)
        k = k.softmax(dim=-1)
        q = q * self.scale
        context = torch.einsum("b h d n, b h e n -> b h d e", k, v)
        out = torch.einsum("b h d e, b h d n -> b h e n", context, q)
        return self.to_out(out.reshape(b, -1, h, w))


class Unet(nn.Module):
    def __init__(self, dim=8, channels=1):
        super().__init__()
        self.init_conv = nn.Conv2d(channels, dim, 1, padding=0)
        self.time_mlp = nn.Sequential(
            SinusoidalPositionEmbeddings(dim), nn.Linear(dim, 16), nn.GELU(), nn.Linear(16, 16)
        )
        self.down = nn.ModuleList(
            [
                nn.ModuleList(
                    [
                        ResnetBlock(dim, dim, time_emb_dim=16),
                        LinearAttention(dim),
                        nn.Conv2d(dim, 2 * dim, 4, 2, 1),
                    ]
                )
            ]
        )
        self.mid = ResnetBlock(2 * dim, 2 * dim, time_emb_dim=16)
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(2 * dim, dim, 3, padding=1)
        )
        self.final = ResnetBlock(2 * dim, dim, time_emb_dim=16)
        self.final_conv = nn.Conv2d(dim, channels, 1)

    def forward(self, x, time):
        x = self.init_conv(x)
        t = self.time_mlp(time)
        h = []
        for block, attn, downsample in self.down:
            x = block(x, t)
            x = attn(x) + x
            h.append(x)
            x = downsample(x)
        x = self.mid(x, t)
        x = self.up(x)
        x = torch.cat((x, h.pop()), dim=1)
        x = self.final(x, t)
        return self.final_conv(x)


class EMA:
    def __init__(self, beta):
        self.beta = beta

    def update_model_average(self, ma_model, current_model):
        for current_params, ma_params in zip(current_model.parameters(), ma_model.parameters()):
            old_weight, up_weight = ma_params.data, current_params.data
            ma_params.data = old_weight * self.beta + (1 - self.beta) * up_weight


timesteps = 12
betas = cosine_beta_schedule(timesteps=timesteps)
alphas = 1.0 - betas
alphas_cumprod = torch.cumprod(alphas, axis=0)
alphas_cumprod_prev = F.pad(alphas_cumprod[:-1], (1, 0), value=1.0)
sqrt_recip_alphas = torch.sqrt(1.0 / alphas)
sqrt_alphas_cumprod = torch.sqrt(alphas_cumprod)
sqrt_one_minus_alphas_cumprod = torch.sqrt(1.0 - alphas_cumprod)
posterior_variance = betas * (1.0 - alphas_cumprod_prev) / (1.0 - alphas_cumprod)


def q_sample(x_start, t, noise=None):
    if noise is None:
        noise = torch.randn_like(x_start)
    return (
        extract(sqrt_alphas_cumprod, t, x_start.shape) * x_start
        + extract(sqrt_one_minus_alphas_cumprod, t, x_start.shape) * noise
    )


def p_losses(denoise_model, x_start, t, loss_type="huber"):
    noise = torch.randn_like(x_start)
    predicted_noise = denoise_model(q_sample(x_start=x_start, t=t, noise=noise), t)
    if loss_type == "l1":
        return F.l1_loss(noise, predicted_noise)
    elif loss_type == "huber":
        return F.smooth_l1_loss(noise, predicted_noise)
    raise NotImplementedError()


@torch.no_grad()
def p_sample(model, x, t, t_index):
    betas_t = extract(betas, t, x.shape)
    model_mean = extract(sqrt_recip_alphas, t, x.shape) * (
        x - betas_t * model(x, t) / extract(sqrt_one_minus_alphas_cumprod, t, x.shape)
    )
    if t_index == 0:
        return model_mean
    return model_mean + torch.sqrt(extract(posterior_variance, t, x.shape)) * torch.randn_like(x)


@torch.no_grad()
def sample(model, shape):
    device = next(model.parameters()).device
    img = torch.randn(shape, device=device)
    for i in reversed(range(0, timesteps)):
        img = p_sample(model, img, torch.full((shape[0],), i, device=device, dtype=torch.long), i)
    return img.cpu()


device = "cuda" if torch.cuda.is_available() else "cpu"
model = Unet()
model.to(device)
ema = EMA(0.9)
ema_model = copy.deepcopy(model).eval().requires_grad_(False)
optimizer = AdamW(model.parameters(), lr=1e-3)
rng = np.random.default_rng(0)
for step in range(20):
    optimizer.zero_grad()
    batch = torch.from_numpy(np.tanh(rng.normal(size=(3, 1, 8, 8)).cumsum(2).cumsum(3) / 3))
    batch = batch.to(device).float()
    t = torch.randint(0, timesteps, (batch.shape[0],), device=device).long()
    loss = p_losses(model, batch, t, loss_type="huber")
    loss.backward()
    optimizer.step()
    ema.update_model_average(ema_model, model)
    if step % 5 == 0:
        print("Loss:", loss.item())
images = sample(ema_model, (2, 1, 8, 8))
print("sampled", images.abs().mean().item(), images.std().item())
