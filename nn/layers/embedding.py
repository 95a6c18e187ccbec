"""Tables of vectors, one for each word, item or class: layers that look numbers up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import autotensor as at
from autotensor import Parameter, Tensor
from nn import init
from nn.layers.arguments import keep, keep_whole, listed, refuse, settings
from nn.layers.base import Face

if TYPE_CHECKING:
    from autotensor.types import Device, DType


def _size_of(layer: type, embeddings: Tensor) -> tuple[int, int]:
    """The shape of a table that is given."""
    if embeddings.ndim != 2:
        raise ValueError(
            f"{layer.__name__}: embeddings must be of shape (rows, D), got {embeddings.shape}"
        )
    rows, size = embeddings.shape
    return rows, size


class _Table(Face):
    """What both layers share: the table, its first values, and a row that stands for nothing."""

    max_norm: float | None
    norm_type: float
    sparse: bool
    num_embeddings: int
    embedding_dim: int

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(max_norm=max_norm, norm_type=norm_type, sparse=sparse, device=device)
        keep_whole(self, 0, num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        rows = self.num_embeddings
        if padding_idx is not None:
            outside = not -rows <= padding_idx < rows
            refuse(self, outside, f"padding_idx must be within the {rows} rows, got {padding_idx}")
            padding_idx %= rows
        self.padding_idx = padding_idx
        self.scale_grad_by_freq = scale_grad_by_freq
        shape = (rows, self.embedding_dim)
        if _weight is None:
            self.weight = Parameter(at.empty(shape, dtype=dtype), requires_grad=not _freeze)
            self.reset_parameters()
            return
        given = tuple(_weight.shape)
        refuse(self, given != shape, f"the given weight must have shape {shape}, got {given}")
        self.weight = Parameter(_weight, requires_grad=not _freeze)

    def reset_parameters(self) -> None:
        """Draws the table anew; the row ``padding_idx`` becomes 0."""
        init.normal_(self.weight)
        self._fill_padding_idx_with_zero()

    def _fill_padding_idx_with_zero(self) -> None:
        if self.padding_idx is not None:
            init.zeros_(self.weight.detach()[self.padding_idx])


class Embedding(_Table):
    """A vector for each number: ``(*)`` of row numbers gives ``(*, embedding_dim)``.

    Args:
        num_embeddings: how many rows the table has.
        embedding_dim: how long they are.
        padding_idx: a row that is 0 at the start and gets no gradient.
        max_norm: rows used that are longer are scaled down to this length; ``norm_type`` is the p
            of the length.
        scale_grad_by_freq: divides the gradient of a row by how often it is used in a batch.
        sparse: accepted, without effect: gradients are dense.
        dtype: that of the table; the default dtype if None.

    Attributes:
        weight: ``(num_embeddings, embedding_dim)``, standard normal at the start.

    Raises:
        ValueError: a ``padding_idx`` that is no row.
        IndexError: in ``forward``, a number that is no row.

    Example:

        >>> layer = nn.Embedding(10, 3, padding_idx=0)
        >>> layer(at.tensor([[1, 2, 4, 5], [4, 3, 2, 0]])).shape, layer(at.tensor(0)).tolist()
        (torch.Size([2, 4, 3]), [0.0, 0.0, 0.0])
        >>> layer(at.tensor([7, 7])).sum().backward()
        >>> layer.weight.grad[7]
        tensor([2., 2., 2.])
        >>> nn.Embedding.from_pretrained(at.tensor([[1.0, 2.0], [3.0, 4.0]]))(at.tensor([1, 0]))
        tensor([[3., 4.],
                [1., 2.]])
    """

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A layer on the memory of ``embeddings``, ``(rows, D)``; not trained if ``freeze``."""
        return cls(
            *_size_of(cls, embeddings), _weight=embeddings, _freeze=freeze, padding_idx=padding_idx,
            max_norm=max_norm, norm_type=norm_type, scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
        )  # fmt: skip

    def forward(self, input: Tensor) -> Tensor:
        return at.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type,
            self.scale_grad_by_freq, self.sparse,
        )  # fmt: skip

    def extra_repr(self) -> str:
        usual = {"norm_type": 2, "scale_grad_by_freq": False, "sparse": False}
        shown = settings(self, padding_idx=None, max_norm=None, **usual)
        return listed(f"{self.num_embeddings}, {self.embedding_dim}", shown)


class EmbeddingBag(_Table):
    """The mean, sum or largest of some vectors: a row for each bag of row numbers.

    ``(B, n)``, or ``(n)`` cut at ``offsets`` ``(B)``, gives ``(B, embedding_dim)``.

    Args:
        mode: ``'mean'``, ``'sum'`` or ``'max'``.
        include_last_offset: whether the last of the offsets is where the last bag ends.
        padding_idx: a row that is 0 at the start and counts for nothing.
        max_norm, norm_type, scale_grad_by_freq, sparse, dtype: as for ``Embedding``.

    Attributes:
        weight: ``(num_embeddings, embedding_dim)``, standard normal at the start.

    Raises:
        IndexError: in ``forward``, a number that is no row.
        ValueError: an unknown ``mode``; in ``forward``, offsets that do not fit.

    Example:

        >>> table = at.tensor([[1.0, 1.0], [2.0, 4.0], [10.0, 20.0]])
        >>> layer = nn.EmbeddingBag.from_pretrained(table, mode="sum")
        >>> layer(at.tensor([[0, 1], [2, 2]]))
        tensor([[ 3.,  5.],
                [20., 40.]])
        >>> layer(at.tensor([0, 1, 2]), offsets=at.tensor([0, 1]))  # {0} and {1, 2}
        tensor([[ 1.,  1.],
                [12., 24.]])
    """

    mode: str
    include_last_offset: bool

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq,
            sparse, _weight, False, device, dtype,
        )  # fmt: skip
        keep(self, mode=mode, include_last_offset=include_last_offset)

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A layer on the memory of ``embeddings``, ``(rows, D)``; not trained if ``freeze``."""
        layer = cls(
            *_size_of(cls, embeddings), _weight=embeddings, max_norm=max_norm, norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq, mode=mode, sparse=sparse,
            include_last_offset=include_last_offset, padding_idx=padding_idx,
        )  # fmt: skip
        layer.weight.requires_grad = not freeze
        return layer

    def forward(
        self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None
    ) -> Tensor:
        return at.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq,
            self.mode, self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return listed(
            f"{self.num_embeddings}, {self.embedding_dim}",
            settings(self, max_norm=None, norm_type=2, scale_grad_by_freq=False),
            f"mode={self.mode!r}",
            settings(self, padding_idx=None),
        )
