"""The types of arguments and results, where the sources say ``Any``.

Operators are declared on raw arrays, so their sources cannot say ``Tensor``.  What an argument is
follows from its name nearly everywhere; where it does not, an entry ``function.argument`` stands in
``SPECIAL``.
"""

from __future__ import annotations

#: By type, the names of arguments.  A default of None adds ``| None``.
ARGUMENTS: dict[str, str] = {
    "Tensor": """
        input A B L LU LU_data LU_pivots _random_samples a anchor append attn_mask aweights b b_hh
        b_ih batch1 batch2 batch_sizes bias bias_k bias_v boundaries condition fweights grid
        in_proj_bias in_proj_weight index input1 input2 k_proj_weight key key_padding_mask log_probs
        logits mask mat mat1 mat2 negative offsets out_proj_bias out_proj_weight per_sample_weights
        pivots pos_weight positive prepend q_proj_weight query running_mean running_var
        sorted_sequence sorter src static_k static_v target targets tau tensor tensor1 tensor2 theta
        v_proj_weight values vec vec1 vec2 w_hh w_ih weight weights x x1 x2 y out
    """,
    "Operand": "other exponent value fill_value elements test_elements start_value",
    "Tensor | float": "max min q mean std var atol rtol rcond tol",
    "float": "start end step s p",
    "int": "high n",
    "Ints": """
        dilation dim dims kernel_size output_padding output_size padding stride axis destination
        shifts normalized_shape
    """,
    "Sizes": "size sizes shape shapes axes repeats",
    "Sequence[Tensor]": "tensors params matrices",
    "Sequence[int]": "pad",
    "Sequence[int] | Tensor": "input_lengths target_lengths",
    "int | Sequence[int]": "split_size_or_sections",
    "int | Sequence[int] | Tensor": "indices_or_sections",
    "float | Sequence[float]": "output_ratio scale_factor",
    "Tensor | Sequence[Tensor]": "inputs",
    "DType": "dtype type type1 type2 from_ to",
    "Device": "device",
    "Data": "data",
    "object": "obj",
    "float | str": "ord",
}

#: Where the name does not say it, or another function says something else by it.
SPECIAL: dict[str, str] = {
    "adaptive_avg_pool2d.output_size": "int | Sequence[int | None] | None",
    "adaptive_avg_pool3d.output_size": "int | Sequence[int | None] | None",
    "adaptive_max_pool2d.output_size": "int | Sequence[int | None] | None",
    "adaptive_max_pool3d.output_size": "int | Sequence[int | None] | None",
    "as_strided.size": "Sequence[int]",
    "as_strided.stride": "Sequence[int]",
    "affine_grid.size": "Sequence[int]",
    "as_tensor.data": "Data",
    "asarray.obj": "Data",
    "atleast_1d.tensors": "Tensor",
    "atleast_2d.tensors": "Tensor",
    "atleast_3d.tensors": "Tensor",
    "batch_norm.running_mean": "Tensor | None",
    "batch_norm.running_var": "Tensor | None",
    "bernoulli.p": "float",
    "bernoulli_.p": "float | Tensor",
    "block_diag.tensors": "Tensor",
    "broadcast_tensors.tensors": "Tensor",
    "broadcast_to.size": "Sizes",
    "cartesian_prod.tensors": "Tensor",
    "chain_matmul.matrices": "Tensor",
    "conv1d.padding": "Ints | str",
    "conv2d.padding": "Ints | str",
    "conv3d.padding": "Ints | str",
    "einsum.equation": "str | Tensor",
    "einsum.operands": "Tensor | Sequence[Tensor | int | EllipsisType]",
    "gradient.spacing": "float | Tensor | Sequence[float | Tensor]",
    "gradient.dim": "Ints",
    "histogram.bins": "int | Tensor",
    "histogramdd.bins": "int | Sequence[int] | Sequence[Tensor]",
    "fill.value": "Tensor | float",
    "fill_.value": "Tensor | float",
    "index_fill.value": "Tensor | float",
    "index_fill_.value": "Tensor | float",
    "index_put.indices": "Sequence[Tensor | None]",
    "index_put_.indices": "Sequence[Tensor | None]",
    "isclose.other": "Tensor",
    "lerp.end": "Tensor",
    "lerp_.end": "Tensor",
    "lerp.weight": "Tensor | float",
    "lerp_.weight": "Tensor | float",
    "linspace.start": "float | Tensor",
    "linspace.end": "float | Tensor",
    "logspace.start": "float | Tensor",
    "logspace.end": "float | Tensor",
    "lstm.hx": "Sequence[Tensor]",
    "lstm_cell.hx": "Sequence[Tensor]",
    "gru.hx": "Tensor",
    "gru_cell.hx": "Tensor",
    "rnn_relu.hx": "Tensor",
    "rnn_relu_cell.hx": "Tensor",
    "rnn_tanh.hx": "Tensor",
    "rnn_tanh_cell.hx": "Tensor",
    "cond.p": "float | str",
    "masked_fill.value": "Tensor | float",
    "masked_fill_.value": "Tensor | float",
    "max_unpool1d.indices": "Tensor",
    "max_unpool2d.indices": "Tensor",
    "max_unpool3d.indices": "Tensor",
    "meshgrid.tensors": "Tensor | Sequence[Tensor]",
    "moveaxis.source": "Ints",
    "movedim.source": "Ints",
    "multi_head_attention_forward.value": "Tensor",
    "norm.p": "float | str",
    "pow.input": "Tensor | float",
    "float_power.input": "Tensor | float",
    "fmod.input": "Tensor",
    "remainder.input": "Tensor | float",
    "xlogy.input": "Tensor | float",
    "xlog1py.input": "Tensor | float",
    "zeta.input": "Tensor | float",
    "bitwise_and.input": "Tensor | float",
    "bitwise_or.input": "Tensor | float",
    "bitwise_xor.input": "Tensor | float",
    "bitwise_left_shift.input": "Tensor | float",
    "bitwise_right_shift.input": "Tensor | float",
    "mul.input": "Operand",
    "multiply.input": "Operand",
    "add.input": "Operand",
    "sub.input": "Operand",
    "subtract.input": "Operand",
    "div.input": "Operand",
    "divide.input": "Operand",
    "true_divide.input": "Operand",
    "nanquantile.q": "float | Tensor",
    "repeat.repeats": "Sizes",
    "repeat_interleave.repeats": "Tensor | int",
    "result_type.a": "Operand",
    "result_type.b": "Operand",
    "scaled_dot_product_attention.value": "Tensor",
    "scatter.src": "Tensor | float",
    "scatter_.src": "Tensor | float",
    "scatter.reduce": "str",
    "scatter_.reduce": "str",
    "scatter.value": "float",
    "scatter_.value": "float",
    "slice_scatter.start": "int",
    "slice_scatter.end": "int",
    "sum_to_size.size": "Sizes",
    "take_along_dim.indices": "Tensor",
    "tensordot.dims": "int | Sequence[Sequence[int]] | Tensor",
    "to.target": "Tensor | DType | Device | bool | None",
    "unflatten.sizes": "Sequence[int]",
    "unravel_index.indices": "Tensor",
    "searchsorted.input": "Operand",
    "bucketize.input": "Operand",
    "vmap.in_dims": "int | Sequence[Any] | None",
    "vmap.out_dims": "int | Sequence[int | None] | None",
}
_copied = ["index_add", "index_copy", "index_reduce", "masked_scatter", "put"]
SPECIAL |= {f"{name}{form}.source": "Tensor" for name in _copied for form in ("", "_")}
SPECIAL["copy_.source"] = "Operand"

#: Arguments that are one of a few words, whatever function takes them.  Not those which programs
#: hand on from a variable, such as ``reduction`` and ``mode``: these are ``str``.
CHOICES: dict[str, str] = {
    "UPLO": "Literal['L', 'U']",
    "compute_mode": "Literal['use_mm_for_euclid_dist_if_necessary', 'use_mm_for_euclid_dist', "
    "'donot_use_mm_for_euclid_dist']",
    "indexing": "Literal['ij', 'xy']",
    "interpolation": "Literal['linear', 'lower', 'higher', 'midpoint', 'nearest']",
    "rounding_mode": "Literal['trunc', 'floor']",
    "side": "Literal['left', 'right']",
}

#: Results that are neither a Tensor nor what the source says.
RESULTS: dict[str, str] = {
    "gru": "tuple[Tensor, Tensor]",
    "item": "Any",
    "lstm": "tuple[Tensor, Tensor, Tensor]",
    "lstm_cell": "tuple[Tensor, Tensor]",
    "multi_head_attention_forward": "tuple[Tensor, Tensor | None]",
    "rnn_relu": "tuple[Tensor, Tensor]",
    "rnn_tanh": "tuple[Tensor, Tensor]",
    "std_mean": "tuple[Tensor, Tensor]",
    "var_mean": "tuple[Tensor, Tensor]",
}

_extreme = [
    "(input: Tensor) -> Tensor",
    "(input: Tensor, dim: int, keepdim: bool = False) -> ValuesAndIndices",
    "(input: Tensor, *, axis: int, keepdim: bool = False, keepdims: bool = False) "
    "-> ValuesAndIndices",
]
_atleast = ["(input: Tensor, /) -> Tensor", "(*tensors: Tensor) -> tuple[Tensor, ...]"]

#: Where the result depends on the arguments.  As methods, the same without ``input``.
OVERLOADS: dict[str, list[str]] = {
    "max": [*_extreme, "(input: Tensor, other: Tensor) -> Tensor"],
    "min": [*_extreme, "(input: Tensor, other: Tensor) -> Tensor"],
    "median": _extreme,
    "nanmedian": _extreme,
    "atleast_1d": _atleast,
    "atleast_2d": _atleast,
    "atleast_3d": _atleast,
    "where": [
        "(condition: Tensor) -> tuple[Tensor, ...]",
        "(condition: Tensor, input: Operand, other: Operand) -> Tensor",
    ],
    "size": ["(input: Tensor) -> Size", "(input: Tensor, dim: int) -> int"],
    "stride": ["(input: Tensor) -> tuple[int, ...]", "(input: Tensor, dim: int) -> int"],
    "type": [
        "(input: Tensor) -> str",
        "(input: Tensor, dtype: DType | type[Tensor], non_blocking: bool = False) -> Tensor",
    ],
    "grad": [
        "(outputs: Tensor | Sequence[Tensor], inputs: Tensor | Sequence[Tensor], "
        "grad_outputs: Tensor | Sequence[Tensor | None] | None = None, "
        "retain_graph: bool | None = None, create_graph: bool = False, "
        f"allow_unused: {unused} = None, is_grads_batched: bool = False, "
        f"materialize_grads: bool = False) -> tuple[{result}, ...]"
        for unused, result in (
            ("Literal[False] | None", "Tensor"),
            ("bool | None", "Tensor | None"),
        )
    ],
    "randint": [
        f"({bounds}, size: Sequence[int], *, generator: Generator | None = None, "
        "dtype: DType | None = ..., device: Device | None = None, requires_grad: bool = False, "
        "out: Tensor | None = None) -> Tensor"
        for bounds in ("high: int", "low: int, high: int")
    ],
    "compile": [
        "(model: Model, **settings: object) -> Model",
        "(model: None = None, **settings: object) -> Callable[[Model], Model]",
    ],
}

#: Flags that make a result a tuple: what it is without and with them.
FLAGS: dict[str, tuple[str, str]] = {
    "as_tuple": ("Tensor", "tuple[Tensor, ...]"),
    "get_infos": ("tuple[Tensor, Tensor]", "tuple[Tensor, Tensor, Tensor]"),
    "return_indices": ("Tensor", "tuple[Tensor, Tensor]"),
}

#: How a Tensor is stored, which functions take beside their own (``operators/settings.py``).
SETTINGS = {"memory_format": "memory_format", "layout": "layout", "pin_memory": "bool"}
