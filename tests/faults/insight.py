"""Faults of the doctor."""

from __future__ import annotations

from tests.faults import Fault

DOCTOR = "tests/nn/test_doctor.py"

SUMMARY = "tests/nn/test_summary.py"

FAULTS = [
    Fault(
        "summary: a transposed convolution is counted by its outputs",
        "autotensor/seeing/calls.py",
        '"conv_transpose": _of_spread_windows',
        '"conv_transpose": _of_windows',
        SUMMARY,
    ),
    Fault(
        "summary: what a function calls is counted as a call of the program's",
        "autotensor/seeing/calls.py",
        "if not within:",
        "if True:",
        SUMMARY,
    ),
    Fault(
        "summary: memory of inputs counts as an activation",
        "nn/insight/watching.py",
        "if not any(np.may_share_memory(array, other.array) for other in given):",
        "if True:",
        SUMMARY,
    ),
    Fault(
        "Doctor: gradients that were cleared before the step count as piled up",
        "nn/insight/doctor.py",
        "if before is None or not before.array.any():\n            self._piled = False",
        "if before is None or not before.array.any():\n            pass",
        DOCTOR,
    ),
    Fault(
        "Doctor: log-probabilities before nll_loss are wrong",
        "nn/insight/ends.py",
        'isinstance(loss, losses.NLLLoss) and last != "log_softmax"',
        "isinstance(loss, losses.NLLLoss)",
        DOCTOR,
    ),
    Fault(
        "Doctor: shapes hide the last operator",
        "nn/insight/ends.py",
        "isinstance(node, Node) and node.name in SHAPES and node.edges",
        "False",
        DOCTOR,
    ),
    Fault(
        "Doctor: a ReLU before targets above 0 is wrong",
        "nn/insight/ends.py",
        "(targets.array < 0).any()",
        "True",
        DOCTOR,
    ),
    Fault(
        "Doctor: a list of what is registered too is reported",
        "nn/insight/hidden.py",
        "known = held | {id(one) for one in model.parameters()}",
        "known = held",
        DOCTOR,
    ),
    Fault(
        "Doctor: what is frozen in a list is reported",
        "nn/insight/hidden.py",
        "if one.requires_grad and id(one) not in known",
        "if id(one) not in known",
        DOCTOR,
    ),
    Fault(
        "Doctor: lists in lists are not looked into",
        "nn/insight/hidden.py",
        "DEPTH = 4",
        "DEPTH = 1",
        DOCTOR,
    ),
    Fault(
        "Doctor: an optimizer of one's own keeps what watched it",
        "nn/insight/steps.py",
        "del self.optimizer.step",
        "pass",
        DOCTOR,
    ),
    Fault(
        "Doctor: the steps of an optimizer of one's own are not seen",
        "nn/insight/steps.py",
        "after(optimizer, args, kwargs)\n            return result",
        "return result",
        DOCTOR,
    ),
    Fault(
        "Doctor: more maps must be dead",
        "nn/insight/chart.py",
        "dead_maps = 0.1",
        "dead_maps = 0.15",
        DOCTOR,
    ),
]
