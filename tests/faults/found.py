"""Faults that random programs have found once, planted again."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/fuzz/test_found.py"
ROUNDING = "autotensor/operators/pointwise/rounding.py"
SPECIAL = "autotensor/operators/pointwise/special.py"
SHAPES = "autotensor/operators/structure/shapes.py"
BACKWARD = "autotensor/engine/backward.py"

FAULTS = [
    Fault(
        "frexp: an overwritten exponent goes unnoticed",
        ROUNDING,
        "_mantissa(input, exponent), exponent)", "_mantissa(input, exponent.array), exponent)",
        TESTS,
    ),
    Fault(
        "nextafter: a derivative where both are equal",
        ROUNDING,
        "g * (input != other),\n    other=lambda g: zeros_like(g)",
        "g,\n    other=lambda g: zeros_like(g)", TESTS,
    ),
    Fault(
        "add: alpha makes float32 of integers",
        "autotensor/operators/pointwise/arithmetic.py",
        "other * (wrap(np.asarray(alpha).astype(dtype)) if isinstance(other, Tensor) else alpha)",
        "other * alpha", TESTS,
    ),
    Fault(
        "backward fills the grad of a frozen leaf",
        "autotensor/engine/backward.py", "if not leaf._requires_grad:", "if False:", TESTS,
    ),
    Fault(
        "view refuses what was written in place",
        "autotensor/engine/in_place.py",
        "storage_of(target, shared=False)", "storage_of(target)", TESTS,
    ),
    Fault(
        "a view that is a leaf is written in place",
        "autotensor/engine/in_place.py", "for one in (base, target))", "for one in (base,))", TESTS,
    ),
    Fault(
        "view lays out anew what detach shares",
        "autotensor/engine/storage.py",
        "(tensor._storage is not None and tensor._storage.shared)", "False", TESTS,
    ),
    Fault(
        "a part of a convolution's output keeps its odd order",
        "autotensor/operators/structure/indexing.py",
        "        lay_in_order(input)\n", "        pass\n", "tests/autotensor/test_convolution.py",
    ),
    Fault(
        "detach shares a convolution's output in its odd order",
        "autotensor/engine/tensor.py",
        "            lay_in_order(self)  #", "            pass  #",
        "tests/autotensor/test_convolution.py",
    ),
    Fault(
        "a write to a part touches nothing else, wherever that lies",
        "autotensor/overlaps.py",
        "return np.shares_memory(part, array, max_work=10_000)", "return False",
        "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "a write to a part is forgotten where the Tensor moves",
        "autotensor/overlaps.py", "if memory_of(part) is not memory_of(array):", "if False:",
        "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "an index that picks elements notes the copy that it gives as what was written",
        "autotensor/operators/structure/indexing.py",
        "        if isinstance(one, _PICKS):", "        if False:",
        "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "a module hides the method whose name it has",
        "nn/module.py", "if kind == MODULE and hasattr(type(self), name):", "if False:",
        "tests/nn/test_registered.py",
    ),
    Fault(
        "a backward hook gets None for a Tensor that had no part",
        "nn/hooks.py", "make() if one is None and make is not None else one", "one",
        "tests/nn/test_module.py",
    ),
    Fault(
        "a hook's gradient for inputs that require none is dropped",
        "nn/hooks.py", "if any(one is not None for one in self._run(nothing)):",
        "if self._run(nothing) is None:", "tests/nn/test_module.py",
    ),
    Fault(
        "a module that loads sees the state of others",
        "nn/loading.py", "if key.startswith(prefix)})", "})", "tests/nn/test_module_state.py",
    ),
    Fault(
        "reshape copies a result that was laid out otherwise",
        SHAPES,
        "        share_memory(out, reshape_to, input, sizes)\n", "        pass\n",
        "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "contiguous copies a result that was laid out otherwise",
        SHAPES,
        "(isinstance(input, Tensor) and lay_in_order(input))", "False",
        "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "a gradient's infinite part stays where a view was overwritten",
        "autotensor/engine/in_place.py",
        "g.masked_fill(wrap(_outside(np.ones_like(g.array), replay, like) == 0), 0)",
        "g * wrap(_outside(np.ones_like(g.array), replay, like))",
        "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "a value with dimensions of size 1 in front fits no position",
        "autotensor/operators/structure/indexing.py",
        "value.array.shape[:1] == (1,)", "False", "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "pooling compares with an output that was written under no_grad",
        "autotensor/engine/in_place.py",
        "    keep_output(target)\n", "", "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "ravel gives a view of memory with gaps",
        SHAPES, "reshape(contiguous(input), -1)", "reshape(input, -1)", TESTS,
    ),
    Fault(
        "atleast_1d of a vector is no leaf",
        "autotensor/operators/structure/joining.py",
        "one if grown(one.shape) == one.shape else reshape_to", "reshape_to", TESTS,
    ),
    Fault(
        "copy_ refuses a number",
        SHAPES, "values = np.asarray(other)", "values = other", TESTS,
    ),
    Fault(
        "uniform values come up to their bound",
        "autotensor/random.py", "np.minimum(values, np.nextafter(end, first))", "values",
        "tests/autotensor/test_random.py",
    ),
    Fault(
        "randperm has numbers twice where the dtype ends",
        "autotensor/random.py", "if count > (most := _whole_range(kind)[1] + 1):",
        "if count > (most := _whole_range(kind)[1] + 1) * 2:",
        "tests/autotensor/test_random.py",
    ),
    Fault(
        "what is like a transposed Tensor lies row by row",
        "autotensor/creation.py", "if not (model.flags.c_contiguous or 0 in model.strides):",
        "if 0 in model.strides:",
        "tests/autotensor/test_creation.py",
    ),
    Fault(
        "a number too large for float16 is written as infinity",
        "autotensor/operators/arguments.py", "    if real and dtype.kind == \"f\":\n",
        "    if dtype.kind == \"f\":\n        return\n    if real and dtype.kind == \"f\":\n",
        "tests/autotensor/test_integers.py",
    ),
    Fault(
        "a fraction below 0 turns round in uint8",
        "autotensor/operators/arguments.py", 'if dtype.kind == "u" and not real else least',
        'if dtype.kind == "u" else least',
        "tests/autotensor/test_integers.py",
    ),
    Fault(
        "random_(5, None) ends at 5",
        "autotensor/random.py", "if to is ...:", "if to is ... or to is None:",
        "tests/autotensor/test_random.py",
    ),
    Fault(
        "normal: the dtype is the wider of both",
        "autotensor/random.py", "own = tensors[0].array.dtype if tensors else",
        "own =", "tests/autotensor/test_random.py",
    ),
    Fault(
        "exponential_ gives 0",
        "autotensor/random.py", "np.maximum(waits, np.finfo(waits.dtype).smallest_subnormal)",
        "waits", "tests/autotensor/test_random.py",
    ),
    Fault(
        "Uniform samples its upper bound",
        "autotensor/distributions/uniform.py",
        "sample - (sample - self.high.nextafter(self.low)).clamp(min=0).detach()", "sample",
        "tests/autotensor/test_random.py",
    ),
    Fault(
        "cholesky takes NaN for positive",
        "autotensor/kernels/matrices.py",
        "np.diagonal(factors, axis1=-2, axis2=-1) > 0",
        "~(np.diagonal(factors, axis1=-2, axis2=-1) <= 0)", "tests/autotensor/test_linalg.py",
    ),
    Fault(
        "a determinant that is NaN has a sign",
        "autotensor/operators/linalg/matrix_functions.py",
        "np.where(np.isnan(value), sign.dtype.type(0), sign)", "sign",
        "tests/autotensor/test_linalg.py",
    ),
    Fault(
        "a bent line has no second derivative rather than 0",
        "autotensor/operators/structure/copying.py",
        "_depending(input, value) if isinstance(value, Tensor) else value", "value",
        "tests/autotensor/test_autograd.py",
    ),
    Fault(
        "x ** 0 multiplies the gradient by 0",
        "autotensor/operators/pointwise/arithmetic.py",
        "return zeros_like(g)\n        return g * (", "return g * 0\n        return g * (",
        "tests/formulas/test_pointwise.py",
    ),
    Fault(
        "searchsorted stops before NaN",
        "autotensor/operators/reductions/sorting.py",
        "if np.array_equal(last, last):", "if True:", "tests/autotensor/test_counting.py",
    ),
    Fault(
        "a second ellipsis is refused",
        "autotensor/operators/structure/indexing.py",
        "        del parts[place]\n", "        pass\n",
        "tests/autotensor/test_selection.py",
    ),
    Fault(
        "a list of arrays is one array",
        "autotensor/operators/structure/indexing.py",
        "(slice, Sequence, Tensor, np.ndarray)", "(slice, Sequence, Tensor)",
        "tests/autotensor/test_selection.py",
    ),
    Fault(
        "a mask without elements fits anything",
        "autotensor/operators/structure/indexing.py",
        "    if mask.shape != sizes:", "    if False:",
        "tests/autotensor/test_selection.py",
    ),
    Fault(
        "a Tensor with a fraction is an int",
        "autotensor/operators/arguments.py",
        "value.ndim == 0 and value.dtype.kind in \"iu\" else None", "value.ndim == 0 else None",
        "tests/autotensor/test_dims_and_sizes.py",
    ),
    Fault(
        "max: a Tensor given as dim is compared with",
        "autotensor/operators/reductions/reductions.py",
        "        dim = other\n    elif other is not None:", "    elif other is not None:",
        "tests/autotensor/test_dims_and_sizes.py",
    ),
    Fault(
        "view: a Tensor is a dtype",
        "autotensor/operators/structure/shapes.py",
        "isinstance(size[0], (dtype, np.dtype, type, str))",
        "not isinstance(size[0], (int, tuple, list))",
        "tests/autotensor/test_dims_and_sizes.py",
    ),
    Fault(
        "all of an expanded Tensor may be written to",
        "autotensor/overlaps.py",
        "if step < reach:", "if False:", "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "a part of a read-only array may be written to",
        "autotensor/overlaps.py",
        "not view.base.array.flags.writeable or _", "_", "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "unflatten: sizes that do not multiply",
        SHAPES,
        "math.prod(wanted) != size or min(wanted) < 0:", "False:",
        "tests/autotensor/test_dims_and_sizes.py",
    ),
    Fault(
        "a new dimension has no stride",
        "autotensor/facts.py",
        "behind if unused else stride", "stride", "tests/autotensor/test_dims_and_sizes.py",
    ),
    Fault(
        "einsum copies what it only turns",
        "autotensor/operators/linalg/einstein.py",
        "    if len(factors) == 1:\n        return value", "    if False:\n        return value",
        "tests/autotensor/test_in_place.py",
    ),
    Fault(
        "the grad of a leaf lies in memory as it was computed",
        BACKWARD,
        " or total.strides != array.strides:", ":",
        "tests/autotensor/test_graph.py",
    ),
    Fault(
        "two leaves have one grad with create_graph",
        BACKWARD,
        "total.clone() if before is None", "total if before is None",
        "tests/autotensor/test_graph.py",
    ),
    Fault(
        "a function of autotensor in a class becomes a method",
        "nn/module.py",
        "isinstance(value, FunctionType) and _is_operator(value)", "False",
        "tests/nn/test_module.py",
    ),
    Fault(
        "what is made of a function becomes no method",
        "nn/module.py",
        "return of_its_own and function", "return function",
        "tests/nn/test_module.py",
    ),
    Fault(
        "the doctor overlooks equal units that rounding has parted",
        "nn/insight/doctor.py",
        "<= 1e-4 * largest(units)", "<= 0",
        "tests/nn/test_doctor.py",
    ),
]  # fmt: skip
