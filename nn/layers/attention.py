"""Attention as a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import autotensor as at
from autotensor import Parameter, Tensor
from nn import init
from nn.layers.arguments import make_parameters, need_divisible, whole
from nn.layers.base import Face
from nn.layers.linear import Linear

if TYPE_CHECKING:
    from autotensor.types import Device, DType

__all__ = ["MultiheadAttention"]


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear under the name that PyTorch shows for it here."""


class MultiheadAttention(Face):
    """Attention in ``num_heads`` parts of the features, between linear maps.

    In the shapes L is the number of queries, S that of keys and values, N the batch and E
    ``embed_dim``.

    Args:
        embed_dim: E, of which each head gets the part ``E / num_heads``.
        dropout: the probability with which a weight is left out in training.
        bias: whether the linear maps have biases.
        add_bias_kv: whether to add a learned key and value.
        add_zero_attn: whether to add a key and a value of zeros.
        kdim, vdim: the features of keys and values; E if None.
        batch_first: whether input and output are ``(N, L, E)`` instead of ``(L, N, E)``.
        dtype: that of the parameters; the default dtype if None.

    Attributes:
        in_proj_weight: ``(3 E, E)``, for queries, keys and values, Xavier uniform at the start; if
            kdim or vdim is not E, instead of it ``q_proj_weight (E, E)``,
            ``k_proj_weight (E, kdim)`` and ``v_proj_weight (E, vdim)``.
        in_proj_bias: ``(3 E)``, 0 at the start; None without bias.
        out_proj: a Linear, whose bias is 0 at the start.
        bias_k, bias_v: ``(1, 1, E)``, or None.

    Vaswani et al., "Attention Is All You Need", 2017.

    Raises:
        ValueError: ``embed_dim`` or ``num_heads`` not positive.
        RuntimeError: in ``forward``, shapes, masks or dtypes that do not fit.

    Example:

        >>> layer = nn.MultiheadAttention(embed_dim=16, num_heads=4, batch_first=True)
        >>> x = at.ones(3, 5, 16)  # 3 samples, 5 steps
        >>> output, weights = layer(x, x, x)
        >>> output.shape, weights.shape
        (torch.Size([3, 5, 16]), torch.Size([3, 5, 5]))
        >>> later = at.ones(5, 5).triu(1).bool()  # True where a query must not look
        >>> layer(x, x, x, attn_mask=later)[1][0, 1].detach()  # step 1 looks at steps 0 and 1
        tensor([0.5000, 0.5000, 0.0000, 0.0000, 0.0000])
    """

    dropout: float
    batch_first: bool
    add_zero_attn: bool
    q_proj_weight: Parameter
    k_proj_weight: Parameter
    v_proj_weight: Parameter
    in_proj_weight: Parameter
    in_proj_bias: Parameter
    bias_k: Parameter
    bias_v: Parameter

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            device=device, dropout=dropout, batch_first=batch_first, add_zero_attn=add_zero_attn
        )
        self.embed_dim = whole(self, "embed_dim", embed_dim)
        self.kdim = self.embed_dim if kdim is None else whole(self, "kdim", kdim)
        self.vdim = self.embed_dim if vdim is None else whole(self, "vdim", vdim)
        self.num_heads = whole(self, "num_heads", num_heads)
        self.head_dim = self.embed_dim // self.num_heads
        need_divisible(self, "embed_dim", self.embed_dim, "num_heads", self.num_heads)
        size = self.embed_dim
        together = self.kdim == size and self.vdim == size
        self._qkv_same_embed_dim = together
        make_parameters(
            self,
            dtype,
            q_proj_weight=None if together else (size, size),
            k_proj_weight=None if together else (size, self.kdim),
            v_proj_weight=None if together else (size, self.vdim),
            in_proj_weight=(3 * size, size) if together else None,
            in_proj_bias=(3 * size,) if bias else None,
        )
        self.out_proj = NonDynamicallyQuantizableLinear(size, size, bias, dtype=dtype)
        added = (1, 1, size) if add_bias_kv else None
        make_parameters(self, dtype, bias_k=added, bias_v=added)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            weight = getattr(self, name)
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """``(output, weights)``: the output in the shape of ``query``, the weights ``(N, L, S)``.

        Args:
            query, key, value: ``(L, N, E)``, ``(S, N, kdim)``, ``(S, N, vdim)``, without N for one
                sample; N first with ``batch_first``.
            key_padding_mask: ``(N, S)``, True at keys that are none.
            need_weights: whether to return the weights, else None.
            attn_mask: ``(L, S)`` or ``(N · num_heads, L, S)``, True where a query must not look at
                a key.  Masks of numbers are added to the scores.
            average_attn_weights: if False, the weights are ``(N, num_heads, L, S)``.
            is_causal: a hint that ``attn_mask``, which must be given, is the causal mask.

        Example:

            >>> layer = nn.MultiheadAttention(16, 4, batch_first=True)
            >>> query, key = at.ones(3, 5, 16), at.ones(3, 7, 16)
            >>> output, weights = layer(query, key, key, average_attn_weights=False)
            >>> output.shape, weights.shape
            (torch.Size([3, 5, 16]), torch.Size([3, 4, 5, 7]))
        """
        swap = self.batch_first and query.ndim == 3
        if swap:
            # What is one Tensor stays one: all three are then projected at once.
            swapped = {id(one): one.transpose(0, 1) for one in (query, key, value)}
            query, key, value = (swapped[id(one)] for one in (query, key, value))
        out, weights = at.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight,
            self.in_proj_bias, self.bias_k, self.bias_v, self.add_zero_attn, self.dropout,
            self.out_proj.weight, self.out_proj.bias, self.training, key_padding_mask,
            need_weights, attn_mask, self.in_proj_weight is None, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight,
            average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return (out.transpose(0, 1) if swap else out), weights
