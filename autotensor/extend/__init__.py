"""What it takes to write operators, layers and optimizers of one's own, outside of this package.

``Function`` is PyTorch's way: a forward and a backward.  ``operator``, ``unary`` and ``binary`` are
this library's: a value on arrays with its derivative rules beside it, as its own operators are
declared, differentiable to any order.  ``gradcheck`` and ``gradgradcheck`` test either.  The rest
is what ``nn`` itself is built with: the graph's parts, hooks, readers of arguments, and loops over
arrays that use all threads.

    >>> import numpy as np
    >>> import autotensor as at
    >>> from autotensor.extend import unary
    >>> @unary(np.cbrt, lambda g, output: g / (3 * output * output))
    ... def cbrt(input):
    ...     '''``∛input``.  d input = g / (3 y²).'''
    >>> x = at.tensor([8.0, 27.0], dtype=at.float64, requires_grad=True)
    >>> at.gradcheck(cbrt, x)
    True
"""

from autotensor.array_likes import array_of
from autotensor.device import need_cpu
from autotensor.doors import explained, place_doors
from autotensor.engine.dtypes import canonical
from autotensor.engine.graph import Bundle, Node, parent_of, record, record_several
from autotensor.engine.modes import watched
from autotensor.engine.operator import binary, operator, unary
from autotensor.engine.storage import clock
from autotensor.engine.tensor import raw, wrap
from autotensor.extend.function import Function, FunctionContext, once_differentiable
from autotensor.extend.gradcheck import GradcheckError, gradcheck, gradgradcheck
from autotensor.hooks import RemovableHandle, add_hook, add_to_leaf, at_the_end, is_awaited
from autotensor.importing import (
    awaited,
    contents,
    import_extra,
    list_public,
    on_demand,
    on_first_call,
    published,
)
from autotensor.machine.appending import append
from autotensor.machine.error_state import ignored, numpy_errors, silent
from autotensor.machine.files import remove_left_over, replacing, sync_folder
from autotensor.machine.memory import empty_lines
from autotensor.machine.threads import SHARED_BLOCK, in_blocks, product
from autotensor.operators.arguments import numbers, spatial_input, target_sizes
from autotensor.operators.faces import face
from autotensor.operators.networks.losses.reduction import read_reduction
from autotensor.random import draws_apart, normal_array, thread_generator, uniform_array
from autotensor.remedies import to_get_a_tensor, type_name, unlike_dtypes
from autotensor.seeing.networks import names_of, see_networks
from autotensor.sharing import share_between_processes

__all__ = [
    "add_hook", "add_to_leaf", "append", "array_of", "at_the_end", "awaited", "binary",
    "Bundle", "canonical", "clock", "contents", "draws_apart", "empty_lines", "explained",
    "import_extra", "face", "Function", "FunctionContext", "gradcheck", "GradcheckError",
    "gradgradcheck", "ignored", "in_blocks", "is_awaited", "list_public", "names_of",
    "see_networks", "need_cpu", "Node", "normal_array", "numbers", "numpy_errors", "on_demand",
    "on_first_call", "once_differentiable", "operator", "parent_of", "place_doors", "product",
    "published", "raw", "read_reduction", "record", "record_several", "RemovableHandle",
    "remove_left_over", "replacing", "share_between_processes", "SHARED_BLOCK", "silent",
    "spatial_input", "sync_folder", "target_sizes", "thread_generator", "to_get_a_tensor",
    "type_name", "unary", "uniform_array", "unlike_dtypes", "watched", "watched_step",
    "way_to", "wrap",
]  # fmt: skip

watched_step = on_first_call("autotensor.seeing.anomalies", "watched_step")
way_to = on_first_call("autotensor.seeing.places", "way_to")

list_public(__name__)
