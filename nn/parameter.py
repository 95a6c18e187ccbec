"""What a Module may hold besides Modules: Parameters, Buffers, and those whose shape is unknown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np

import autotensor as at
from autotensor import Parameter, Tensor
from autotensor.extend import list_public, need_cpu

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


class Buffer(Tensor):
    """A Tensor that a Module registers as a buffer when it is assigned to an attribute.

    Shares the memory of ``data``.  Without ``persistent`` it is left out of ``state_dict``.

    Example:

        >>> class Counter(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.steps = nn.Buffer(at.tensor(0))
        >>> dict(Counter().state_dict()), list(Counter().parameters())
        ({'steps': tensor(0)}, [])
    """

    __slots__ = ()
    persistent: bool

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        given = data if isinstance(data, Tensor) else at.tensor([] if data is None else data)
        super().__init__(given)
        self.requires_grad_(given.requires_grad)
        self.persistent = persistent


class _Uninitialized:
    """A Tensor without values: it knows its dtype, but its shape only after ``materialize``."""

    # Nothing may be added to what the ordinary class has: Python lets an object change its class
    # only for one of the same layout.
    __slots__ = ()

    cls_to_become: ClassVar[type[Tensor]]

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        need_cpu(device)
        # Every class with this mixin is a Tensor as well.
        Tensor.__init__(self, at.empty(0, dtype=dtype))  # type: ignore[arg-type]
        self._requires_grad = requires_grad  # type: ignore[misc]

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Gives this Tensor memory for ``shape``, with any values, and makes it an ordinary one."""
        self.data = at.empty(shape, device=device, dtype=self.dtype if dtype is None else dtype)
        self.__class__ = self.cls_to_become  # type: ignore[assignment]

    # The array is there, but empty: it stands for the dtype alone, so only ``data`` shows it.

    @property
    def array(self) -> np.ndarray:
        raise ValueError(
            f"attempted to use an uninitialized parameter: this {type(self).__name__} has no "
            "values yet; call the lazy module with a batch first, which gives it its shape"
        )

    @array.setter
    def array(self, value: Any) -> None:
        _ARRAY.__set__(self, value)

    @property
    def data(self) -> Tensor:
        return at.from_numpy(_ARRAY.__get__(self))

    @data.setter
    def data(self, value: Tensor) -> None:
        self.array = value.array

    @property
    def dtype(self) -> at.dtype:
        return self.data.dtype

    @property
    def shape(self) -> at.Size:
        raise RuntimeError(
            "can't access the shape of an uninitialized parameter or buffer; call the lazy module "
            "with a batch first (or, if this came from load_state_dict, the module whose state "
            "this is)"
        )

    def is_floating_point(self) -> bool:
        return self.dtype.kind == "f"

    def detach(self) -> Self:
        """Itself: there are no values to share."""
        return self

    # Nothing to show but that.
    _repr_html_ = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __copy__(self) -> Any:
        return self.__deepcopy__({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        copied = memo[id(self)] = type(self)(self._requires_grad, dtype=self.dtype)
        return copied

    def __reduce__(self) -> Any:
        return type(self), (self._requires_grad, None, self.dtype)


# Where every Tensor keeps its array, also one whose class hides it.
_ARRAY: Any = Tensor.__dict__["array"]


class UninitializedParameter(_Uninitialized, Parameter):
    """A Parameter whose shape is not known yet: a lazy layer gives it one at its first call.

    Raises:
        ValueError, RuntimeError: in use before it has values.

    Example:

        >>> layer = nn.LazyLinear(10)
        >>> isinstance(layer.weight, nn.UninitializedParameter), layer(at.ones(3, 4)).shape
        (True, torch.Size([3, 10]))
        >>> isinstance(layer.weight, nn.UninitializedParameter), layer.weight.shape
        (False, torch.Size([10, 4]))
    """

    __slots__ = ()

    cls_to_become = Parameter


class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer whose shape is not known yet; see ``UninitializedParameter``.

    Raises:
        ValueError, RuntimeError: in use before it has values.

    Example:

        >>> layer = nn.LazyBatchNorm1d()
        >>> isinstance(layer.running_mean, nn.UninitializedBuffer), layer(at.ones(3, 4)).shape
        (True, torch.Size([3, 4]))
        >>> layer.running_mean.shape
        torch.Size([4])
    """

    __slots__ = ()

    cls_to_become = Tensor

    def __init__(
        self,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> None:
        if not persistent:
            raise ValueError(
                "UninitializedBuffer: register it by register_buffer(name, buffer, "
                "persistent=False), which says the same"
            )
        super().__init__(requires_grad, device, dtype)


def is_lazy(param: Any) -> bool:
    """Whether ``param`` is an ``UninitializedParameter`` or an ``UninitializedBuffer``.

    Example:

        >>> from nn.parameter import is_lazy
        >>> is_lazy(nn.LazyLinear(10).weight), is_lazy(nn.Linear(2, 10).weight)
        (True, False)
    """
    return isinstance(param, _Uninitialized)


def clear_gradients(parameters: Iterable[Tensor], set_to_none: bool) -> None:
    """Sets every gradient to None, or to zeros in the memory it has."""
    for parameter in parameters:
        if set_to_none:
            parameter.grad = None
        elif (grad := parameter.grad) is not None:
            if grad.requires_grad:
                # It is the result of create_graph=True: from now on it has no history.
                grad = parameter.grad = grad.detach()
            grad.array.fill(0)
            grad.mark_written()


list_public(__name__)
