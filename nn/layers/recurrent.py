"""Recurrent layers: they go along a sequence and carry a state from step to step."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import autotensor as at
from autotensor import Parameter, Tensor
from autotensor.extend import type_name, unlike_dtypes
from nn import init
from nn.arguments import need_one_of
from nn.layers.arguments import keep_whole, listed, make_parameters, refuse, settings
from nn.layers.base import Face, with_first
from nn.module import Module
from nn.packed import PackedSequence

if TYPE_CHECKING:
    from autotensor.types import Device, DType

# A batch of sequences goes in, and one of the same kind comes out.  Checkers do not carry this from
# ``forward`` to ``__call__`` themselves.
Sequences = TypeVar("Sequences", Tensor, PackedSequence)

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}
FUNCTIONS: dict[str, Any] = {
    "RNN_TANH": at.rnn_tanh, "RNN_RELU": at.rnn_relu, "LSTM": at.lstm, "GRU": at.gru,
}  # fmt: skip


def _need_bool(layer: object, argument: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{type(layer).__name__}: {argument} must be a bool, got {value!r}")
    return value


def _draw(layer: Module, size: int) -> None:
    """Every parameter anew, uniform within ±1/√size."""
    bound = 1 / math.sqrt(size) if size else 0.0
    for parameter in layer.parameters():
        init.uniform_(parameter, -bound, bound)


def _reordered(part: Tensor, indices: Tensor | None) -> Tensor:
    """The sequences of a state ``(layers, N, H)`` in another order."""
    return part if indices is None else part.index_select(1, indices)


class RNNBase(Face):
    """What ``RNN``, ``LSTM`` and ``GRU`` share.

    ``mode`` is ``'RNN_TANH'``, ``'RNN_RELU'``, ``'LSTM'`` or ``'GRU'``.  In the shapes L is the
    length of the sequence, N the batch, D the number of directions, 1 or 2, and H the hidden size.

    Args:
        num_layers: how many, each of which has the outputs of the one below as its input.
        bias: whether there are biases.
        batch_first: whether input and output are ``(N, L, features)`` instead of
            ``(L, N, features)``; the state is ``(D · num_layers, N, H)`` in any case.
        dropout: the probability with which an output of a layer but the last is left out in
            training.
        bidirectional: whether further layers go from the end to the beginning; the outputs of both
            directions stand side by side.
        proj_size: of an LSTM: if not 0, each output is multiplied by a ``(proj_size, H)`` matrix.
        dtype: that of the parameters; the default dtype if None.

    Attributes:
        weight_ih_l0: ``(gates · H, input_size)``, in a layer above the first
            ``(gates · H, D · H)``; gates is 1, for an LSTM 4 and for a GRU 3.
        weight_hh_l0: ``(gates · H, H)``.
        bias_ih_l0, bias_hh_l0: ``(gates · H)``.
        weight_hr_l0: ``(proj_size, H)``, if there is a projection.
        weight_ih_l0_reverse, …: those of the other direction.  All parameters are uniform within
            ±1/√H at the start.

    Raises:
        TypeError: an argument of another type.
        ValueError: sizes or settings out of range.
        RuntimeError: in ``forward``, an input or a state of another shape or dtype.

    Example:

        >>> layer = nn.RNNBase("GRU", 10, 20, num_layers=2)
        >>> layer.weight_ih_l0.shape, layer.weight_ih_l1.shape  # three gates of 20 each
        (torch.Size([60, 10]), torch.Size([60, 20]))
        >>> isinstance(nn.LSTM(10, 20), nn.RNNBase)
        True
    """

    input_size: int
    hidden_size: int
    num_layers: int
    proj_size: int
    weight_ih_l0: Parameter
    weight_hh_l0: Parameter
    bias_ih_l0: Parameter
    bias_hh_l0: Parameter
    weight_ih_l0_reverse: Parameter
    weight_hh_l0_reverse: Parameter
    bias_ih_l0_reverse: Parameter
    bias_hh_l0_reverse: Parameter
    weight_hr_l0: Parameter

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(device=device)
        message = f"mode must be one of {', '.join(GATES)}, got {mode!r}"
        refuse(self, mode not in GATES, message)
        a_number = isinstance(dropout, Real) and not isinstance(dropout, bool)
        message = f"dropout must be a probability between 0 and 1, got {dropout!r}"
        refuse(self, not (a_number and 0 <= dropout <= 1), message)
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"{type(self).__name__}: dropout={dropout} has no effect with num_layers=1: it is "
                "applied to the outputs of all layers but the last",
                UserWarning,
                stacklevel=5,
            )
        self.mode = mode
        keep_whole(self, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        self.bias = _need_bool(self, "bias", bias)
        self.batch_first = _need_bool(self, "batch_first", batch_first)
        self.dropout = float(dropout)
        self.bidirectional = bool(bidirectional)
        keep_whole(self, 0, proj_size=proj_size)
        message = f"proj_size is for LSTM only, got {proj_size}"
        refuse(self, self.proj_size > 0 and mode != "LSTM", message)
        message = f"proj_size must be smaller than hidden_size, got {proj_size} and {hidden_size}"
        refuse(self, self.proj_size >= self.hidden_size, message)
        self._make_weights(dtype)
        self.reset_parameters()

    def _make_weights(self, dtype: Any) -> None:
        """The parameters of all layers and directions, and their names."""
        directions = ("", "_reverse") if self.bidirectional else ("",)
        rows, out = GATES[self.mode] * self.hidden_size, self.proj_size or self.hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(self.num_layers):
            features = self.input_size if layer == 0 else out * len(directions)
            shapes: dict[str, tuple[int, ...]]
            shapes = {"weight_ih": (rows, features), "weight_hh": (rows, out)}
            if self.bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            if self.proj_size:
                shapes["weight_hr"] = (self.proj_size, self.hidden_size)
            for direction in directions:
                named = {f"{one}_l{layer}{direction}": shape for one, shape in shapes.items()}
                make_parameters(self, dtype, **named)
                self._all_weights.append(list(named))

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        _draw(self, self.hidden_size)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction.

        Example:

            >>> [tuple(one.shape) for one in nn.GRU(10, 20).all_weights[0]]
            [(60, 10), (60, 20), (60,), (60,)]
        """
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        """All parameters in their order; assigned to, they take these places."""
        return [getattr(self, name) for name in self._flat_weights_names]

    @_flat_weights.setter
    def _flat_weights(self, weights: Sequence[Any]) -> None:
        for name, weight in zip(self._flat_weights_names, weights, strict=True):
            if name in self._parameters:
                self._parameters[name] = weight
            else:
                setattr(self, name, weight)

    def flatten_parameters(self) -> None:
        """Nothing: in PyTorch it arranges the parameters for a GPU.

        Example:

            >>> layer = nn.GRU(10, 20)
            >>> layer.flatten_parameters()
            >>> layer.weight_ih_l0.shape
            torch.Size([60, 10])
        """

    def _given_state(self, hx: Any, dims: int) -> list[Tensor] | None:
        """The parts of the state given, each of ``dims`` dimensions."""
        if hx is None:
            return None
        name, pair = type(self).__name__, self.mode == "LSTM"
        if isinstance(hx, Tensor) == pair or (pair and len(hx) != 2):
            wanted = "a pair of Tensors (h_0, c_0)" if pair else "a Tensor"
            raise TypeError(f"{name}: hx must be {wanted}, got {type_name(hx)}")
        parts = list(hx) if pair else [hx]
        for part in parts:
            if part.ndim != dims:
                raise RuntimeError(
                    f"{name}: hx must have {dims} dimensions for this input, got shape {part.shape}"
                )
        return parts

    def _first_state(self, batch: int, dtype: Any) -> list[Tensor]:
        """Zeros."""
        return [at.zeros(shape, dtype=dtype) for shape in self._state_shapes(batch)]

    def _state_shapes(self, batch: int) -> list[tuple[int, int, int]]:
        layers = len(self._all_weights)
        sizes = [self.proj_size or self.hidden_size]
        if self.mode == "LSTM":
            sizes.append(self.hidden_size)
        return [(layers, batch, size) for size in sizes]

    def _batch(self, input: Tensor, batch_sizes: Tensor | None) -> int:
        """How many sequences there are."""
        if batch_sizes is not None:
            return int(batch_sizes[0])
        return input.shape[0 if self.batch_first else 1]

    # What subclasses of PyTorch's layers call in a ``forward`` of their own.

    def get_expected_hidden_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """The shape of the first state of a batch ``input``, of an LSTM that of ``h_0``.

        Example:

            >>> nn.GRU(10, 20, num_layers=2).get_expected_hidden_size(at.ones(5, 3, 10), None)
            (2, 3, 20)
        """
        return self._state_shapes(self._batch(input, batch_sizes))[0]

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """A state with its sequences in another order; itself for None.

        Example:

            >>> h = at.tensor([[[1.0], [2.0]]])
            >>> nn.GRU(1, 1).permute_hidden(h, at.tensor([1, 0]))
            tensor([[[2.],
                     [1.]]])
        """
        if isinstance(hx, Tensor):
            return _reordered(hx, permutation)
        return tuple(_reordered(part, permutation) for part in hx)

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Refuses a batch ``input``, or the rows of packed sequences, that does not fit.

        Raises:
            ValueError: the dtype is not that of the weights.
            RuntimeError: another number of dimensions or features.

        Example:

            >>> nn.GRU(10, 20).check_input(at.ones(5, 3, 9), None)
            Traceback (most recent call last):
            RuntimeError: GRU: input must have 3 dimensions and 10 features, got shape (5, 3, 9)
        """
        name, dtype = type(self).__name__, self._flat_weights[0].dtype
        if input.dtype != dtype:
            raise ValueError(
                f"{name}: input must be of the weights' dtype {dtype}, not {input.dtype}"
            )
        dims = 3 if batch_sizes is None else 2
        if input.ndim != dims or input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"{name}: input must have {dims} dimensions and {self.input_size} features, got "
                f"shape {input.shape}"
            )

    def check_hidden_size(
        self,
        hx: Tensor,
        expected_hidden_size: tuple[int, int, int],
        msg: str = "Expected hidden size {}, got {}",
    ) -> None:
        """Raises RuntimeError, with ``msg``, unless ``hx`` has the shape expected.

        Example:

            >>> nn.GRU(10, 20).check_hidden_size(at.ones(1, 3, 20), (1, 3, 20))
        """
        if hx.shape != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """``check_input``, and ``check_hidden_size`` of each part of the state ``hidden``.

        Example:

            >>> state = at.ones(1, 3, 20), at.ones(1, 3, 20)
            >>> nn.LSTM(10, 20).check_forward_args(at.ones(5, 3, 10), state, None)
        """
        self.check_input(input, batch_sizes)
        parts = [hidden] if isinstance(hidden, Tensor) else hidden
        shapes = self._state_shapes(self._batch(input, batch_sizes))
        for part, shape in zip(parts, shapes, strict=True):
            self.check_hidden_size(part, shape)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """``(output, last state)``.

        Args:
            input: ``(L, N, input_size)``, ``(N, L, input_size)`` with ``batch_first``,
                ``(L, input_size)`` for one sequence, or a PackedSequence; the output is alike, of
                D · H features.
            hx: the first state ``(D · num_layers, N, H)``, without N for one sequence; zeros if
                None.  For an LSTM a pair ``(h_0, c_0)``, of which with a projection ``h_0`` has
                ``proj_size`` features.

        Example:

            >>> layer = nn.GRU(10, 20)
            >>> first, h = layer(at.ones(4, 3, 10))
            >>> second, h = layer(at.ones(6, 3, 10), h)  # goes on from there
            >>> second.shape, h.shape
            (torch.Size([6, 3, 20]), torch.Size([1, 3, 20]))
        """
        if isinstance(input, PackedSequence):
            rows, batch_sizes, order, order_back = input
            state = self._given_state(hx, 3)
            state = state and [_reordered(part, order) for part in state]
            out, ends = self._run(rows, batch_sizes, state)
            ends = [_reordered(part, order_back) for part in ends]
            out = PackedSequence(out, batch_sizes, order, order_back)
        elif input.ndim == 3:
            out, ends = self._run(input, None, self._given_state(hx, 3))
        elif input.ndim == 2:
            state = self._given_state(hx, 2)
            state = state and [part.unsqueeze(1) for part in state]
            batch_dim = 0 if self.batch_first else 1
            out, ends = self._run(input.unsqueeze(batch_dim), None, state)
            out, ends = out.squeeze(batch_dim), [part.squeeze(1) for part in ends]
        else:
            raise ValueError(
                f"{type(self).__name__}: input must have 2 or 3 dimensions, got shape {input.shape}"
            )
        return out, tuple(ends) if self.mode == "LSTM" else ends[0]

    def _run(
        self, input: Tensor, batch_sizes: Tensor | None, state: list[Tensor] | None
    ) -> tuple[Any, list[Tensor]]:
        weights = self._flat_weights
        if input.dtype != weights[0].dtype:
            raise unlike_dtypes(type(self).__name__, input=input.dtype, weights=weights[0].dtype)
        if state is None:
            state = self._first_state(self._batch(input, batch_sizes), input.dtype)
        out, *ends = FUNCTIONS[self.mode](
            input, state if self.mode == "LSTM" else state[0], weights, self.bias, self.num_layers,
            self.dropout, self.training, self.bidirectional,
            self.batch_first and batch_sizes is None, batch_sizes,
        )  # fmt: skip
        return out, ends

    def extra_repr(self) -> str:
        usual = {
            "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0,
            "bidirectional": False,
        }  # fmt: skip
        return listed(f"{self.input_size}, {self.hidden_size}", settings(self, **usual))


class RNN(RNNBase):
    """``h = tanh(W_ih x + b_ih + W_hh h + b_hh)`` at each step; see ``RNNBase``.

    ``nonlinearity`` is ``'tanh'`` or ``'relu'``.  Elman, "Finding Structure in Time", 1990.

    Example:

        >>> layer = nn.RNN(10, 20, batch_first=True, nonlinearity="relu")
        >>> output, h = layer(at.ones(3, 5, 10))  # 3 samples, 5 steps
        >>> output.shape, h.shape, bool((output[:, -1] == h[0]).all())
        (torch.Size([3, 5, 20]), torch.Size([1, 3, 20]), True)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        need_one_of(type(self).__name__, "nonlinearity", nonlinearity, ("tanh", "relu"))
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first,
            dropout, bidirectional, device=device, dtype=dtype,
        )  # fmt: skip
        self.nonlinearity = nonlinearity

    if TYPE_CHECKING:

        def forward(
            self, input: Sequences, hx: Tensor | None = None
        ) -> tuple[Sequences, Tensor]: ...

        def __call__(  # type: ignore[override]
            self, input: Sequences, hx: Tensor | None = None
        ) -> tuple[Sequences, Tensor]: ...


class LSTM(RNNBase):
    """``c = f · c + i · g``, ``h = o · tanh(c)`` at each step; see ``RNNBase``.

    ``i``, ``f`` and ``o`` are sigmoids and ``g`` a tanh of ``W_ih x + b_ih + W_hh h + b_hh``, whose
    four parts are in the order ``i, f, g, o``.  It gives ``output, (h_n, c_n)``.

    Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997.

    Example:

        >>> layer = nn.LSTM(10, 20, num_layers=2, bidirectional=True)
        >>> output, (h, c) = layer(at.ones(5, 3, 10))  # 5 steps, 3 samples
        >>> output.shape, h.shape, c.shape  # 2 · 20 features; 2 · 2 states
        (torch.Size([5, 3, 40]), torch.Size([4, 3, 20]), torch.Size([4, 3, 20]))
        >>> layer(at.ones(5, 10))[0].shape  # one sample
        torch.Size([5, 40])
    """

    @with_first(RNNBase.__init__, "LSTM")
    def __init__(self) -> None:
        """As ``RNNBase``."""

    if TYPE_CHECKING:

        def forward(
            self, input: Sequences, hx: tuple[Tensor, Tensor] | None = None
        ) -> tuple[Sequences, tuple[Tensor, Tensor]]: ...

        def __call__(  # type: ignore[override]
            self, input: Sequences, hx: tuple[Tensor, Tensor] | None = None
        ) -> tuple[Sequences, tuple[Tensor, Tensor]]: ...


class GRU(RNNBase):
    """``h = (1 - z) · n + z · h`` at each step; see ``RNNBase``.

    ``r`` and ``z`` are sigmoids of ``W_ih x + b_ih + W_hh h + b_hh``, whose three parts are in the
    order ``r, z, n``, and ``n = tanh(W_in x + b_in + r · (W_hn h + b_hn))``.

    Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder", 2014.

    Example:

        >>> layer = nn.GRU(10, 20)
        >>> output, h = layer(at.ones(5, 3, 10), at.zeros(1, 3, 20))
        >>> output.shape, h.shape
        (torch.Size([5, 3, 20]), torch.Size([1, 3, 20]))
        >>> output[-1].sum().backward()  # through all five steps
        >>> layer.weight_hh_l0.grad.shape
        torch.Size([60, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            device=device, dtype=dtype,
        )  # fmt: skip

    if TYPE_CHECKING:

        def forward(
            self, input: Sequences, hx: Tensor | None = None
        ) -> tuple[Sequences, Tensor]: ...

        def __call__(  # type: ignore[override]
            self, input: Sequences, hx: Tensor | None = None
        ) -> tuple[Sequences, Tensor]: ...


# -- one step --------------------------------------------------------------------------------------


class RNNCellBase(Face):
    """What the cells share: a single step, ``(N, input_size), (N, H) → (N, H)``, or without N.

    Attributes:
        weight_ih: ``(num_chunks · H, input_size)``.
        weight_hh: ``(num_chunks · H, H)``.
        bias_ih, bias_hh: ``(num_chunks · H)``, None without bias.  All are uniform within ±1/√H at
            the start.

    Example:

        >>> isinstance(nn.GRUCell(10, 20), nn.RNNCellBase), nn.GRUCell(10, 20).weight_ih.shape
        (True, torch.Size([60, 10]))
    """

    bias: bool
    input_size: int
    hidden_size: int
    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter
    bias_hh: Parameter

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(device=device, bias=bias)
        keep_whole(self, 0, input_size=input_size, hidden_size=hidden_size)
        rows = num_chunks * self.hidden_size
        weights = {"weight_ih": (rows, self.input_size), "weight_hh": (rows, self.hidden_size)}
        biases = dict.fromkeys(("bias_ih", "bias_hh"), (rows,) if bias else None)
        make_parameters(self, dtype, **weights, **biases)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        _draw(self, self.hidden_size)

    def _step(self, function: Any, input: Tensor, state: list[Tensor] | None) -> list[Tensor]:
        """The new state that ``function`` gives, of a sample or of a batch."""
        named = {"input": input}
        named |= {"hidden" if at == 0 else "cell": one for at, one in enumerate(state or ())}
        for argument, one in named.items():
            if one.ndim not in (1, 2):
                raise ValueError(
                    f"{type(self).__name__}: {argument} must have 1 or 2 dimensions, got shape "
                    f"{one.shape}"
                )
        batched = input.ndim == 2
        if not batched:
            input = input.unsqueeze(0)
            state = state and [part.unsqueeze(0) for part in state]
        if state is None:
            zeros = at.zeros(input.shape[0], self.hidden_size, dtype=input.dtype)
            state = [zeros, zeros]
        new = function(input, state, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return list(new) if batched else [part.squeeze(0) for part in new]

    def extra_repr(self) -> str:
        bias = "" if self.bias is True else f"bias={self.bias}"
        return listed(f"{self.input_size}, {self.hidden_size}", bias)


def _of_one(function: Any) -> Any:
    """``function`` of a cell whose state has one part, for and with a list of it."""
    return lambda input, state, *weights: [function(input, state[0], *weights)]


class RNNCell(RNNCellBase):
    """``tanh(W_ih x + b_ih + W_hh h + b_hh)``, a step of ``RNN``; see ``RNNCellBase``.

    ``nonlinearity`` is ``'tanh'`` or ``'relu'``.

    Example:

        >>> cell = nn.RNNCell(10, 20)
        >>> h = at.zeros(3, 20)
        >>> for x in at.ones(5, 3, 10):  # 5 steps, 3 samples
        ...     h = cell(x, h)
        >>> h.shape
        torch.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        need_one_of(type(self).__name__, "nonlinearity", nonlinearity, ("tanh", "relu"))
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        function = at.rnn_tanh_cell if self.nonlinearity == "tanh" else at.rnn_relu_cell
        return self._step(_of_one(function), input, None if hx is None else [hx])[0]

    def extra_repr(self) -> str:
        return listed(super().extra_repr(), settings(self, nonlinearity="tanh"))


class _GatedCell(RNNCellBase):
    """A step with gates, for each of which the weights have a part."""

    _gates: ClassVar[int]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, self._gates, device, dtype)


class LSTMCell(_GatedCell):
    """A step of ``LSTM``, from and to ``(h, c)``; see ``RNNCellBase``.

    Example:

        >>> cell = nn.LSTMCell(10, 20)
        >>> h, c = cell(at.ones(3, 10))  # from zeros
        >>> h, c = cell(at.ones(3, 10), (h, c))
        >>> h.shape, c.shape
        (torch.Size([3, 20]), torch.Size([3, 20]))
    """

    _gates = 4

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        h, c = self._step(at.lstm_cell, input, None if hx is None else list(hx))
        return h, c


class GRUCell(_GatedCell):
    """A step of ``GRU``; see ``RNNCellBase``.

    Example:

        >>> cell = nn.GRUCell(10, 20)
        >>> cell(at.ones(3, 10), at.zeros(3, 20)).shape, cell(at.ones(10)).shape
        (torch.Size([3, 20]), torch.Size([20]))
    """

    _gates = 3

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(_of_one(at.gru_cell), input, None if hx is None else [hx])[0]
