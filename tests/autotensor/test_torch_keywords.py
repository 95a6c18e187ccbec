"""Every keyword of PyTorch's: which signatures there are is read off the stubs that it ships.

What is not taken here stands in ``REFUSED``, with the reason.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn.functional as F
from autotensor.keywords import OTHER_NAMES, takes

REFUSED = {
    "of devices that are not here": """
        addmm.out_dtype baddbmm.out_dtype bmm.out_dtype mm.out_dtype batch_norm.cudnn_enabled
        group_norm.cudnn_enabled instance_norm.cudnn_enabled layer_norm.cudnn_enable
        Tensor.cuda.memory_format Tensor.is_pinned.device Tensor.pin_memory.device
    """,
    "the function here is that of nn.functional, in whose order the arguments are": """
        embedding.indices embedding_bag.indices
    """,
    "packed sequences go through the layers of nn": """
        gru.data lstm.data rnn_relu.data rnn_tanh.data
    """,
    "PyTorch's stub says so, but PyTorch takes none": """
        from_numpy.ndarray set_num_threads.num Tensor.requires_grad_.mode Tensor.to.other
    """,
    "one signature here for several that call their arguments otherwise": """
        result_type.tensor result_type.scalar result_type.scalar1 result_type.scalar2
        result_type.other Tensor.new.cls Tensor.new.other Tensor.new.size Tensor.new.storage
    """,
    "draws from the default generator": "rrelu.generator rrelu_.generator",
    "integers have no gradient": "tril_indices.requires_grad triu_indices.requires_grad",
    "a resized Tensor lies in row-major order": """
        Tensor.resize_.memory_format Tensor.resize_as_.memory_format resize_as_.memory_format
    """,
    "for the use of PyTorch itself": """
        Tensor.expand.implicit F.softmax._stacklevel F.log_softmax._stacklevel
        F.softmin._stacklevel
    """,
}
REASONS = {name: why for why, names in REFUSED.items() for name in names.split()}

PLACES = {"": at, "Tensor.": at.Tensor, "F.": F}


@cache
def declared(path: Path, owner: str | None = None) -> dict[str, set[str]]:
    """The keywords of each function in a stub, or of each method of a class in it."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    if owner is not None:
        body = next(one.body for one in body if isinstance(one, ast.ClassDef) and one.name == owner)
    found: dict[str, set[str]] = {}
    for one in body:
        if isinstance(one, ast.FunctionDef):
            names = {each.arg for each in (*one.args.args, *one.args.kwonlyargs)}
            found.setdefault(one.name, set()).update(names - ({"self"} if owner else set()))
    return found


def theirs(torch: ModuleType) -> Iterator[tuple[str, str]]:
    """(our callable by its place, keyword) for all that PyTorch takes of what is here."""
    home = Path(torch.__file__).parent / "_C"
    functions = declared(home / "_VariableFunctions.pyi")
    methods = declared(home / "__init__.pyi", "TensorBase")
    python = {
        name: set(inspect.signature(one).parameters)
        for name, one in vars(torch.nn.functional).items()
        if inspect.isfunction(one) and name[0] != "_"
    }
    for place, listed in (("", functions), ("Tensor.", methods), ("F.", python)):
        there = {"": torch, "Tensor.": torch.Tensor, "F.": torch.nn.functional}[place]
        for name, keywords in listed.items():
            ours = inspect.getattr_static(PLACES[place], name, None)
            if inspect.isfunction(ours) and hasattr(there, name) and name[:2] != "__":
                yield from ((place + name, key) for key in sorted(keywords - {"args", "kwargs"}))


def ours(name: str) -> Any:
    place = next(one for one in ("Tensor.", "F.", "") if name.startswith(one))
    return inspect.getattr_static(PLACES[place], name.removeprefix(place))


def test_every_keyword_of_pytorch_is_taken_or_refused_for_a_reason(torch: ModuleType) -> None:
    found = list(theirs(torch))
    assert len(found) > 2500
    refused = {f"{name}.{key}" for name, key in found if not takes(ours(name), key)}
    assert refused == REASONS.keys()


def test_what_numpy_calls_an_argument_is_taken_where_pytorch_takes_it(torch: ModuleType) -> None:
    wrong = [
        f"{name}.{other}"
        for name, key in theirs(torch)
        if not name.startswith("F.") and takes(ours(name), key)
        for other in OTHER_NAMES.get(key, ())
        if not takes(ours(name), other)
    ]
    assert wrong == []


def test_out_is_taken_just_where_pytorch_takes_it(torch: ModuleType) -> None:
    stub = declared(Path(torch.__file__).parent / "_C" / "_VariableFunctions.pyi")
    shared = [name for name in stub if hasattr(torch, name)]
    here = [name for name in shared if inspect.isfunction(getattr(at, name, None))]
    assert [name for name in here if takes(getattr(at, name), "out") != ("out" in stub[name])] == []
    for part in ("linalg", "special"):
        for name in getattr(at, part).__all__:
            function, text = getattr(getattr(at, part), name), getattr(torch, part)
            wants = "out=None" in (getattr(text, name).__doc__ or "").partition("Args:")[0]
            of_both = part == "special" and "softmax" in name  # the function of the top level
            if inspect.isfunction(function) and name not in ("eig", "eigvals") and not of_both:
                assert takes(function, "out") is wants, name


ARRAYS: dict[str, Any] = {
    "square": np.array([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 1.5]]),
    "mask": np.array([[True, False, True], [False, True, True], [True, True, False]]),
    "ints": np.array([[1, 2, 0], [2, 0, 1], [0, 1, 2]]),
    "row": np.array([0.5, 0.25, 0.75]),
    "places": np.array([0, 2]),
    "stack": np.arange(18.0).reshape(2, 3, 3) / 10,
}

CALLS: dict[str, str] = {
    "addbmm": "square stack stack", "addcdiv": "square square square",
    "addcmul": "square square square", "addmm": "square square square", "addmv": "row square row",
    "addr": "square row row", "arange": "5", "baddbmm": "square stack stack",
    "bernoulli": "mask_as_float", "bmm": "stack stack", "bucketize": "square row_sorted",
    "cat": "[square,square]", "column_stack": "[row,row]", "concat": "[square,square]",
    "concatenate": "[square,square]", "cross": "square square 0", "dot": "row row",
    "dstack": "[row,row]", "empty": "", "eye": "3", "full": "(2,) 1.5", "gather": "square 0 ints",
    "ger": "row row", "histogram": "square 3", "hstack": "[row,row]",
    "index_add": "square 0 places two_rows", "index_copy": "square 0 places two_rows",
    "index_reduce": "square 0 places two_rows 'prod'", "index_select": "square 0 places",
    "isin": "ints 1", "kthvalue": "square 2", "ldexp": "square ints", "lerp": "square square 0.3",
    "linspace": "0 1 5", "logspace": "0 1 5", "masked_select": "square mask",
    "matrix_power": "square 2", "mv": "square row", "mvlgamma": "square 1",
    "nanquantile": "square 0.4", "narrow_copy": "square 0 0 2", "nextafter": "square square",
    "normal": "", "multinomial": "", "ones": "3", "polygamma": "1 square", "quantile": "square 0.4",
    "rand": "", "randint": "", "randn": "", "randperm": "", "renorm": "square 2 0 1",
    "row_stack": "[row,row]", "scatter": "square 0 ints square",
    "scatter_add": "square 0 ints square",
    "scatter_reduce": "square 0 ints square 'sum'", "searchsorted": "row_sorted square",
    "slice_scatter": "square two_rows 0 0 2", "softmax": "square 0", "log_softmax": "square 0",
    "stack": "[square,square]", "take": "square places", "take_along_dim": "square ints 0",
    "tensordot": "square square", "threshold": "square 0.3 2.0", "topk": "square 2",
    "vstack": "[row,row]", "where": "mask square square", "zeros": "3", "vdot": "row row",
    "logsumexp": "square 0", "cummax": "square 0", "cummin": "square 0", "cumprod": "square 0",
    "cumsum": "square 0", "logcumsumexp": "square 0", "nansum": "square 0", "prod": "square 0",
    "sum": "square 0", "mean": "square 0", "std": "square 0", "var": "square 0", "max": "square 0",
    "min": "square 0", "median": "square 0", "nanmedian": "square 0", "mode": "square 0",
    "nanmean": "square 0", "argmax": "square 0", "argmin": "square 0", "amax": "square 0",
    "lu_solve": "", "lu_unpack": "", "triangular_solve": "square square",
    "cholesky_solve": "square square", "heaviside": "square square", "float_power": "square 2",
    "pow": "square 2", "fmod": "square 2", "remainder": "square 2", "copysign": "square square",
}  # fmt: skip
RANDOM = {"bernoulli", "empty", "multinomial", "normal", "rand", "randint", "randn", "randperm"}
OLD = {"cholesky", "ger", "index_reduce", "qr", "svd", "triangular_solve"}  # PyTorch warns
PREPARED = {"lu_solve", "lu_unpack"}  # of what they take there are tests of their own


def arguments(library: Any, text: str) -> list[Any]:
    make = library.as_tensor
    known = {name: make(array) for name, array in ARRAYS.items()}
    known["two_rows"] = make(ARRAYS["square"][:2] + 1)
    known["row_sorted"] = make(np.sort(ARRAYS["row"]))
    return [eval(word, {}, known) for word in text.split()]


def calls_of(name: str) -> list[str]:
    return [CALLS[name]] if name in CALLS else ["square", "square square", "ints ints", "mask mask"]


def test_what_is_written_to_out_is_what_pytorch_writes(torch: ModuleType) -> None:
    stub = declared(Path(torch.__file__).parent / "_C" / "_VariableFunctions.pyi")
    names = [name for name in stub if hasattr(at, name) and takes(getattr(at, name), "out")]
    tried = 0
    for name in sorted(set(names) - RANDOM - OLD - PREPARED):
        for text in calls_of(name):
            given, mine = arguments(torch, text), arguments(at, text)
            try:
                expected = getattr(torch, name)(*given)
            except (RuntimeError, TypeError):
                continue
            several = isinstance(expected, tuple)
            kinds = [str(one.dtype)[6:] for one in (expected if several else (expected,))]
            outs = [at.empty(0, dtype=getattr(at, kind)) for kind in kinds]
            theirs = [torch.empty(0, dtype=getattr(torch, kind)) for kind in kinds]
            out, their_out = (tuple(outs), tuple(theirs)) if several else (outs[0], theirs[0])
            try:
                getattr(torch, name)(*given, out=their_out)
            except TypeError:  # not with these arguments
                continue
            getattr(at, name)(*mine, out=out)
            for one, their in zip(outs, theirs, strict=True):
                assert one.array.dtype == their.numpy().dtype, name
                rtol = 1e-6 if one.array.dtype == np.float32 else 1e-9
                np.testing.assert_allclose(one.array, their.numpy(), rtol, 1e-12, err_msg=name)
            tried += 1
    assert tried > 220


@pytest.mark.parametrize("wide", [False, True])
def test_out_of_another_dtype_is_taken_as_pytorch_takes_it(torch: ModuleType, wide: bool) -> None:
    """Of float32: a float64 out holds it, an int64 one does not, whatever is computed."""
    names = ("add", "exp", "sum", "cumsum", "cat", "prod", "mean", "arange", "zeros", "eq")
    for name, kind in itertools.product(names, ("float64", "int64")):
        both = []
        for library in (torch, at):
            x = library.ones(3)
            given = {"add": (x, x), "cat": ([x, x],), "sum": (x, 0), "cumsum": (x, 0),
                     "prod": (x, 0), "mean": (x, 0), "arange": (3,), "zeros": (3,), "eq": (x, x)
                     }.get(name, (x,))  # fmt: skip
            out = library.empty(0, dtype=getattr(library, kind))
            try:
                with library.no_grad() if wide else library.enable_grad():
                    found = getattr(library, name)(*given, out=out)
                both.append(np.asarray(found))
            except (RuntimeError, TypeError):
                both.append(np.array("refused"))
        assert both[0].dtype == both[1].dtype, (name, kind)
        if both[0].dtype.kind != "U":
            np.testing.assert_allclose(both[0], both[1], 1e-6, err_msg=name)
