"""Neural networks on autotensor, with PyTorch's names: ``import nn``.

``nn.data`` and ``nn.training`` are imported by those who use them.
"""

from typing import TYPE_CHECKING

from autotensor import Parameter as Parameter
from autotensor.extend import awaited, contents, on_demand, published
from nn import functional as functional
from nn import init as init
from nn import layers as layers
from nn import naming as _naming
from nn import parameter as parameter
from nn.containers import *
from nn.module import Module as Module
from nn.parameter import Buffer as Buffer
from nn.parameter import UninitializedBuffer as UninitializedBuffer
from nn.parameter import UninitializedParameter as UninitializedParameter

_naming.register()

if TYPE_CHECKING:
    from nn import attention as attention
    from nn import modules as modules
    from nn import onnx as onnx
    from nn import optim as optim
    from nn import parallel as parallel
    from nn import sklearn as sklearn
    from nn import utils as utils
    from nn.insight.summary import summary as summary
    from nn.layers import *
    from nn.parallel.data_parallel import DataParallel as DataParallel
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        "_reduction",
        "attention",
        "modules",
        "onnx",
        "optim",
        "parallel",
        "sklearn",
        "utils",
        names={
            "nn.insight.summary": "summary",
            "nn.layers": awaited("nn.layers"),
            "nn.parallel.data_parallel": "DataParallel",
        },
    )
    __all__ = sorted([*published(__name__), "functional", "init", "parameter"])
    __doc__ += contents(
        __name__,
        containers=[name for name in __all__ if name.endswith(("List", "Dict", "Sequential"))],
        losses=[name for name in __all__ if name.endswith("Loss")],
        layers=awaited("nn.layers").split(),
        modules=[
            "attention",
            "functional",
            "init",
            "modules",
            "onnx",
            "optim",
            "parallel",
            "sklearn",
            "utils",
        ],
    )
