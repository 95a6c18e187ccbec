"""The Tensor: an array, whether it wants a gradient, and the node of the graph that made it.

This file holds what a Tensor *is*.  What can be done with one stands elsewhere: ``backward`` in
``backward.py``, hooks in ``hooks.py``, in-place forms in ``in_place.py``, and the operators with
their derivatives in ``autotensor/operators``.  ``@method`` there makes them methods of this class.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from autotensor.engine.modes import enable_grad, modes
from autotensor.engine.storage import Storage, View, clock, lay_in_order, storage_of
from autotensor.facts import SHOWN, Size, steps_of
from autotensor.overlaps import parts_of

if TYPE_CHECKING:
    from autotensor.engine.graph import Node
    from autotensor.engine.tensor_methods import TensorMethods
else:
    TensorMethods = object

__all__ = ["Tensor", "method", "raw", "wrap"]


class Tensor(TensorMethods):
    """An n-dimensional array that records what is done to it, so that it can be differentiated.

    ``Tensor(2, 3)`` has that shape, the default dtype and any values; ``Tensor([2, 3])`` holds
    these two numbers in the default dtype; ``Tensor(tensor)`` is ``tensor.detach()``.  What it is
    given decides, as in PyTorch, so ``tensor(data)`` and ``empty(*size)`` read better.  A tuple of
    ints is data, a ``Size`` is one.

    What a write in place reads may overlap what it writes, which PyTorch refuses: everything is
    read first.

    Attributes:
        array: the ``numpy.ndarray`` that holds the values.  Write to it only through Tensor
            methods, or call ``mark_written`` afterwards.
        grad: a Tensor of the same shape, or None: what ``backward`` has summed up so far.
        requires_grad: whether ``backward`` computes a gradient here.
        node: the graph's record of the operator that made this Tensor; None for a leaf.

    Methods from elsewhere, by the file of their declaration; ``abs*`` stands for ``abs_`` too:
        attributes.py: apply_, data_ptr, dim_order, imag, is_complex, is_conj, is_inference, is_neg,
            is_set_to, is_signed, layout, map2_, map_, retains_grad, storage, to_dense,
            untyped_storage
        creation.py: new, new_empty, new_full, new_ones, new_tensor, new_zeros
        device.py: cpu, cuda, device, get_device, is_cpu, is_cuda, is_meta, is_mps, is_pinned,
            is_quantized, is_sparse, is_xpu, pin_memory
        engine/backward.py: backward
        engine/in_place.py: detach_
        hooks.py: register_hook, register_post_accumulate_grad_hook, retain_grad
        nodes.py: explain, grad_fn, output_nr
        operators/linalg/covariance.py: corrcoef, cov
        operators/linalg/decompositions.py: cholesky, cholesky_inverse, cholesky_solve, lu,
            lu_solve, qr, svd, triangular_solve
        operators/linalg/matrix_functions.py: det, inverse, logdet, matrix_exp, matrix_power,
            pinverse, slogdet
        operators/linalg/norms.py: dist, norm, renorm*
        operators/linalg/products.py: addbmm*, addmm*, addmv*, addr*, baddbmm*, bmm, cross, dot,
            ger, inner, kron, matmul, mm, mv, outer, trace, vdot
        operators/networks/activation.py: hardshrink, prelu
        operators/pointwise/arithmetic.py: abs*, absolute*, add*, addcdiv*, addcmul*, div*, divide*,
            float_power*, floor_divide*, fmod*, gcd*, lcm*, lerp*, mul*, multiply*, neg*, negative*,
            pow*, reciprocal*, remainder*, rsqrt*, sqrt*, square*, sub*, subtract*, true_divide*
        operators/pointwise/choice.py: clamp*, clamp_max*, clamp_min*, clip*, fmax, fmin,
            heaviside*, maximum, minimum, nan_to_num*, relu*
        operators/pointwise/comparison.py: allclose, bitwise_and*, bitwise_left_shift*,
            bitwise_not*, bitwise_or*, bitwise_right_shift*, bitwise_xor*, eq*, equal, ge*,
            greater*, greater_equal*, gt*, is_nonzero, is_same_size, isclose, isfinite, isinf,
            isnan, isneginf, isposinf, isreal, le*, less*, less_equal*, logical_and*, logical_not*,
            logical_or*, logical_xor*, lt*, ne*, not_equal*, signbit
        operators/pointwise/exponential.py: exp*, exp2*, expm1*, ldexp*, log*, log10*, log1p*,
            log2*, logaddexp, logaddexp2, sigmoid*
        operators/pointwise/gamma.py: digamma*, lgamma*, mvlgamma*, polygamma*
        operators/pointwise/rounding.py: ceil*, copysign*, fix*, floor*, frac*, frexp, nextafter*,
            round*, sgn*, sign*, trunc*
        operators/pointwise/special.py: erf*, erfc*, erfinv*, i0*, igamma*, igammac*, logit*, sinc*,
            xlogy*
        operators/pointwise/trigonometric.py: acos*, acosh*, angle, arccos*, arccosh*, arcsin*,
            arcsinh*, arctan*, arctan2*, arctanh*, asin*, asinh*, atan*, atan2*, atanh*, cos*,
            cosh*, deg2rad*, hypot*, rad2deg*, sin*, sinh*, tan*, tanh*
        operators/reductions/differences.py: diff
        operators/reductions/histograms.py: bincount, histc, histogram, unique, unique_consecutive
        operators/reductions/reductions.py: all, amax, amin, aminmax, any, argmax, argmin,
            count_nonzero, log_softmax, logsumexp, max, mean, min, nanmean, nansum, prod, softmax,
            std, std_mean, sum, var, var_mean
        operators/reductions/scans.py: cummax, cummin, cumprod*, cumsum*, logcumsumexp
        operators/reductions/scattering.py: index_add*, index_copy*, index_fill*, index_put*,
            index_reduce*, masked_scatter*, put*, scatter*, scatter_add*, scatter_reduce*,
            select_scatter, slice_scatter
        operators/reductions/sorting.py: argsort, kthvalue, msort, sort, topk
        operators/reductions/statistics.py: median, mode, nanmedian, nanquantile, quantile
        operators/settings.py: is_contiguous
        operators/structure/copying.py: bfloat16, bool, byte, char, clone, conj, conj_physical*,
            double, fill_, float, half, int, long, positive, real, resolve_conj, resolve_neg, short,
            to, type_as, zero_
        operators/structure/diagonals.py: diag, diag_embed, diagflat, diagonal, diagonal_scatter,
            fill_diagonal_, tril*, triu*
        operators/structure/indexing.py: argwhere, gather, index_select, masked_select, narrow,
            narrow_copy, nonzero, select, take, take_along_dim
        operators/structure/joining.py: chunk, dsplit, hsplit, split, split_with_sizes,
            tensor_split, unbind, unsafe_chunk, unsafe_split, vsplit
        operators/structure/repeating.py: repeat, repeat_interleave, tile
        operators/structure/selection.py: masked_fill*, where
        operators/structure/shapes.py: H, T, adjoint, broadcast_to, contiguous, copy_, expand,
            expand_as, flatten, flip, fliplr, flipud, mH, mT, moveaxis, movedim, permute, ravel,
            reshape, reshape_as, roll, rot90, squeeze*, sum_to_size, swapaxes*, swapdims*, t*,
            transpose*, unflatten, unsqueeze*, view, view_as
        operators/structure/strided.py: as_strided*, as_strided_scatter, new_empty_strided, resize_,
            resize_as_, storage_offset, unfold
        protocols/array_object.py: to_device
        random.py: bernoulli*, cauchy_, exponential_, geometric_, log_normal_, multinomial, normal_,
            random_, uniform_
        sharing.py: is_shared, share_memory_
        tensor_types.py: type

    Example:

        >>> x = at.tensor([1.0, 2.0, 3.0], requires_grad=True)
        >>> y = (x**2).sum()
        >>> y
        tensor(14., grad_fn=<SumBackward0>)
        >>> y.backward()
        >>> x.grad
        tensor([2., 4., 6.])
    """

    __slots__ = (
        "__dict__",  # what programs note down on a Tensor; empty, and unmade, for most
        "__weakref__",
        "_grad",
        "_requires_grad",
        "_storage",
        "array",
        "hooks",
        "node",
        "view_of",
    )

    array: np.ndarray
    _grad: Tensor | None
    _requires_grad: bool
    node: Any
    _storage: Storage | None
    view_of: View | None
    hooks: dict[int, Callable[..., Any]] | None

    # -- what it is ------------------------------------------------------------------------------

    if not TYPE_CHECKING:  # for checkers, the types of these stand in the stub
        # For users: what is read all the time reads the array's own.
        shape = property(lambda self: new_tuple(Size, self.array.shape), doc="Sizes, one a dim.")
        dtype = property(lambda self: SHOWN[self.array.dtype], doc="Type of the elements.")
        # attrgetter runs in C.
        ndim = property(operator.attrgetter("array.ndim"), doc="Number of dimensions.")
        itemsize = property(operator.attrgetter("array.itemsize"), doc="Bytes of one element.")
        nbytes = property(operator.attrgetter("array.nbytes"), doc="Bytes of all elements.")

        def size(self, dim: int | None = None) -> Any:
            """The shape, or the size of dimension ``dim``.

            Raises:
                IndexError: no such dimension.

            Example:

                >>> x = at.zeros(2, 3)
                >>> x.size(), x.size(-1)
                (torch.Size([2, 3]), 3)
            """
            return self.shape if dim is None else self._of_dim(self.array.shape, dim, "size")

        def stride(self, dim: int | None = None) -> Any:
            """Steps between neighbours in each dimension, in elements.

            Raises:
                IndexError: no such dimension.

            Example:

                >>> x = at.zeros(2, 3)
                >>> x.stride(), x.T.stride()  # the same memory, read in another order
                ((3, 1), (1, 3))
            """
            steps = steps_of(self.array)
            return steps if dim is None else self._of_dim(steps, dim, "stride")

    def dim(self) -> int:
        """Number of dimensions.

        Example:

            >>> at.zeros(2, 3).dim(), at.tensor(7).dim()
            (2, 0)
        """
        return self.array.ndim

    ndimension = dim

    def numel(self) -> int:
        """Number of elements.

        Example:

            >>> at.zeros(2, 3).numel(), at.tensor(7).numel()
            (6, 1)
        """
        return self.array.size

    nelement = numel

    def element_size(self) -> int:
        """Bytes of one element.

        Example:

            >>> x = at.zeros(2, 3)
            >>> x.element_size() * x.numel() == x.nbytes == 24
            True
        """
        return self.array.itemsize

    def _of_dim(self, facts: tuple[int, ...], dim: int, name: str) -> int:
        """What of ``facts``, one for each dimension, is about ``dim``."""
        if not (hasattr(dim, "__index__") and -len(facts) <= dim < len(facts)):
            raise IndexError(
                f"{name}: dim {dim} is out of range for a Tensor of {len(facts)} dimensions"
            )
        return facts[dim]

    def is_floating_point(self) -> bool:
        return self.array.dtype.kind == "f"

    # -- its place in the graph ------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        if self.view_of is not None:
            self.refresh()
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"requires_grad must be a bool, got {type(value).__name__}")
        if self.made_by is not None:
            if not value:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf tensors; to use a computed "
                    "value without its history, call detach()"
                )
            return
        if value and self.array.dtype.kind != "f":
            raise RuntimeError(
                "only Tensors of floating point dtype can require gradients, got "
                f"{self.array.dtype}; convert first, e.g. with .float()"
            )
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Sets ``requires_grad`` and returns this Tensor.

        Raises:
            RuntimeError: to True for integers, or to False for what an operator made.

        Example:

            >>> weight = at.ones(2).requires_grad_()
            >>> weight
            tensor([1., 1.], requires_grad=True)
        """
        self.requires_grad = requires_grad
        return self

    @property
    def made_by(self) -> Node | None:
        """The graph's record of the operator that made this Tensor; None for a leaf."""
        if self.view_of is not None:
            self.refresh()
        return self.node

    @property
    def is_leaf(self) -> bool:
        """True for a Tensor that no recorded operator made: ``backward`` fills ``grad`` there.

        Example:

            >>> w = at.ones(2, requires_grad=True)
            >>> y = w * 2
            >>> w.is_leaf, y.is_leaf, y.detach().is_leaf
            (True, False, True)
        """
        return self.made_by is None

    @property
    def grad(self) -> Tensor | None:
        """The gradient so far, or None.

        Example:

            >>> x = at.tensor(3.0, requires_grad=True)
            >>> (x * x).backward()
            >>> (x * x).backward()
            >>> x.grad  # 6 + 6: it is added up
            tensor(12.)
            >>> x.grad = None
        """
        if self._grad is None and (self.node or self.view_of) and not self.is_leaf:
            node = self.node
            if not (node.notes and "retain" in node.notes):
                warnings.warn(
                    f"grad: this Tensor is no leaf ({node.title} made it), so backward does not "
                    "fill its grad; call retain_grad() before backward, or read a leaf's",
                    stacklevel=2,
                )
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is self:
            raise RuntimeError("grad: a Tensor cannot be its own gradient; assign a clone() of it")
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"grad must be a Tensor or None, got {type(value).__name__}")
            for fact in ("shape", "dtype"):
                given, own = getattr(value.array, fact), getattr(self.array, fact)
                if given != own:
                    raise RuntimeError(f"grad has {fact} {given} but the Tensor has {own}")
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def refresh(self) -> None:
        """Brings a view's node up to date after its base was written by an in-place operator."""
        view = self.view_of
        if not view or not self._storage or view.generation == self._storage.generation:
            return
        with enable_grad():
            from_base = view.replay()(view.base)
        self.move_to(from_base.node)
        self._requires_grad = from_base._requires_grad
        view.generation = self._storage.generation

    def move_to(self, node: Any) -> None:
        """Makes ``node`` the one that made this Tensor; ``retain_grad`` goes along."""
        notes = None if self.node is None else self.node.notes
        if node is not None and notes and "retain" in notes:
            node.note("retain", notes.pop("retain"))
        self.node = node

    def mark_written(self) -> None:
        """Tells the graph that ``array`` was changed, so that no stale value is used unnoticed.

        Example:

            >>> x = at.ones(2, requires_grad=True)
            >>> y = x.exp()
            >>> y.array[0] = 7  # by way of NumPy, unnoticed
            >>> y.mark_written()
            >>> try:
            ...     y.sum().backward()  # which needs y as it was
            ... except RuntimeError as error:
            ...     print("an in-place operation has modified it" in str(error))
            True
        """
        storage = self._storage or storage_of(self, shared=False)
        before = self.view_of and parts_of(storage)
        storage.written = next(clock)
        storage.parts = before and [*before, (storage.written, self.array)]  # of a view, its part
        storage.writes += 1

    @property
    def _version(self) -> int:
        """How many writes this memory has seen."""
        return 0 if self._storage is None else self._storage.writes

    def detach(self) -> Tensor:
        """The same values on the same memory, outside the graph.

        Example:

            >>> x = at.tensor([1.0, 2.0], requires_grad=True)
            >>> y = (x * x).detach()
            >>> y, y.requires_grad
            (tensor([1., 4.]), False)
        """
        if not self.array.flags.c_contiguous:
            lay_in_order(self)  # while nobody shares it: afterwards ``view`` could not
        out = wrap(self.array)
        out._storage = storage_of(self)
        return out

    @property
    def data(self) -> Tensor:
        """The values outside the graph; assigning replaces the array.

        A write to them that ``backward`` would suffer from is noticed, unlike in PyTorch.

        Raises:
            RuntimeError: integers are assigned to what requires grad.

        Example:

            >>> weight = at.tensor([1.0, 2.0], requires_grad=True)
            >>> weight.data -= 0.5  # not recorded
            >>> weight
            tensor([0.5000, 1.5000], requires_grad=True)
        """
        return self.detach()

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"data must be a Tensor, got {type(value).__name__}")
        # Refuses integers where this requires grad.
        self.array = value.detach().requires_grad_(self.requires_grad).array
        self.mark_written()

    # -- to other things -------------------------------------------------------------------------

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The values as an ndarray that shares this Tensor's memory.

        Raises:
            RuntimeError: it requires a gradient, where graphs are recorded, and not ``force``.

        Example:

            >>> x = at.tensor([1.0, 2.0])
            >>> array = x.numpy()
            >>> array[0] = 7
            >>> x
            tensor([7., 2.])
        """
        if not force and self.requires_grad and modes().grad_enabled:
            raise RuntimeError(
                "can't call numpy() on a Tensor that requires grad: "
                "use tensor.detach().numpy() instead"
            )
        return self.array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def item(self) -> bool | Any:  # may be used as any number; so says a union with Any
        """The value of a one-element Tensor as a Python number.

        Raises:
            RuntimeError: it has more than one element, or none.

        Example:

            >>> loss = at.tensor([0.5, 1.5]).mean()
            >>> loss.item(), at.tensor([[7]]).item()
            (1.0, 7)
        """
        if self.array.size != 1:
            raise RuntimeError(
                f"item: a Tensor with {self.array.size} elements cannot be converted to a "
                "Python number"
            )
        return self.array.item()

    def tolist(self) -> list[Any]:
        """The values as nested Python lists, or a number for a 0-d Tensor.

        Example:

            >>> at.tensor([[1, 2], [3, 4]]).tolist()
            [[1, 2], [3, 4]]
            >>> at.tensor(0.1).tolist()  # all the digits of float32
            0.10000000149011612
        """
        return self.array.tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.array.dtype.kind not in "iub" or self.array.size != 1:
            raise TypeError("only integer tensors of a single element can be used as an index")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise RuntimeError(
                f"the truth value of a Tensor with {self.array.size} elements is ambiguous: "
                "use .any() or .all()"
            )
        return bool(self.array.item())

    def __len__(self) -> int:
        if self.array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self.array)

    def __iter__(self) -> Iterator[Tensor]:
        if self.array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return (self[index] for index in range(len(self.array)))

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._grad = self.node = self._storage = self.view_of = self.hooks = None
        self._requires_grad = state.pop("requires_grad")
        for name, value in state.items():
            setattr(self, name, value)


def wrap(array: Any, node: Any = None) -> Tensor:
    """A Tensor around ``array`` itself, made by ``node``.  For the engine: nothing is checked.

    Example:

        >>> from autotensor.extend import wrap
        >>> array = np.arange(3.0)
        >>> wrap(array).array is array
        True
    """
    out = new(Tensor)
    out.array = array
    out._requires_grad = node is not None
    out.node = node
    out._grad = out._storage = out.view_of = out.hooks = None
    return out


new = object.__new__
new_tuple = tuple.__new__


def method(function: Any, name: str | None = None) -> Any:
    """Makes ``function`` a method of Tensor: under its own name, as a decorator, or under ``name``,
    as a property too."""
    if name is None:
        name = function.__name__
        function.__qualname__ = f"Tensor.{name}"
    setattr(Tensor, name, function)
    return function


def raw(value: Any) -> Any:
    """The array of a Tensor; what is none stays as it is.

    Example:

        >>> from autotensor.extend import raw
        >>> type(raw(at.ones(2))).__name__, raw(3)
        ('ndarray', 3)
    """
    return value.array if isinstance(value, Tensor) else value
