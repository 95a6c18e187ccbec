"""Where random programs may differ from PyTorch's, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tests.fuzz.programs import Difference, Step


class Reason(NamedTuple):
    """A difference on purpose: all four patterns must be found."""

    operator: str
    """In the line, or for gradients in any line."""
    what: str
    ours: str
    """In the error or value here."""
    theirs: str
    """In the error or value there."""
    why: str


REASONS = [
    Reason(
        "", "error", "^None$",
        "not implemented for|is not implemented|got Half|INTERNAL ASSERT|backward is unsupported",
        "PyTorch lacks a kernel or a derivative",
    ),
    Reason(
        "no_grad", "requires_grad|is_leaf", "", "",
        "PyTorch: a view, taken under no_grad, says that it requires grad",
    ),
    Reason(
        "//|floor_divide|heaviside|rounding_mode", "requires_grad|is_leaf", "", "",
        "PyTorch records these, only to refuse their derivative",
    ),
    Reason(
        r"grads\(", "requires_grad|is_leaf", "", "",
        "a gradient of zeros, which depends on nothing, is a constant",
    ),
    Reason(
        "", "error", "^None$", "source and destination dtypes match",
        "what is written is cast, as PyTorch does it for indices without Tensors",
    ),
    Reason(
        "", "error", "^None$", "returns multiple views",
        "PyTorch does not write to views that were made several at a time",
    ),
    Reason(
        r"func\.jvp", "error", "^None$", "more than one element of the written-to",
        "PyTorch's jvp refuses what was expanded",
    ),
    Reason(
        "", "error", "already used and its saved values are freed", "^None$",
        "a part of the graph that was freed has no edges: whether it matters cannot be known",
    ),
    Reason(
        "", "error", "cannot be written to a Tensor of dtype u?int", "^None$",
        "a number that does not fit is refused; PyTorch wraps it",
    ),
    Reason(
        "", "error", "^None$", "with a bool tensor, is not supported|with a bool tensor is not",
        "a bool is the number 0 or 1",
    ),
    Reason(
        "", "error", "shares memory between its elements", "^None$",
        "PyTorch writes to the same place twice",
    ),
    Reason(
        "", "error", "^None$",
        "(?i)dtype|scalar type|type promot|expected .* type|same type",
        "what PyTorch refuses to mix is promoted",
    ),
    Reason(
        r"F\.\w*(loss|entropy)", "dtype", "", "",
        "these losses are promoted as others are; PyTorch takes the first's dtype",
    ),
    Reason(
        "", "error", "^None$", "view size is not compatible with input tensor's size",
        "memory that is laid out otherwise: a Tensor that is no view is laid out anew",
    ),
    Reason(
        "", "error", "in-place operation has modified", "^None$",
        "another value is kept for the gradient than in PyTorch; to overwrite it is refused",
    ),
    Reason(
        "", "error", "^None$", "value cannot be converted to type",
        "a number is cut off when it is written to integers",
    ),
    Reason(
        "", "error", "^None$", "backward through the graph a second time",
        "what keeps no values for its gradient can be gone through again",
    ),
    Reason(
        "dist|norm|similarity|std|var", "value|gradient", "", "nan",
        "derivatives of norms and deviations at 0 are 0 where PyTorch gives NaN",
    ),
    Reason(
        r"detach_\(", "error", "^None$|cannot detach a view", "^None$|Can't detach views",
        "an operator made a view on its way in one library, and not in the other",
    ),
    Reason(
        r"_\(", "error", "cannot be written to a Tensor of dtype bool", "^None$",
        "what is no bool is not written to bools",
    ),
    Reason(
        r"requires_grad_\(", "requires_grad|is_leaf", "False", "True",
        "PyTorch: a view that was taken before says that it requires grad as well",
    ),
    Reason(
        "", "error", "^None$", "A view was created in no_grad mode",
        "PyTorch forbids to write to a view that was taken under no_grad",
    ),
    Reason(
        "", "error", "^None$", "detached in-place",
        "PyTorch forbids detach_ of what is kept for a gradient",
    ),
    Reason(
        "", "error", "cannot be seen as .* without copying", "^None$",
        "memory that is laid out otherwise, and shared: view refuses what reshape can do",
    ),
    Reason(
        "matrix_exp", "value", "", "inf|nan", "PyTorch's matrix_exp overflows in float16"
    ),
    Reason(
        "", "error", "^None$", "returned an invalid gradient",
        "PyTorch loses track of a shape that was changed in place under no_grad",
    ),
    Reason(
        "register_hook", "error", "^None$", "NoneType", "PyTorch calls hooks with None"
    ),
    Reason(
        r"\.data\.mul_", "gradient|value", "", "",
        "PyTorch: a write through data silently changes what is kept for the gradient",
    ),
    Reason(
        "batch_norm", "gradient|value", "", "",
        "PyTorch reads a weight that lies in memory with gaps as if there were none",
    ),
    Reason("", "error", "^None$", "ZeroTensors are immutable", "PyTorch's own zeros stop it"),
    Reason(
        "i0|i1", "error", "^None$", "SpecialI[01]",
        "PyTorch keeps the result for the derivative, which may not be overwritten then",
    ),
    Reason(
        r"detach_\(", "gradient", "", "^None$",
        "a view keeps its history if its base is detached in place",
    ),
    Reason(
        "", "error", "must have the (same dtype|dtype of)", "^None$",
        "two dtypes are refused where PyTorch takes either",
    ),
    Reason(
        "", "error", "^None$", "out of bounds for dimension|inplace operation: .torch.LongTensor",
        "indices that were overwritten behind the graph's back: here they were copied",
    ),
    Reason("copysign", "value", "", "nan", "PyTorch: NaN for derivatives of copysign at 0"),
    Reason("logit", "value", "", "nan", "PyTorch: NaN for second derivatives of logit below eps"),
    Reason("sinc", "value", "", "nan", "PyTorch: NaN for second derivatives of sinc at 0"),
    Reason(r"func\.jvp", "dtype", "", "", "what is pushed has the dtype of the output"),
    Reason(
        "trapezoid", "requires_grad|is_leaf", "", "", "PyTorch: no samples make a constant"
    ),
    Reason(
        r"squeeze_\(|\.t_\(|transpose_\(", "error", "^None$", "a view of a leaf Variable",
        "another shape of a view writes nothing",
    ),
    Reason(
        r"\] = |copy_", "requires_grad|is_leaf", "False", "True",
        "PyTorch: what nothing was written to, or integers, say that they require grad",
    ),
    Reason(
        "", "error", "cannot hold a value that requires grad", "^None$",
        "integers take no value that has a gradient; PyTorch drops it silently",
    ),
    Reason(
        "", "error", "NextafterBackward.*modified", "^None$", "nextafter's rule compares its inputs"
    ),
]  # fmt: skip


def reason_for(steps: Sequence[Step], difference: Difference) -> str | None:
    """Why the last of ``steps`` may differ; what shows in gradients may come from any of them."""
    text = steps[-1].text
    if steps[-1].family == "graph":
        text = "\n".join(step.text for step in steps)
    for one in REASONS:
        if (
            re.search(one.operator, text)
            and re.search(one.what, difference.what)
            and re.search(one.ours, str(difference.ours))
            and re.search(one.theirs, str(difference.theirs))
        ):
            return one.why
    return None
