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

from autotensor.doors import explained as explained
from autotensor.doors import place_doors as place_doors
from autotensor.engine.dtypes import canonical as canonical
from autotensor.engine.graph import Bundle as Bundle
from autotensor.engine.graph import Node as Node
from autotensor.engine.graph import parent_of as parent_of
from autotensor.engine.graph import record as record
from autotensor.engine.graph import record_several as record_several
from autotensor.engine.hooks import RemovableHandle as RemovableHandle
from autotensor.engine.hooks import add_hook as add_hook
from autotensor.engine.operator import binary as binary
from autotensor.engine.operator import operator as operator
from autotensor.engine.operator import unary as unary
from autotensor.engine.tensor import raw as raw
from autotensor.engine.tensor import wrap as wrap
from autotensor.extend.function import *
from autotensor.extend.gradcheck import *
from autotensor.importing import awaited as awaited
from autotensor.importing import on_demand as on_demand
from autotensor.importing import public_names as public_names
from autotensor.machine.error_state import silent as silent
from autotensor.machine.threads import BLOCK as BLOCK
from autotensor.machine.threads import in_blocks as in_blocks
from autotensor.machine.threads import product as product
from autotensor.operators.arguments import numbers as numbers
from autotensor.operators.arguments import spatial_input as spatial_input
from autotensor.operators.arguments import target_sizes as target_sizes
from autotensor.operators.faces import face as face
from autotensor.operators.networks.losses.reduction import read_reduction as read_reduction
from autotensor.random import normal_array as normal_array
from autotensor.random import uniform_array as uniform_array
