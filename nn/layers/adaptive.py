"""A softmax over very many classes that computes little for those that are rare."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

import autotensor as at
from autotensor import Tensor
from nn.containers import ModuleList, Sequential
from nn.layers.arguments import keep_whole, refuse, whole
from nn.layers.base import Face
from nn.layers.linear import Linear

if TYPE_CHECKING:
    from autotensor.types import Device, DType

_OutputAndLoss = namedtuple("_OutputAndLoss", "output loss")
"""``output`` ``(N)``: the log-probability of each target.  ``loss``: minus their mean."""


class AdaptiveLogSoftmaxWithLoss(Face):
    """Log-probabilities of classes that are numbered from the most frequent to the rarest.

    The *head* decides between the first ``cutoffs[0]`` classes and the clusters of all others; the
    *tail* holds for each cluster a smaller network that decides within it.  So most targets need
    the head only.  ``(N, in_features)`` and class numbers ``(N)``, or ``(in_features)`` and ``()``,
    give ``(output, loss)``: the log-probability of each target, and minus their mean.

    Args:
        in_features: size of the vectors given.
        n_classes: how many classes there are.
        cutoffs: where clusters begin: rising class numbers from 1 to ``n_classes - 1``.
        div_value: each cluster's network is so many times narrower than the one before.
        head_bias: whether the head adds a bias.

    Grave, Joulin, Cissé, Grangier and Jégou, "Efficient softmax approximation for GPUs", 2017.

    Raises:
        ValueError: cutoffs that do not rise from 1 to ``n_classes - 1``.
        RuntimeError: in ``forward``, shapes or targets that do not fit.

    Example:

        >>> layer = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
        >>> output, loss = layer(at.ones(5, 16), at.tensor([0, 3, 9, 20, 99]))
        >>> output.shape, at.isclose(loss, output.mean().neg())
        (torch.Size([5]), tensor(True))
        >>> layer.log_prob(at.ones(5, 16)).exp().sum(dim=1).detach().round(decimals=3)
        tensor([1., 1., 1., 1., 1.])
    """

    div_value: float
    head_bias: bool
    in_features: int
    n_classes: int

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(device=device, div_value=div_value, head_bias=head_bias)
        keep_whole(self, in_features=in_features, n_classes=n_classes)
        bounds = [whole(self, "cutoffs", one) for one in cutoffs]
        wrong = not bounds or bounds != sorted(set(bounds)) or bounds[-1] >= n_classes
        wanted = f"cutoffs must be rising class numbers from 1 to {n_classes - 1}"
        refuse(self, wrong, f"{wanted}, got {list(cutoffs)}")
        self.cutoffs = [*bounds, self.n_classes]
        self.shortlist_size = bounds[0]
        self.n_clusters = len(bounds)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(self.in_features, self.head_size, head_bias, dtype=dtype)
        self.tail = ModuleList()
        for cluster in range(self.n_clusters):
            width = int(self.in_features // div_value ** (cluster + 1))
            size = self.cutoffs[cluster + 1] - self.cutoffs[cluster]
            narrowing = Linear(self.in_features, width, bias=False, dtype=dtype)
            deciding = Linear(width, size, bias=False, dtype=dtype)
            self.tail.append(Sequential(narrowing, deciding))

    def reset_parameters(self) -> None:
        """Draws the parameters anew.

        Example:

            >>> layer = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10])
            >>> before = layer.head.weight.clone()
            >>> layer.reset_parameters()
            >>> bool((layer.head.weight == before).all())
            False
        """
        for layer in self.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _OutputAndLoss:
        if target_.ndim > 1 or input_.ndim != target_.ndim + 1:
            raise RuntimeError(
                "AdaptiveLogSoftmaxWithLoss: expected input (N, in_features) with target (N), or "
                f"(in_features) with (), got {input_.shape} and {target_.shape}"
            )
        if input_.shape[:-1] != target_.shape:
            raise RuntimeError(
                "AdaptiveLogSoftmaxWithLoss: input and target must be of one batch size, got "
                f"shapes {input_.shape} and {target_.shape}"
            )
        input = input_.reshape(-1, self.in_features)
        target = np.array(target_.array).reshape(-1)
        if target.size and not (target.min() >= 0 and target.max() < self.n_classes):
            raise RuntimeError(
                f"AdaptiveLogSoftmaxWithLoss: targets must be from 0 to {self.n_classes - 1}, "
                f"got {target.min()} to {target.max()}"
            )
        # 0 for the head's own classes, else the number of the cluster, from 1.
        cluster = np.searchsorted(self.cutoffs, target, side="right")
        in_head = np.where(cluster == 0, target, self.shortlist_size + cluster - 1)
        found = self._picked(self.head(input), in_head)
        parts, order = [found[cluster == 0]], [np.flatnonzero(cluster == 0)]
        for number, network in enumerate(self.tail, 1):
            rows = np.flatnonzero(cluster == number)
            if rows.size:
                within = target[rows] - self.cutoffs[number - 1]
                parts.append(found[rows] + self._picked(network(input[rows]), within))
                order.append(rows)
        output = at.cat(parts)[np.argsort(np.concatenate(order))]
        return _OutputAndLoss(output.reshape(target_.shape), -output.mean())

    @staticmethod
    def _picked(scores: Tensor, classes: np.ndarray) -> Tensor:
        """The log-probability of one class in each row."""
        return at.log_softmax(scores, 1)[np.arange(len(classes)), classes]

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: ``(N, in_features) → (N, n_classes)``.

        Example:

            >>> layer = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
            >>> layer.log_prob(at.ones(5, 16)).shape
            torch.Size([5, 100])
        """
        head = at.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for number, network in enumerate(self.tail):
            column = self.shortlist_size + number
            parts.append(at.log_softmax(network(input), 1) + head[:, column : column + 1])
        return at.cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The likeliest class: ``(N, in_features) → (N)``.

        As in PyTorch, rows whose head prefers a class of its own are not compared with clusters.

        Example:

            >>> layer = nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
            >>> x = at.ones(5, 16)
            >>> bool((layer.predict(x) == layer.log_prob(x).argmax(dim=1)).all())
            True
        """
        found = at.argmax(self.head(input), 1)
        rest = np.flatnonzero(found.array >= self.shortlist_size)
        if rest.size:
            found[rest] = at.argmax(self.log_prob(input[rest]), 1)
        return found
