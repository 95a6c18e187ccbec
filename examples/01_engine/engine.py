"""An engine for gradients, built from nothing but NumPy arrays: the whole of it.

A computation is a chain of small steps: a product, a sum, a tanh.  Each step leaves behind which
tensors went in, and for each of them a rule: given ∂E/∂(result), what is ∂E/∂(that tensor)?  For
z = x·y the rule of x is g · y.  ``backward`` walks the steps from the last one back to the first
and adds up what every tensor is given.  That is reverse-mode automatic differentiation.
"""

import numpy as np


class Tensor:
    """An array that remembers where it came from."""

    def __init__(self, array, parents=()):
        self.array = np.asarray(array, dtype=float)
        self.grad = np.zeros_like(self.array)
        self.parents = parents  # pairs (tensor that went in, its rule)

    # -- sums and products, element by element -----------------------------------------------------

    def __add__(self, other):
        other = as_tensor(other)
        return Tensor(
            self.array + other.array,
            [(self, lambda g: g), (other, lambda g: g)],
        )

    def __mul__(self, other):
        other = as_tensor(other)
        return Tensor(
            self.array * other.array,
            [(self, lambda g: g * other.array), (other, lambda g: g * self.array)],
        )

    def __pow__(self, n):
        return Tensor(self.array**n, [(self, lambda g: g * n * self.array ** (n - 1))])

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -as_tensor(other)

    def __truediv__(self, other):
        return self * as_tensor(other) ** -1

    __radd__, __rmul__ = __add__, __mul__  # 2 + x is x + 2

    # -- matrices ----------------------------------------------------------------------------------

    def __matmul__(self, other):
        return Tensor(
            self.array @ other.array,
            [(self, lambda g: g @ other.array.T), (other, lambda g: self.array.T @ g)],
        )

    def sum(self, axis=None, keepdims=False):
        out = self.array.sum(axis, keepdims=True)
        return Tensor(
            out if keepdims else self.array.sum(axis),
            [(self, lambda g: g.reshape(out.shape) + np.zeros_like(self.array))],
        )

    # -- curves ------------------------------------------------------------------------------------

    def tanh(self):
        out = np.tanh(self.array)
        return Tensor(out, [(self, lambda g: g * (1 - out**2))])

    def relu(self):
        return Tensor(np.maximum(self.array, 0), [(self, lambda g: g * (self.array > 0))])

    def exp(self):
        out = np.exp(self.array)
        return Tensor(out, [(self, lambda g: g * out)])

    def log(self):
        return Tensor(np.log(self.array), [(self, lambda g: g / self.array)])

    # -- the walk back -----------------------------------------------------------------------------

    def backward(self):
        """Fills ``grad`` of everything that went into this number."""
        self.grad = np.ones_like(self.array)  # ∂E/∂E
        for tensor in reversed(in_order(self)):
            for parent, rule in tensor.parents:
                parent.grad = parent.grad + fitted(rule(tensor.grad), parent.array.shape)


def as_tensor(value):
    return value if isinstance(value, Tensor) else Tensor(value)


def in_order(last):
    """All tensors that ``last`` was made of, each after those that it was made of itself."""
    order, seen = [], set()

    def visit(tensor):
        if id(tensor) not in seen:
            seen.add(id(tensor))
            for parent, _ in tensor.parents:
                visit(parent)
            order.append(tensor)

    visit(last)
    return order


def fitted(g, shape):
    """``g`` summed over what was repeated: NumPy adds a bias (3,) to every row of (100, 3)."""
    while g.ndim > len(shape):
        g = g.sum(0)
    for axis, size in enumerate(shape):
        if size == 1:
            g = g.sum(axis, keepdims=True)
    return g
