"""Constructors, functions and attributes of ``nn`` beside PyTorch's; a difference has a reason."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import init, optim
from nn.optim import lr_scheduler
from nn.utils import rnn

# -- what is not there, and why --------------------------------------------------------------------

PLUMBING = "PyTorch's own plumbing"
NOT_HERE = {
    "nn.Container": "outdated since 2017: a Module without a forward",
    "nn.CrossMapLRN2d": "Torch 7's form of LocalResponseNorm",
    "nn.LinearCrossEntropyOptions": "chooses among ways to save memory on a GPU",
    "nn.factory_kwargs": PLUMBING,
    "init._make_deprecate": PLUMBING,
    "F.ScalingType": "for float8",
    "F.SwizzleType": "for float8",
    "F.assert_int_or_pair": PLUMBING,
    "F.boolean_dispatch": PLUMBING,
    "F.conv_tbc": "of fairseq's first days; transpose and conv1d",
    "F.grouped_mm": "for bfloat16 on a GPU",
    "F.handle_torch_function": PLUMBING,
    "F.has_torch_function": PLUMBING,
    "F.has_torch_function_unary": PLUMBING,
    "F.has_torch_function_variadic": PLUMBING,
    "F.native_channel_shuffle": "channel_shuffle",
    "F.scaled_grouped_mm": "for float8",
    "F.scaled_mm": "for float8",
    "optim.SparseAdam": "there are no sparse Tensors",
    "optim.swap_in_optimizer_params_and_state": PLUMBING,
    "lr_scheduler.Tensor": "a name it imports",
    "utils.convert_conv2d_weight_memory_format": "there is one memory format",
    "utils.convert_conv3d_weight_memory_format": "there is one memory format",
    "rnn.PackedSequence_": PLUMBING,
    "rnn.bind": PLUMBING,
    "rnn.copy_method_params": PLUMBING,
}
OTHER_ARGUMENTS = {
    "F.log_softmax": "_stacklevel is about a warning of PyTorch's",
    "F.softmax": "_stacklevel is about a warning of PyTorch's",
    "F.softmin": "_stacklevel is about a warning of PyTorch's",
    "F.normalize": "out is taken by all functions that have it in PyTorch, and in no signature",
    "init._calculate_correct_fan": "who is named in messages",
    "init._calculate_fan_in_and_fan_out": "who is named in messages",
}
LAZY = "a lazy layer looks at its input in __call__, without hooks"
ATTRIBUTES_NOT_HERE = {
    "_apply_instance_norm": PLUMBING,
    "_check_non_zero_input_channels": PLUMBING,
    "_flat_weight_refs": PLUMBING,
    "_get_full_log_prob": PLUMBING,
    "_get_in_channels": LAZY,
    "_get_item_by_idx": PLUMBING,
    "_get_no_batch_dim": PLUMBING,
    "_get_num_spatial_dims": LAZY,
    "_handle_no_batch_input": PLUMBING,
    "_infer_parameters": LAZY,
    "_init_flat_weights": PLUMBING,
    "_initialize_hook": LAZY,
    "_lazy_load_hook": LAZY,
    "_load_hook": LAZY,
    "_output_padding": "output_padding, or chosen in forward by output_size",
    "_require_tuple_int": PLUMBING,
    "_update_flat_weights": PLUMBING,
    "_weights_have_changed": PLUMBING,
    "activation_relu_or_gelu": "about a faster way in evaluation",
    "check_forward_args": "the operator checks what it is given",
    "check_hidden_size": "the operator checks what it is given",
    "check_input": "the operator checks what it is given",
    "get_expected_cell_size": "the operator checks what it is given",
    "get_expected_hidden_size": "the operator checks what it is given",
    "merge_masks": "the operator merges masks",
    "permute_hidden": PLUMBING,
    "use_nested_tensor": "there are no nested Tensors",
}
# Of one layer: a base class has it here for fewer layers.
OF_OTHERS = {"_check_input_dim": "CircularPad", "_conv_forward": "ConvTranspose"}

HOMES = {
    "nn": (nn, "nn"), "init": (init, "nn.init"), "F": (F, "nn.functional"),
    "optim": (optim, "optim"), "lr_scheduler": (lr_scheduler, "optim.lr_scheduler"),
    "utils": (nn.utils, "nn.utils"), "rnn": (rnn, "nn.utils.rnn"),
}  # fmt: skip


def callables(torch: ModuleType) -> Iterator[tuple[str, Any, Any]]:
    """(name, ours or None, PyTorch's) of what is public and callable in those modules."""
    for title, (ours, path) in HOMES.items():
        theirs: Any = torch
        for part in path.split("."):
            theirs = getattr(theirs, part)
        for name in dir(theirs):
            value = getattr(theirs, name)
            if name.startswith("__") or (name[0] == "_" and title != "init"):
                continue
            if callable(value) and str(getattr(value, "__module__", "")).startswith("torch"):
                yield f"{title}.{name}", getattr(ours, name, None), value


def arguments(function: Any) -> dict[str, Any]:
    """Names and kinds in their order, with defaults."""
    return {
        f"{one.name} {one.kind.name}": getattr(one.default, "__name__", one.default)
        for one in inspect.signature(function).parameters.values()
    }


def test_everything_is_there(torch: ModuleType) -> None:
    missing = {name for name, ours, _ in callables(torch) if ours is None}
    assert missing == NOT_HERE.keys()


def test_arguments_have_pytorchs_names_order_and_defaults(torch: ModuleType) -> None:
    different = {}
    for name, ours, theirs in callables(torch):
        if ours is None or name in OTHER_ARGUMENTS:
            continue
        try:
            expected = arguments(theirs)
        except ValueError:  # written in C
            continue
        if list(expected)[-1:] == ["kwargs VAR_KEYWORD"]:  # which says nothing
            continue
        found = arguments(ours)
        if list(found) != list(expected) or found != expected:
            different[name] = (found, expected)
    assert different == {}


# -- attributes of layers --------------------------------------------------------------------------

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "AdaptiveLogSoftmaxWithLoss": (8, 10, [2, 5], 2.0), "Bilinear": (2, 3, 4),
    "ChannelShuffle": (2,), "Embedding": (10, 3), "EmbeddingBag": (10, 3),
    "Fold": ((4, 4), 2), "GroupNorm": (2, 4), "LayerNorm": (4,), "LazyLinear": (3,),
    "Linear": (4, 3), "LinearCrossEntropyLoss": (3, 4), "LocalResponseNorm": (3,),
    "LogSoftmax": (1,), "MultiheadAttention": (4, 2), "PixelShuffle": (2,), "PixelUnshuffle": (2,),
    "RMSNorm": (4,), "RNNBase": ("LSTM", 3, 4), "RNNCellBase": (3, 4, True, 4), "Softmax": (1,),
    "Softmin": (1,), "Threshold": (1.0, 2.0), "Transformer": (4, 2, 1, 1, 8), "Unfold": (2,),
    "Unflatten": (1, (2, 2)), "Upsample": (2,), "UpsamplingBilinear2d": (2,),
    "UpsamplingNearest2d": (2,),
}  # fmt: skip
BY_PATTERN: list[tuple[str, tuple[Any, ...]]] = [
    ("LazyConv", (4, 3)), ("Lazy", ()), ("Conv", (3, 4, 3)), ("ConstantPad", (1, 0.5)),
    ("Pad", (1,)), ("FractionalMax", (2, 1)), ("LPPool", (2, 2)), ("Unpool", (2,)), ("Pool", (2,)),
    ("Batch", (4,)), ("Instance", (4,)), ("RNN", (3, 4)), ("LSTM", (3, 4)), ("GRU", (3, 4)),
]  # fmt: skip
HOLDERS = ("DataParallel", "Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList")


def made(package: Any, name: str) -> Any:
    """An object of the layer of this name."""
    if name in ("TransformerEncoder", "TransformerDecoder"):
        layer = getattr(package, f"{name}Layer")(4, 2, 8, batch_first=True)
        return getattr(package, name)(layer, 2)
    if name.startswith("Transformer") and name.endswith("Layer"):
        return getattr(package, name)(4, 2, 8)
    fitting = (given for part, given in BY_PATTERN if part in name)
    given = ARGUMENTS[name] if name in ARGUMENTS else next(fitting, ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(package, name)(*given)


def plain(value: Any) -> Any:
    """What can be compared of an attribute."""
    if "Uninitialized" in type(value).__name__:
        return "lazy"
    if hasattr(value, "requires_grad_") and hasattr(value, "shape"):
        return tuple(value.shape)
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(one) for one in value]
    simple = value is None or isinstance(value, (bool, int, float, str))
    return value if simple else type(value).__name__


def layers(torch: ModuleType) -> list[str]:
    return [
        name
        for name, value in vars(torch.nn).items()
        if isinstance(value, type) and issubclass(value, torch.nn.Module)
        if name not in HOLDERS and hasattr(nn, name)
    ]


def test_layers_have_pytorchs_attributes(torch: ModuleType) -> None:
    common = {*dir(torch.nn.Module), *vars(torch.nn.Module())}
    missing, different = set(), {}
    for name in layers(torch):
        theirs, ours = made(torch.nn, name), made(nn, name)
        for attribute in {*dir(theirs)} - common:
            if attribute.startswith("__") or attribute in ATTRIBUTES_NOT_HERE:
                continue
            if OF_OTHERS.get(attribute, "-") in name:
                continue
            if not hasattr(ours, attribute):
                missing.add((name, attribute))
            elif not callable(getattr(theirs, attribute)):
                values = plain(getattr(ours, attribute)), plain(getattr(theirs, attribute))
                if values[0] != values[1]:
                    different[name, attribute] = values
    assert missing == set()
    assert different == {}


def test_layers_look_and_save_as_in_pytorch(torch: ModuleType) -> None:
    for name in layers(torch):
        theirs, ours = made(torch.nn, name), made(nn, name)
        assert repr(ours) == repr(theirs)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        assert [one for one, _ in ours.named_parameters()] == [
            one for one, _ in theirs.named_parameters()
        ]


def test_modules_have_pytorchs_methods(torch: ModuleType) -> None:
    for name in ("Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList"):
        public = {one for one in dir(getattr(torch.nn, name)) if one[0] != "_"}
        assert public <= {*dir(getattr(nn, name))} | {"T_destination"}


# -- what subclasses override ----------------------------------------------------------------------


def test_a_convolution_may_override_how_it_is_computed() -> None:
    """As Whisper's does, which casts the weight."""

    class Doubled(nn.Conv1d):
        def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
            return super()._conv_forward(input, weight * 2, bias)

    class Still(Doubled):
        def forward(self, input: Any) -> Any:
            return input

    layer = Doubled(2, 3, 3, padding=1, padding_mode="reflect", bias=False)
    plain_layer = nn.Conv1d(2, 3, 3, padding=1, padding_mode="reflect", bias=False)
    plain_layer.load_state_dict(layer.state_dict())
    x = at.randn(1, 2, 5)
    np.testing.assert_allclose(layer(x).detach(), 2 * plain_layer(x).detach(), rtol=1e-6)
    layer.padding_mode = plain_layer.padding_mode = "zeros"
    np.testing.assert_allclose(layer(x).detach(), 2 * plain_layer(x).detach(), rtol=1e-6)
    assert Still(2, 3, 3)(x) is x

    class Both(Still):
        def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
            raise AssertionError

    assert Both(2, 3, 3)(x) is x


def test_a_batch_norm_may_override_what_it_accepts() -> None:
    class Any5d(nn.BatchNorm2d):
        def _check_input_dim(self, input: Any) -> None:
            if input.ndim != 5:
                raise ValueError("five")

    assert Any5d(2)(at.randn(3, 2, 1, 1, 2)).shape == (3, 2, 1, 1, 2)
    with pytest.raises(ValueError, match="five"):
        Any5d(2)(at.randn(3, 2, 1, 1))


def test_a_transformer_layer_may_override_its_blocks() -> None:
    class Layer(nn.TransformerEncoderLayer):
        def _sa_block(
            self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False
        ) -> Any:
            out, self.weights = self.self_attn(
                x, x, x, attn_mask=attn_mask, key_padding_mask=key_padding_mask
            )
            return self.dropout1(out)

    x, mask = at.randn(3, 2, 4), nn.Transformer.generate_square_subsequent_mask(3)
    layer, usual = Layer(4, 2, 8, dropout=0.0), nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0)
    usual.load_state_dict(layer.state_dict())
    np.testing.assert_allclose(layer(x, mask).detach(), usual(x, mask).detach(), rtol=1e-5)
    assert layer.weights.shape == (2, 3, 3)


def test_recurrent_weights_may_be_replaced() -> None:
    lstm = nn.LSTM(3, 4)
    assert lstm._flat_weights[0] is lstm.weight_ih_l0
    first = lstm(at.ones(2, 1, 3))[0]
    lstm._flat_weights = [one * 1 for one in lstm._flat_weights]
    assert not lstm.weight_ih_l0.is_leaf
    np.testing.assert_array_equal(lstm(at.ones(2, 1, 3))[0].detach(), first.detach())
    del lstm._parameters["weight_hh_l0"]
    lstm.weight_hh_l0 = at.zeros(16, 4)
    lstm._flat_weights = [one.detach() for one in lstm._flat_weights]
    assert "weight_hh_l0" not in lstm._parameters
    assert not lstm.weight_hh_l0.any()


def test_sync_batch_norm_is_a_batch_norm() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Sequential(nn.BatchNorm2d(2, momentum=0.3)))
    before = model[1][0]
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(model, "group")
    norm = converted[1][0]
    assert converted is model
    assert isinstance(norm, nn.SyncBatchNorm)
    assert norm.weight is before.weight
    assert norm.running_mean is before.running_mean
    assert (norm.momentum, norm.process_group) == (0.3, "group")
    x = at.randn(4, 2, 3, 3)
    np.testing.assert_array_equal(norm(x).detach(), before(x).detach())
    assert norm(at.randn(4, 2)).shape == (4, 2)
    with pytest.raises(ValueError, match=r"SyncBatchNorm: expected input of shape \(N, C, \*\)"):
        norm(at.ones(2))


# -- outdated and underscored names ----------------------------------------------------------------


def test_fans() -> None:
    weight = at.empty(4, 3, 2, 5)
    assert init._calculate_fan_in_and_fan_out(weight) == (30, 40)
    assert init._calculate_correct_fan(weight, "FAN_OUT") == 40
    assert init._calculate_fan_in_and_fan_out(at.empty(2, 3, dtype=at.int64)) == (3, 2)
    with pytest.raises(ValueError, match="fewer than 2 dimensions"):
        init._calculate_fan_in_and_fan_out(at.empty(4))
    with pytest.raises(ValueError, match="mode fan not supported"):
        init._calculate_correct_fan(weight, "fan")


def test_filling_without_a_gradient() -> None:
    weight = nn.Parameter(at.empty(50, 40))
    assert init._no_grad_fill_(weight, 3.0) is weight
    assert (weight == 3).all()
    assert not init._no_grad_zero_(weight).any()
    assert -1 <= init._no_grad_uniform_(weight, -1.0, 2.0).min().item() < 0
    assert abs(init._no_grad_normal_(weight, 5.0, 0.1).mean().item() - 5) < 0.02
    assert init._no_grad_trunc_normal_(weight, 0.0, 1.0, 0.5, 0.6).min().item() >= 0.5


def test_names_from_before_0_4() -> None:
    weight = at.empty(2, 2)
    with pytest.warns(FutureWarning, match=r"nn\.init\.constant is now deprecated"):
        assert init.constant(weight, 2.0) is weight  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="has no attribute 'missing'"):
        init.missing  # type: ignore[attr-defined]
    weight.grad = at.ones(2, 2)
    with pytest.warns(FutureWarning, match="use clip_grad_norm_"):
        assert nn.utils.clip_grad_norm(weight, 1.0).item() == 2
    np.testing.assert_allclose(weight.grad, 0.5, rtol=1e-5)


def test_a_buffer_without_a_shape_is_persistent() -> None:
    assert nn.UninitializedBuffer(persistent=True).dtype == np.float32
    with pytest.raises(ValueError, match="persistent=False"):
        nn.UninitializedBuffer(persistent=False)
