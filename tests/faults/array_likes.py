"""Faults of what reads tables, masks and pictures, and of arrays that lie in files."""

from __future__ import annotations

from tests.faults import Fault

HERE = "autotensor/array_likes.py"
TESTS = "tests/autotensor/test_array_likes.py"
MAPS = "tests/nn/test_memory_maps.py"

FAULTS = [
    Fault(
        "array likes: a mask is dropped",
        HERE,
        "        if hidden:\n",
        "        if hidden == value.size:\n",
        TESTS,
    ),
    Fault(
        "array likes: what has operators of its own is read beside a Tensor",
        HERE,
        'if not readable and (hasattr(kind, "__mul__") or is_foreign(value)):',
        "if not readable and is_foreign(value):",
        TESTS,
    ),
    Fault(
        "x += other: what the other answers is written into x",
        "autotensor/operators/faces.py",
        "answers(other, reflected):\n            return NotImplemented",
        "answers(other, reflected):\n            other = getattr(other, reflected)(self)",
        TESTS,
    ),
    Fault(
        "array likes: a picture is a list of numbers",
        HERE,
        'if not hasattr(type(value), "__array_interface__"):',
        'if not hasattr(type(value), "__array__"):',
        TESTS,
    ),
    Fault(
        "creation: a list takes the dtype of its first array",
        "autotensor/creation.py",
        "    kinds.add(data.dtype if isinstance(data, _NUMPYS) else data.__class__)\n",
        "    kinds or kinds.add(data.dtype if isinstance(data, _NUMPYS) else data.__class__)\n",
        TESTS,
    ),
    Fault(
        "creation: dates become numbers when a dtype is given",
        "autotensor/creation.py",
        'if wanted is None or data.dtype.kind not in "biuf":',
        "if wanted is None:",
        TESTS,
    ),
    Fault(
        "collate: a matrix is stacked as it is",
        "nn/data/collate.py",
        "if type(first) is np.ndarray:",
        "if isinstance(first, np.ndarray):",
        TESTS,
    ),
    Fault(
        "optimizer: a parameter on a read-only map is taken",
        "nn/optim/optimizer.py",
        "if param.requires_grad and not (is_lazy(param) or param.array.flags.writeable):",
        "if False and not (is_lazy(param) or param.array.flags.writeable):",
        MAPS,
    ),
    Fault(
        "load_state_dict: a read-only value is found out while it is written",
        "nn/loading.py",
        "if not is_lazy(value) and not value.array.flags.writeable:",
        "if False:",
        MAPS,
    ),
]
