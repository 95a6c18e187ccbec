"""The libraries that take part: this table, and one module for each.

Such a module is imported only in a worker, and has three names:

* ``make(workload, data, threads)`` returns ``step``, a function that does the work once. A training
  step returns its loss, a forward pass its output, a recording what it made, an epoch of a loader
  the number of images seen. It raises ``UnsupportedError``, with the reason, where the library
  cannot. With None for ``threads`` the library takes as many as it does when nobody tells it.
* ``to_array(result)``: what a step returned, as a NumPy array, to check it.
* ``version``: of the library.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from benchmarks.workloads import Kind

Step = Callable[[], Any]


class UnsupportedError(Exception):
    """The library cannot do this workload; the message says why."""


@dataclass(frozen=True)
class Library:
    """A library in the table.

    Attributes:
        title: as people write it.
        module: its module in ``benchmarks.libraries``.
        root: the module whose absence means that the library is not installed.
        imports: what a user writes at the top; measured by ``import``. Empty: not measured.
        distribution: what ``pip install`` calls it; where there are several, with a blank between.
        kinds: of workload that it is there for; a variant of another library differs only in some.
    """

    title: str
    module: str
    root: str
    imports: str = ""
    distribution: str = ""
    kinds: tuple[Kind, ...] = get_args(Kind)


LIBRARIES = {
    "autotensor": Library(
        "autotensor", "autotensor_", "autotensor", "import autotensor, nn", "autotensor"
    ),
    "pytorch": Library("PyTorch", "pytorch", "torch", "import torch", "torch"),
    "compile": Library("torch.compile", "pytorch_compile", "torch", kinds=("train", "infer")),
    "bulk": Library("PyTorch, bulk loading", "pytorch_bulk", "torch", kinds=("load",)),
    "jax": Library("JAX jit", "jax_", "jax", "import jax, jax.numpy", "jax"),
    "keras": Library(
        "Keras/TensorFlow", "keras_", "tensorflow", "import keras", "tensorflow tensorflow-cpu"
    ),
    "mygrad": Library("MyGrad", "mygrad_", "mygrad", "import mygrad", "mygrad"),
    "pydynet": Library("PyDyNet", "pydynet_", "pydynet", "import pydynet", "pydynet"),
    "autograd": Library(
        "HIPS autograd", "autograd_", "autograd", "import autograd, autograd.numpy", "autograd"
    ),
    "hand": Library("NumPy by hand", "by_hand", "numpy", kinds=("train",)),
    "tinygrad": Library("tinygrad", "tinygrad_", "tinygrad", "import tinygrad", "tinygrad"),
    # Its size is not measured: it is two distributions, of which neither requires the other.
    "mlx": Library("MLX", "mlx_", "mlx", "import mlx.core, mlx.nn"),
    "lectures": Library("loops as in the lectures", "lectures", "numpy", kinds=("train",)),
}

OURS = "autotensor"
ONE = "one"
"""This project once more, with one thread; among the peers' names in the results."""
PEERS = tuple(name for name in LIBRARIES if name != OURS)
