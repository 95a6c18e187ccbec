"""The defaults of every public function, class and method, against a list of PyTorch's.

``defaults.json`` is that list; ``python -m tests.formulas.defaults`` makes it and needs PyTorch,
this test does not.  What PyTorch does not have stands there with our own defaults, so that none
changes unnoticed.
"""

from __future__ import annotations

import json
from typing import Any

from tests.formulas.defaults import PAGE, REQUIRED, SOMETIMES, has_defaults, our_arguments

GOLDEN = json.loads(PAGE.read_text(encoding="utf-8"))
OURS = our_arguments()
MAY_BE_LEFT_OUT = [(SOMETIMES, None), (SOMETIMES, REQUIRED)]
REMEDY = "run python -m tests.formulas.defaults, and look at what it changes"

#: Why the defaults of some arguments are not those of the list; arguments by the end of the path.
ON_PURPOSE = {
    "one signature here for several of PyTorch's; None is for those without it": """
        argsort.stable arange.end bernoulli.p grad.create_graph grad.is_grads_batched
        grad.materialize_grads grad.only_inputs gru.batch_first log_softmax.dim lstm.batch_first
        randint.high randint.size randint_like.high range.end repeat_interleave.repeats
        round_.decimals
        rnn_relu.batch_first rnn_tanh.batch_first softmax.dim sort.stable std.unbiased
        std_mean.unbiased var.unbiased var_mean.unbiased state_dict.keep_vars state_dict.prefix
        Module.to.non_blocking hamming_window.alpha hamming_window.beta hamming_window.periodic
    """,
    "None stands for what PyTorch has, so that what was given can be told from what was not": """
        arange.start avg_pool1d.stride avg_pool2d.stride avg_pool3d.stride checkpoint.context_fn
        cumulative_trapezoid.dx gradient.spacing nan_to_num.nan randint.low randint_like.low
        random_split.generator std.correction std_mean.correction trapezoid.dx trapz.dx
        nan_to_num_.nan tril_indices.device triu_indices.device var.correction var_mean.correction
    """,
    "False does what PyTorch's None does": "DataLoader.shuffle",
    "PyTorch hides it behind *args, **kwargs": """
        checkpoint.preserve_rng_state checkpoint_sequential.preserve_rng_state lu.get_infos lu.pivot
        no_grad.mode nonzero.as_tuple normal.requires_grad scalar_tensor.requires_grad
        RNNBase.forward.hx Tensor.device Variable.data Variable.requires_grad Variable.volatile
        device.index
        finfo.type NLLLoss2d.ignore_index NLLLoss2d.reduce NLLLoss2d.reduction
        NLLLoss2d.size_average NLLLoss2d.weight Generator.device is_autocast_enabled.device_type
        Size.sizes BFloat16Tensor.device BoolTensor.device ByteTensor.device CharTensor.device
        DoubleTensor.device FloatTensor.device HalfTensor.device IntTensor.device LongTensor.device
        ShortTensor.device Tensor.new.device
    """,
    "PyTorch's is named from, a word of Python's": "random_.from_ uniform_.from_",
    "PyTorch's docstring has a default, but it asks for the argument": "normal.mean",
    "there is no pickle": "save.pickle_module",
    "PyTorch hands it on to pickle": "load.encoding",
    "ours": """
        jacfwd.chunk_size TensorDataset.transform load.max_bytes detect_anomaly.check_inf
        set_detect_anomaly.check_inf
    """,
}
REASONS = {end: why for why, ends in ON_PURPOSE.items() for end in ends.split()}


def same(ours: Any, theirs: Any) -> bool:
    """Equal, and both a bool or none; a number may be whole or not."""
    return ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool)


def differences() -> dict[str, tuple[Any, Any]]:
    """Each argument with another default than PyTorch's, with both."""
    found = {}
    for path, listed in GOLDEN["pytorch"].items():
        for name, ours in OURS.get(path, {}).items():
            theirs = listed.get(name, ours if ours == REQUIRED else "<none>")
            if not same(ours, theirs) and (theirs, ours) not in MAY_BE_LEFT_OUT:
                found[f"{path}.{name}"] = (ours, theirs)
    return found


DIFFERENCES = differences()


def stands_for(end: str, argument: str) -> bool:
    return f".{argument}".endswith(f".{end}")


def test_every_callable_with_a_default_is_in_the_list() -> None:
    listed = GOLDEN["pytorch"].keys() | GOLDEN["own"].keys()
    with_defaults = {path for path, one in OURS.items() if has_defaults(one)}
    assert with_defaults <= listed <= OURS.keys(), REMEDY


def test_defaults_are_those_of_pytorch() -> None:
    wrong = {
        argument: both
        for argument, both in DIFFERENCES.items()
        if not any(stands_for(end, argument) for end in REASONS)
    }
    assert not wrong, "(ours, PyTorch's)"


def test_each_difference_on_purpose_still_is_one() -> None:
    gone = [end for end in REASONS if not any(stands_for(end, one) for one in DIFFERENCES)]
    assert not gone


def test_defaults_of_what_pytorch_does_not_have_are_as_they_were() -> None:
    assert {path: OURS[path] for path in GOLDEN["own"]} == GOLDEN["own"], REMEDY
