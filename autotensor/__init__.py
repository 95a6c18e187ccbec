"""autotensor: reverse-mode automatic differentiation in pure NumPy, with PyTorch's names."""

import typing as _typing
from math import e as e
from math import inf as inf
from math import nan as nan
from math import pi as pi

__version__ = "0.1.0"

from autotensor import creation as _creation
from autotensor import facts as _facts
from autotensor import random as _random
from autotensor import type_info as _type_info
from autotensor.attributes import *
from autotensor.creation import *
from autotensor.device import *
from autotensor.doors import place_doors as _place_doors
from autotensor.elsewhere import FOREACH as _FOREACH
from autotensor.elsewhere import HOMES as _HOMES
from autotensor.engine import modes as _modes
from autotensor.engine.backward import grad as grad
from autotensor.engine.modes import *
from autotensor.engine.tensor import Tensor as Tensor
from autotensor.extend.function import *
from autotensor.extend.gradcheck import *
from autotensor.facts import *
from autotensor.importing import contents as _contents
from autotensor.importing import on_demand as _on_demand
from autotensor.importing import open_door as _open_door
from autotensor.machine.memory import keep_freed_memory as _keep_freed_memory
from autotensor.machine.threads import get_num_threads as get_num_threads
from autotensor.machine.threads import set_num_threads as set_num_threads
from autotensor.nodes import *
from autotensor.operators import images as _images
from autotensor.operators import linalg as _linalg
from autotensor.operators import networks as _networks
from autotensor.operators import pointwise as _pointwise
from autotensor.operators import reductions as _reductions
from autotensor.operators import structure as _structure
from autotensor.operators.images import *
from autotensor.operators.linalg import *
from autotensor.operators.methods import in_place_functions as _in_place_functions
from autotensor.operators.methods import make_methods as _make_methods
from autotensor.operators.networks import *
from autotensor.operators.networks.recurrent import *
from autotensor.operators.pointwise import *
from autotensor.operators.reductions import *
from autotensor.operators.settings import *
from autotensor.operators.structure import *
from autotensor.parameter import Parameter as Parameter
from autotensor.pickling import *
from autotensor.printing import set_printoptions as set_printoptions
from autotensor.protocols.array_object import *
from autotensor.protocols.dlpack import *
from autotensor.protocols.functions import *
from autotensor.protocols.tables import *
from autotensor.protocols.ufuncs import *
from autotensor.random import *
from autotensor.sharing import *
from autotensor.tensor_types import *
from autotensor.type_info import *

if _typing.TYPE_CHECKING:
    from autotensor import accelerator as accelerator
    from autotensor import amp as amp
    from autotensor import array_api as array_api
    from autotensor import autograd as autograd
    from autotensor import backends as backends
    from autotensor import compiler as compiler
    from autotensor import cpu as cpu
    from autotensor import cuda as cuda
    from autotensor import distributed as distributed
    from autotensor import distributions as distributions
    from autotensor import extend as extend
    from autotensor import func as func
    from autotensor import fx as fx
    from autotensor import hub as hub
    from autotensor import jit as jit
    from autotensor import linalg as linalg
    from autotensor import mps as mps
    from autotensor import multiprocessing as multiprocessing
    from autotensor import onnx as onnx
    from autotensor import random as random
    from autotensor import signal as signal
    from autotensor import special as special
    from autotensor import testing as testing
    from autotensor import types as types
    from autotensor import utils as utils
    from autotensor import version as version
    from autotensor import xpu as xpu
    from autotensor.amp import GradScaler as GradScaler
    from autotensor.amp import autocast as autocast
    from autotensor.amp import is_autocast_available as is_autocast_available
    from autotensor.amp import is_autocast_enabled as is_autocast_enabled
    from autotensor.compiler import _assert as _assert
    from autotensor.compiler import compile as compile
    from autotensor.seeing.anomalies import detect_anomaly as detect_anomaly
    from autotensor.seeing.anomalies import (
        is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled,
    )
    from autotensor.seeing.anomalies import set_detect_anomaly as set_detect_anomaly
    from autotensor.seeing.drawing import draw as draw
    from autotensor.serialization import load as load
    from autotensor.serialization import save as save
    from autotensor.settings import *
    from autotensor.signal.windows import bartlett_window as bartlett_window
    from autotensor.signal.windows import blackman_window as blackman_window
    from autotensor.signal.windows import hamming_window as hamming_window
    from autotensor.signal.windows import hann_window as hann_window
    from autotensor.signal.windows import kaiser_window as kaiser_window
    from autotensor.transforms.vmap import vmap as vmap
else:
    __getattr__, __dir__ = _on_demand(
        __name__,
        "accelerator",
        "amp",
        "array_api",
        "autograd",
        "backends",
        "compiler",
        "cpu",
        "cuda",
        "distributed",
        "distributions",
        "extend",
        "func",
        "fx",
        "hub",
        "jit",
        "linalg",
        "mps",
        "multiprocessing",
        "nn",
        "onnx",
        "optim",
        "random",
        "signal",
        "special",
        "testing",
        "types",
        "utils",
        "version",
        "xpu",
        names={
            "autotensor.amp": "GradScaler autocast is_autocast_available is_autocast_enabled",
            "autotensor.compiler": "_assert compile",
            "autotensor.foreach": " ".join(_FOREACH),
            "autotensor.seeing.anomalies": "detect_anomaly "
            "is_anomaly_check_nan_enabled set_detect_anomaly",
            "autotensor.seeing.drawing": "draw",
            "autotensor.serialization": "load save",
            "autotensor.settings": "are_deterministic_algorithms_enabled "
            "get_deterministic_debug_mode get_float32_matmul_precision get_num_interop_threads "
            "is_deterministic_algorithms_warn_only_enabled is_warn_always_enabled "
            "set_default_tensor_type set_deterministic_debug_mode "
            "set_float32_matmul_precision set_flush_denormal "
            "set_num_interop_threads set_warn_always use_deterministic_algorithms",
            "autotensor.signal.windows": "bartlett_window blackman_window hamming_window "
            "hann_window kaiser_window",
            "autotensor.transforms.vmap": "vmap",
        },
    )

newaxis = None

_make_methods(_structure, _pointwise, _reductions, _linalg)
globals().update(_in_place_functions())
# A name that is looked up on demand is no dependency: nothing in this package needs ``nn``.
_open_door(_HOMES, guests={"einops._backends": "autotensor.utils.einops"})
_place_doors(__name__, list(globals()))
_place_doors("autotensor.extend", ["gradcheck", "gradgradcheck", "once_differentiable"])
_keep_freed_memory()
__doc__ = (__doc__ or "") + _contents(
    __name__,
    making_Tensors=_creation,
    random_numbers=_random,
    views_and_parts=_structure,
    each_element_by_itself=_pointwise,
    sums_extremes_and_order=_reductions,
    linear_algebra=_linalg,
    networks=_networks,
    images=_images,
    gradients_and_modes=[
        *_modes.__all__,
        "Function",
        "FunctionContext",
        "GradcheckError",
        "grad",
        "gradcheck",
        "gradgradcheck",
        "once_differentiable",
        "vmap",
    ],
    dtypes_and_shapes=[*_facts.__all__, *_type_info.__all__],
)
