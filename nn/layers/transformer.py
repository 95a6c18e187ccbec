"""The Transformer: layers of attention and of two Linears, each added to its input.

Vaswani et al., "Attention Is All You Need", 2017.  In the shapes S is the length of the source, T
that of the target, N the batch and E ``d_model``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import autotensor as at
import nn.functional as F
from autotensor import Tensor
from nn import init
from nn.arguments import refuse
from nn.containers import ModuleList
from nn.layers.arguments import keep
from nn.layers.attention import MultiheadAttention
from nn.layers.dropout import Dropout
from nn.layers.linear import Linear
from nn.layers.normalization import LayerNorm
from nn.module import Module

if TYPE_CHECKING:
    from autotensor.types import Device, DType

Activation = str | Callable[[Tensor], Tensor]
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}


def _activation(layer: object, activation: Activation) -> Callable[[Tensor], Tensor]:
    if not isinstance(activation, str):
        return activation
    message = f"activation must be 'relu', 'gelu' or a function, got {activation!r}"
    refuse(type(layer).__name__, activation not in ACTIVATIONS, message, RuntimeError)
    return ACTIVATIONS[activation]


class _TransformerLayer(Module):
    """What both layers are made of: attention, two Linears, a norm and a dropout for each block."""

    norm1: LayerNorm
    norm2: LayerNorm
    dropout1: Dropout
    dropout2: Dropout

    # Blocks, each of which is added to its input; the second of three attends to the memory.
    _blocks: ClassVar[int]

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        made: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        attention = partial(
            MultiheadAttention, d_model, nhead, dropout, batch_first=batch_first, **made
        )
        self.self_attn = attention()
        if self._blocks == 3:
            self.multihead_attn = attention()
        self.linear1 = Linear(d_model, dim_feedforward, **made)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **made)
        self.norm_first = norm_first
        numbers = range(1, self._blocks + 1)
        for number in numbers:
            setattr(self, f"norm{number}", LayerNorm(d_model, layer_norm_eps, **made))
        for number in numbers:
            setattr(self, f"dropout{number}", Dropout(dropout))
        self.activation = _activation(self, activation)

    # The blocks have PyTorch's names, because subclasses override them.

    def _ff_block(self, x: Tensor) -> Tensor:
        last_dropout = getattr(self, f"dropout{self._blocks}")
        return last_dropout(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def _sa_block(
        self, x: Tensor, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False
    ) -> Tensor:
        out, _ = self.self_attn(x, x, x, key_padding_mask, False, attn_mask, True, is_causal)
        return self.dropout1(out)


class TransformerEncoderLayer(_TransformerLayer):
    """Self-attention, then two Linears: ``(S, N, E) → (S, N, E)``.

    With ``norm_first``::

        x = x + self_attn(norm1(x))
        x = x + linear2(activation(linear1(norm2(x))))

    else each norm is taken of a sum.  Dropout follows the activation and both blocks.

    Args:
        d_model: E.
        nhead: the number of heads.
        dim_feedforward: the features between the Linears.
        activation: ``'relu'``, ``'gelu'`` or a function.
        batch_first: whether input and output are ``(N, S, E)``.
        bias: whether Linears and norms have biases.
        dtype: that of the parameters; the default dtype if None.

    Raises:
        RuntimeError: in ``forward``, shapes, masks or dtypes that do not fit.

    Example:

        >>> layer = nn.TransformerEncoderLayer(16, nhead=4, dim_feedforward=32, batch_first=True)
        >>> layer(at.ones(3, 5, 16)).shape
        torch.Size([3, 5, 16])
    """

    _blocks = 2

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        """The masks are those of ``MultiheadAttention``.

        Example:

            >>> layer = nn.TransformerEncoderLayer(16, 4, dim_feedforward=32)
            >>> padding = at.tensor([[False] * 5, [False] * 3 + [True] * 2])  # 5 and 3 steps
            >>> layer(at.ones(5, 2, 16), src_key_padding_mask=padding).shape
            torch.Size([5, 2, 16])
        """
        x = src
        masks = (src_mask, src_key_padding_mask, is_causal)
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *masks)
            return x + self._ff_block(self.norm2(x))
        x = self.norm1(x + self._sa_block(x, *masks))
        return self.norm2(x + self._ff_block(x))


class TransformerDecoderLayer(_TransformerLayer):
    """Self-attention, attention to the encoder's output, then two Linears.

    ``(T, N, E), (S, N, E) → (T, N, E)``.  Arguments as of ``TransformerEncoderLayer``.

    Raises:
        RuntimeError: in ``forward``, shapes, masks or dtypes that do not fit.

    Example:

        >>> layer = nn.TransformerDecoderLayer(d_model=16, nhead=4, dim_feedforward=32)
        >>> target, memory = at.ones(7, 3, 16), at.ones(5, 3, 16)
        >>> layer(target, memory).shape
        torch.Size([7, 3, 16])
    """

    multihead_attn: MultiheadAttention
    norm3: LayerNorm
    dropout3: Dropout

    _blocks = 3

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The masks are those of ``MultiheadAttention``, for the target and for the memory.

        Example:

            >>> layer = nn.TransformerDecoderLayer(16, 4, dim_feedforward=32)
            >>> later = nn.Transformer.generate_square_subsequent_mask(7)
            >>> layer(at.ones(7, 2, 16), at.ones(5, 2, 16), tgt_mask=later).shape
            torch.Size([7, 2, 16])
        """
        x = tgt
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory_mask, memory_key_padding_mask, memory_is_causal)
        if self.norm_first:
            x = x + self._sa_block(self.norm1(x), *own)
            x = x + self._mha_block(self.norm2(x), memory, *other)
            return x + self._ff_block(self.norm3(x))
        x = self.norm1(x + self._sa_block(x, *own))
        x = self.norm2(x + self._mha_block(x, memory, *other))
        return self.norm3(x + self._ff_block(x))

    def _mha_block(
        self, x: Tensor, mem: Tensor, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False
    ) -> Tensor:
        out, _ = self.multihead_attn(
            x, mem, mem, key_padding_mask, False, attn_mask, True, is_causal
        )
        return self.dropout2(out)


class _Stack(Module):
    """Copies of a layer, one after the other, and a norm."""

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def _through(self, output: Tensor, *memory: Tensor, **masks: Any) -> Tensor:
        for layer in self.layers:
            output = layer(output, *memory, **masks)
        return output if self.norm is None else self.norm(output)


class TransformerEncoder(_Stack):
    """``num_layers`` copies of a layer, one after the other, and a norm: ``(S, N, E) → (S, N, E)``.

    All copies begin with the same parameters.  ``enable_nested_tensor`` and ``mask_check`` are
    accepted and change nothing: they are about a faster way that PyTorch has in evaluation, which
    gives zeros in place of outputs at padding, and NaN where a row may look at nothing.

    Example:

        >>> layer = nn.TransformerEncoderLayer(d_model=16, nhead=4, dim_feedforward=32)
        >>> encoder = nn.TransformerEncoder(layer, num_layers=2)
        >>> mask = nn.Transformer.generate_square_subsequent_mask(5)  # for a language model
        >>> encoder(at.ones(5, 3, 16), mask=mask).shape
        torch.Size([5, 3, 16])
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)
        keep(self, enable_nested_tensor=enable_nested_tensor, mask_check=mask_check)

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        """The masks go to every layer.

        Example:

            >>> layer = nn.TransformerEncoderLayer(16, 4, dim_feedforward=32)
            >>> padding = at.tensor([[False] * 5, [False] * 3 + [True] * 2])  # 5 and 3 steps
            >>> encoder = nn.TransformerEncoder(layer, num_layers=2)
            >>> encoder(at.ones(5, 2, 16), src_key_padding_mask=padding).shape
            torch.Size([5, 2, 16])
        """
        return self._through(
            src,
            src_mask=mask,
            src_key_padding_mask=src_key_padding_mask,
            is_causal=bool(is_causal),
        )


class TransformerDecoder(_Stack):
    """``num_layers`` copies of a layer, one after the other, and a norm.

    ``(T, N, E), (S, N, E) → (T, N, E)``.  All copies begin with the same parameters.

    Example:

        >>> layer = nn.TransformerDecoderLayer(d_model=16, nhead=4, dim_feedforward=32)
        >>> decoder = nn.TransformerDecoder(layer, num_layers=2)
        >>> decoder(at.ones(7, 3, 16), at.ones(5, 3, 16)).shape
        torch.Size([7, 3, 16])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The masks go to every layer.

        Example:

            >>> layer = nn.TransformerDecoderLayer(16, 4, dim_feedforward=32)
            >>> padding = at.tensor([[False] * 5, [False] * 3 + [True] * 2])
            >>> decoder = nn.TransformerDecoder(layer, num_layers=2)
            >>> target, memory = at.ones(7, 2, 16), at.ones(5, 2, 16)
            >>> decoder(target, memory, memory_key_padding_mask=padding).shape
            torch.Size([7, 2, 16])
        """
        return self._through(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=bool(tgt_is_causal),
            memory_is_causal=memory_is_causal,
        )


class Transformer(Module):
    """An encoder for the source and a decoder for the target.

    ``(S, N, E), (T, N, E) → (T, N, E)``.  All matrices are Xavier uniform at the start.

    Args:
        custom_encoder, custom_decoder: Modules that take the place of those made here.
        others: see ``TransformerEncoderLayer``.

    Raises:
        RuntimeError: in ``forward``, shapes, masks or dtypes that do not fit.

    Example:

        >>> model = nn.Transformer(16, 4, 1, 1, dim_feedforward=32)  # one layer each
        >>> source, target = at.ones(5, 3, 16), at.ones(7, 3, 16)
        >>> model(source, target).shape
        torch.Size([7, 3, 16])
    """

    d_model: int
    nhead: int
    batch_first: bool

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        made: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        layer: Any = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first,
            norm_first,
        )  # fmt: skip
        if custom_encoder is None:
            one: Module = TransformerEncoderLayer(*layer, **made)
            norm = LayerNorm(d_model, layer_norm_eps, **made)
            custom_encoder = TransformerEncoder(one, num_encoder_layers, norm)
        self.encoder = custom_encoder
        if custom_decoder is None:
            one = TransformerDecoderLayer(*layer, **made)
            norm = LayerNorm(d_model, layer_norm_eps, **made)
            custom_decoder = TransformerDecoder(one, num_decoder_layers, norm)
        self.decoder = custom_decoder
        keep(self, d_model=d_model, nhead=nhead, batch_first=batch_first)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        """The masks are those of ``MultiheadAttention``, for source, target and memory.

        Example:

            >>> model = nn.Transformer(16, 4, 1, 1, dim_feedforward=32)
            >>> later = nn.Transformer.generate_square_subsequent_mask(7)
            >>> source, target = at.ones(5, 3, 16), at.ones(7, 3, 16)
            >>> model(source, target, tgt_mask=later, tgt_is_causal=True).shape
            torch.Size([7, 3, 16])
        """
        batch_dim = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch_dim] != tgt.shape[batch_dim]:
            raise RuntimeError(
                "Transformer: src and tgt must have the same batch size, got shapes "
                f"{src.shape} and {tgt.shape}"
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise RuntimeError(
                f"Transformer: src and tgt must have d_model={self.d_model} features, got shapes "
                f"{src.shape} and {tgt.shape}"
            )
        memory = self.encoder(
            src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal
        )
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(
        sz: int, device: Device | None = None, dtype: DType | None = None
    ) -> Tensor:
        """``(sz, sz)``: -inf where a key comes after the query, else 0.

        Example:

            >>> nn.Transformer.generate_square_subsequent_mask(3)
            tensor([[0., -inf, -inf],
                    [0., 0., -inf],
                    [0., 0., 0.]])
        """
        return at.full((sz, sz), float("-inf"), dtype=dtype).triu(1)
