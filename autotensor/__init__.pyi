# Made by `python -m tests.checkers.stubs` from the declarations; not to be edited by hand.
"""The functions of autotensor."""

from typing import Any
from collections.abc import Callable
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
from autotensor.device import OutOfMemoryError as OutOfMemoryError
from autotensor.device import device as _device
from autotensor.device import device as device
from autotensor.engine.modes import enable_grad as enable_grad
from autotensor.engine.modes import inference_mode as inference_mode
from autotensor.engine.modes import no_grad as no_grad
from autotensor.engine.modes import set_grad_enabled as set_grad_enabled
from autotensor.engine.tensor import Tensor as Tensor
from autotensor.extend.function import Function as Function
from autotensor.extend.function import FunctionContext as FunctionContext
from autotensor.extend.gradcheck import GradcheckError as GradcheckError
from autotensor.facts import Size as Size
from autotensor.facts import dtype as _dtype
from autotensor.facts import dtype as dtype
from autotensor.operators.linalg.decompositions import LU
from autotensor.operators.linalg.decompositions import OldSVD
from autotensor.operators.linalg.decompositions import QR
from autotensor.operators.linalg.decompositions import TriangularSolve
from autotensor.operators.linalg.matrix_functions import SlogDet
from autotensor.operators.pointwise.rounding import Frexp
from autotensor.operators.reductions.histograms import Histogram
from autotensor.operators.reductions.reductions import MinAndMax
from autotensor.operators.reductions.scans import ValuesAndIndices
from autotensor.operators.settings import layout as _layout
from autotensor.operators.settings import layout as layout
from autotensor.operators.settings import memory_format as _memory_format
from autotensor.operators.settings import memory_format as memory_format
from autotensor.parameter import Parameter as Parameter
from autotensor.random import Generator as Generator
from autotensor.seeing.anomalies import detect_anomaly as detect_anomaly
from autotensor.seeing.anomalies import set_detect_anomaly as set_detect_anomaly
from autotensor.seeing.drawing import Drawing
from autotensor.seeing.drawing import Given
from autotensor.seeing.drawing import Where
from autotensor.serialization import File
from autotensor.tensor_types import BFloat16Tensor as BFloat16Tensor
from autotensor.tensor_types import BoolTensor as BoolTensor
from autotensor.tensor_types import ByteTensor as ByteTensor
from autotensor.tensor_types import CharTensor as CharTensor
from autotensor.tensor_types import DoubleTensor as DoubleTensor
from autotensor.tensor_types import FloatTensor as FloatTensor
from autotensor.tensor_types import HalfTensor as HalfTensor
from autotensor.tensor_types import IntTensor as IntTensor
from autotensor.tensor_types import LongTensor as LongTensor
from autotensor.tensor_types import ShortTensor as ShortTensor
from autotensor.type_info import FInfo
from autotensor.type_info import IInfo
from autotensor.types import DType
from autotensor.types import Data
from autotensor.types import Device
from autotensor.types import Ints
from autotensor.types import Operand
from autotensor.types import Sizes
from builtins import bool as _bool
from builtins import float as _float
from builtins import int as _int
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from nn import onnx as onnx
from nn import optim as optim
from types import EllipsisType
from typing import Literal
from typing import TypeVar
from typing import overload as _overload
import nn as nn
import numpy as np

Model = TypeVar("Model", bound=Callable[..., Any])

bfloat16: _dtype
bool: _dtype
cdouble: _dtype
cfloat: _dtype
chalf: _dtype
channels_last: _memory_format
channels_last_3d: _memory_format
complex128: _dtype
complex32: _dtype
complex64: _dtype
contiguous_format: _memory_format
default_generator: Generator
double: _dtype
e: _float
float: _dtype
float16: _dtype
float32: _dtype
float64: _dtype
float8_e4m3fn: _dtype
float8_e4m3fnuz: _dtype
float8_e5m2: _dtype
float8_e5m2fnuz: _dtype
float8_e8m0fnu: _dtype
half: _dtype
inf: _float
int: _dtype
int16: _dtype
int32: _dtype
int64: _dtype
int8: _dtype
long: _dtype
nan: _float
newaxis: None
pi: _float
preserve_format: _memory_format
qint32: _dtype
qint8: _dtype
quint8: _dtype
short: _dtype
strided: _layout
uint16: _dtype
uint32: _dtype
uint64: _dtype
uint8: _dtype
__version__: str
def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def abs_(input: Tensor) -> Tensor: ...
def absolute(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def acos_(input: Tensor) -> Tensor: ...
def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def acosh_(input: Tensor) -> Tensor: ...
def adaptive_avg_pool1d(input: Tensor, output_size: Ints) -> Tensor: ...
def adaptive_avg_pool2d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
) -> Tensor: ...
def adaptive_avg_pool3d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
) -> Tensor: ...
@_overload
def adaptive_max_pool1d(
    input: Tensor,
    output_size: Ints,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def adaptive_max_pool1d(
    input: Tensor,
    output_size: Ints,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def adaptive_max_pool1d(
    input: Tensor,
    output_size: Ints,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def adaptive_max_pool1d_with_indices(
    input: Tensor,
    output_size: Ints,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def adaptive_max_pool1d_with_indices(
    input: Tensor,
    output_size: Ints,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def adaptive_max_pool1d_with_indices(
    input: Tensor,
    output_size: Ints,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def adaptive_max_pool2d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def adaptive_max_pool2d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def adaptive_max_pool2d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def adaptive_max_pool2d_with_indices(
    input: Tensor,
    output_size: Ints,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def adaptive_max_pool2d_with_indices(
    input: Tensor,
    output_size: Ints,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def adaptive_max_pool2d_with_indices(
    input: Tensor,
    output_size: Ints,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def adaptive_max_pool3d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def adaptive_max_pool3d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def adaptive_max_pool3d(
    input: Tensor,
    output_size: _int | Sequence[_int | None] | None,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def adaptive_max_pool3d_with_indices(
    input: Tensor,
    output_size: Ints,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def adaptive_max_pool3d_with_indices(
    input: Tensor,
    output_size: Ints,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def adaptive_max_pool3d_with_indices(
    input: Tensor,
    output_size: Ints,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
def add(
    input: Operand,
    other: Operand,
    *,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def addbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: _float = 1,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def addcdiv(
    input: Tensor,
    tensor1: Tensor,
    tensor2: Tensor,
    *,
    value: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def addcmul(
    input: Tensor,
    tensor1: Tensor,
    tensor2: Tensor,
    *,
    value: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: _float = 1,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def addmv(
    input: Tensor,
    mat: Tensor,
    vec: Tensor,
    *,
    beta: _float = 1,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def addmv_(
    input: Tensor,
    mat: Tensor,
    vec: Tensor,
    *,
    beta: _float = 1,
    alpha: _float = 1,
) -> Tensor: ...
def addr(
    input: Tensor,
    vec1: Tensor,
    vec2: Tensor,
    *,
    beta: _float = 1,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def adjoint(input: Tensor) -> Tensor: ...
def affine_grid(
    theta: Tensor,
    size: Sequence[_int],
    align_corners: _bool | None = None,
) -> Tensor: ...
def all(
    input: Tensor,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def allclose(
    input: Tensor,
    other: Operand,
    rtol: _float = 1e-05,
    atol: _float = 1e-08,
    equal_nan: _bool = False,
) -> _bool: ...
def alpha_dropout(
    input: Tensor,
    p: _float = 0.5,
    training: _bool = False,
    inplace: _bool = False,
    *,
    train: _bool = False,
) -> Tensor: ...
def alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def amax(
    input: Tensor,
    dim: Ints = ...,
    keepdim: _bool = False,
    *,
    axis: Ints = ...,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def amin(
    input: Tensor,
    dim: Ints = ...,
    keepdim: _bool = False,
    *,
    axis: Ints = ...,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def aminmax(
    input: Tensor,
    *,
    dim: _int | None = None,
    keepdim: _bool = False,
    axis: _int | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> MinAndMax: ...
def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def any(
    input: Tensor,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def arange(
    start: _float | None = None,
    end: _float | None = None,
    step: _float = 1,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def arccos(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def arccos_(input: Tensor) -> Tensor: ...
def arccosh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def arccosh_(input: Tensor) -> Tensor: ...
def arcsin(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def arcsin_(input: Tensor) -> Tensor: ...
def arcsinh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def arcsinh_(input: Tensor) -> Tensor: ...
def arctan(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def arctan2(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def arctan_(input: Tensor) -> Tensor: ...
def arctanh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def arctanh_(input: Tensor) -> Tensor: ...
def are_deterministic_algorithms_enabled() -> _bool: ...
def argmax(
    input: Tensor,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    axis: _int | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def argmin(
    input: Tensor,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    axis: _int | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def argsort(
    input: Tensor,
    dim: _int = -1,
    descending: _bool = False,
    stable: _bool = False,
    *,
    axis: _int = -1,
    out: Tensor | None = None,
) -> Tensor: ...
def argwhere(input: Tensor) -> Tensor: ...
def as_strided(
    input: Tensor,
    size: Sequence[_int],
    stride: Sequence[_int],
    storage_offset: _int | None = None,
) -> Tensor: ...
def as_strided_(
    input: Tensor,
    size: Sizes,
    stride: Ints,
    storage_offset: _int | None = None,
) -> Tensor: ...
def as_strided_scatter(
    input: Tensor,
    src: Tensor,
    size: Sizes,
    stride: Ints,
    storage_offset: _int | None = None,
) -> Tensor: ...
def as_tensor(
    data: Data,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def asarray(
    obj: Data,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    copy: _bool | None = None,
    requires_grad: _bool | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def asin_(input: Tensor) -> Tensor: ...
def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def asinh_(input: Tensor) -> Tensor: ...
def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def atan2(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def atan_(input: Tensor) -> Tensor: ...
def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def atanh_(input: Tensor) -> Tensor: ...
@_overload
def atleast_1d(input: Tensor, /) -> Tensor: ...
@_overload
def atleast_1d(*tensors: Tensor) -> tuple[Tensor, ...]: ...
@_overload
def atleast_2d(input: Tensor, /) -> Tensor: ...
@_overload
def atleast_2d(*tensors: Tensor) -> tuple[Tensor, ...]: ...
@_overload
def atleast_3d(input: Tensor, /) -> Tensor: ...
@_overload
def atleast_3d(*tensors: Tensor) -> tuple[Tensor, ...]: ...
def avg_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: _bool = False,
    count_include_pad: _bool = True,
) -> Tensor: ...
def avg_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: _bool = False,
    count_include_pad: _bool = True,
    divisor_override: _int | None = None,
) -> Tensor: ...
def avg_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: _bool = False,
    count_include_pad: _bool = True,
    divisor_override: _int | None = None,
) -> Tensor: ...
def baddbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: _float = 1,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def bartlett_window(
    window_length: _int,
    periodic: _bool = True,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: _bool = False,
    momentum: _float = 0.1,
    eps: _float = 1e-05,
) -> Tensor: ...
def bernoulli(
    input: Tensor,
    p: _float | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def bilinear(
    input1: Tensor,
    input2: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
) -> Tensor: ...
def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
    pos_weight: Tensor | None = None,
) -> Tensor: ...
def bincount(input: Tensor, weights: Tensor | None = None, minlength: _int = 0) -> Tensor: ...
def binomial(count: Tensor, prob: Tensor, generator: Generator | None = None) -> Tensor: ...
def bitwise_and(
    input: Tensor | _float,
    other: Operand,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def bitwise_left_shift(
    input: Tensor | _float,
    other: Operand,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def bitwise_or(
    input: Tensor | _float,
    other: Operand,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def bitwise_right_shift(
    input: Tensor | _float,
    other: Operand,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def bitwise_xor(
    input: Tensor | _float,
    other: Operand,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def blackman_window(
    window_length: _int,
    periodic: _bool = True,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def block_diag(*tensors: Tensor) -> Tensor: ...
def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def broadcast_shapes(*shapes: Sizes) -> Size: ...
@_overload
def broadcast_shapes(*, shapes: Sizes) -> Size: ...
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]: ...
@_overload
def broadcast_to(input: Tensor, *size: Sizes) -> Tensor: ...
@_overload
def broadcast_to(input: Tensor, *, size: Sizes) -> Tensor: ...
def bucketize(
    input: Operand,
    boundaries: Tensor,
    *,
    out_int32: _bool = False,
    right: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def can_cast(from_: DType, to: DType) -> _bool: ...
def cartesian_prod(*tensors: Tensor) -> Tensor: ...
def cat(
    tensors: Sequence[Tensor],
    dim: _int = 0,
    *,
    axis: _int = 0,
    out: Tensor | None = None,
) -> Tensor: ...
def cdist(
    x1: Tensor,
    x2: Tensor,
    p: _float = 2.0,
    compute_mode: Literal['use_mm_for_euclid_dist_if_necessary', 'use_mm_for_euclid_dist', 'donot_use_mm_for_euclid_dist'] = 'use_mm_for_euclid_dist_if_necessary',
) -> Tensor: ...
def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def ceil_(input: Tensor) -> Tensor: ...
def celu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor: ...
def celu_(input: Tensor, alpha: _float = 1.0) -> Tensor: ...
def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor: ...
def channel_shuffle(input: Tensor, groups: _int) -> Tensor: ...
def cholesky(input: Tensor, upper: _bool = False, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def cholesky_inverse(
    L: Tensor,
    upper: _bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def cholesky_inverse(
    *,
    input: Tensor,
    upper: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def cholesky_solve(
    input: Tensor,
    L: Tensor,
    upper: _bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def cholesky_solve(
    input: Tensor,
    *,
    input2: Tensor,
    upper: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def chunk(
    input: Tensor,
    chunks: _int,
    dim: _int = 0,
    *,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
def clamp(
    input: Tensor,
    min: Tensor | _float | None = None,
    max: Tensor | _float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def clamp_(
    input: Tensor,
    min: Tensor | _float | None = None,
    max: Tensor | _float | None = None,
) -> Tensor: ...
def clamp_max(input: Tensor, max: Tensor | _float, *, out: Tensor | None = None) -> Tensor: ...
def clamp_max_(input: Tensor, max: Tensor | _float) -> Tensor: ...
def clamp_min(input: Tensor, min: Tensor | _float, *, out: Tensor | None = None) -> Tensor: ...
def clamp_min_(input: Tensor, min: Tensor | _float) -> Tensor: ...
def clip(
    input: Tensor,
    min: Tensor | _float | None = None,
    max: Tensor | _float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def clip_(
    input: Tensor,
    min: Tensor | _float | None = None,
    max: Tensor | _float | None = None,
) -> Tensor: ...
def clone(input: Tensor, *, memory_format: _memory_format | None = None) -> Tensor: ...
def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: ...
def combinations(input: Tensor, r: _int = 2, with_replacement: _bool = False) -> Tensor: ...
@_overload
def compile(model: Model, **settings: object) -> Model: ...
@_overload
def compile(model: None=None, **settings: object) -> Callable[[Model], Model]: ...
def concat(
    tensors: Sequence[Tensor],
    dim: _int = 0,
    *,
    axis: _int = 0,
    out: Tensor | None = None,
) -> Tensor: ...
def concatenate(
    tensors: Sequence[Tensor],
    dim: _int = 0,
    *,
    axis: _int = 0,
    out: Tensor | None = None,
) -> Tensor: ...
def conj(input: Tensor) -> Tensor: ...
def conj_physical(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def conj_physical_(input: Tensor) -> Tensor: ...
def constant_pad_nd(input: Tensor, pad: Sequence[_int], value: _float = 0) -> Tensor: ...
def contiguous(input: Tensor, *, memory_format: _memory_format | None = None) -> Tensor: ...
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = 1,
    padding: Ints | str = 0,
    dilation: Ints = 1,
    groups: _int = 1,
) -> Tensor: ...
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = 1,
    padding: Ints | str = 0,
    dilation: Ints = 1,
    groups: _int = 1,
) -> Tensor: ...
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = 1,
    padding: Ints | str = 0,
    dilation: Ints = 1,
    groups: _int = 1,
) -> Tensor: ...
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = 1,
    padding: Ints = 0,
    output_padding: Ints = 0,
    groups: _int = 1,
    dilation: Ints = 1,
) -> Tensor: ...
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = 1,
    padding: Ints = 0,
    output_padding: Ints = 0,
    groups: _int = 1,
    dilation: Ints = 1,
) -> Tensor: ...
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Ints = 1,
    padding: Ints = 0,
    output_padding: Ints = 0,
    groups: _int = 1,
    dilation: Ints = 1,
) -> Tensor: ...
def copysign(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def corrcoef(input: Tensor) -> Tensor: ...
def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def cos_(input: Tensor) -> Tensor: ...
def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def cosh_(input: Tensor) -> Tensor: ...
def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: _float = 0.0,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def cosine_similarity(
    x1: Tensor,
    x2: Tensor,
    dim: _int = 1,
    eps: _float = 1e-08,
    *,
    axis: _int = 1,
) -> Tensor: ...
def count_nonzero(
    input: Tensor,
    dim: Ints | None = None,
    *,
    axis: Ints | None = None,
) -> Tensor: ...
def cov(
    input: Tensor,
    *,
    correction: _int = 1,
    fweights: Tensor | None = None,
    aweights: Tensor | None = None,
) -> Tensor: ...
def cross(
    input: Tensor,
    other: Operand,
    dim: _int | None = None,
    *,
    axis: _int | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: _bool | None = None,
    ignore_index: _int = -100,
    reduce: _bool | None = None,
    reduction: str = 'mean',
    label_smoothing: _float = 0.0,
) -> Tensor: ...
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Sequence[_int] | Tensor,
    target_lengths: Sequence[_int] | Tensor,
    blank: _int = 0,
    reduction: str = 'mean',
    zero_infinity: _bool = False,
) -> Tensor: ...
@_overload
def cummax(input: Tensor, dim: _int, *, out: Tensor | None = None) -> ValuesAndIndices: ...
@_overload
def cummax(input: Tensor, *, axis: _int, out: Tensor | None = None) -> ValuesAndIndices: ...
@_overload
def cummin(input: Tensor, dim: _int, *, out: Tensor | None = None) -> ValuesAndIndices: ...
@_overload
def cummin(input: Tensor, *, axis: _int, out: Tensor | None = None) -> ValuesAndIndices: ...
@_overload
def cumprod(
    input: Tensor,
    dim: _int,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def cumprod(
    input: Tensor,
    *,
    axis: _int,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def cumsum(
    input: Tensor,
    dim: _int,
    *,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def cumsum(
    input: Tensor,
    *,
    axis: _int,
    dtype: DType | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def cumulative_trapezoid(
    y: Tensor,
    x: Tensor | None = None,
    *,
    dx: _float | None = None,
    dim: _int = -1,
    axis: _int = -1,
) -> Tensor: ...
def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def deg2rad_(input: Tensor) -> Tensor: ...
def det(input: Tensor) -> Tensor: ...
def detach(input: Tensor) -> Tensor: ...
def detach_(input: Tensor) -> Tensor: ...
def diag(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor: ...
def diag_embed(input: Tensor, offset: _int = 0, dim1: _int = -2, dim2: _int = -1) -> Tensor: ...
def diagflat(input: Tensor, offset: _int = 0) -> Tensor: ...
def diagonal(input: Tensor, offset: _int = 0, dim1: _int = 0, dim2: _int = 1) -> Tensor: ...
def diagonal_scatter(
    input: Tensor,
    src: Tensor,
    offset: _int = 0,
    dim1: _int = 0,
    dim2: _int = 1,
) -> Tensor: ...
def diff(
    input: Tensor,
    n: _int = 1,
    dim: _int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    axis: _int = -1,
    out: Tensor | None = None,
) -> Tensor: ...
def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def dist(input: Tensor, other: Operand, p: _float = 2) -> Tensor: ...
def div(
    input: Operand,
    other: Operand,
    *,
    rounding_mode: Literal['trunc', 'floor'] | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def divide(
    input: Operand,
    other: Operand,
    *,
    rounding_mode: Literal['trunc', 'floor'] | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def draw(
    what: Any,
    path: Where | Given | None = None,
    *,
    inputs: Given | None = None,
    names: Mapping[str, Any] | None = None,
    direction: str = 'down',
    depth: _int | None = None,
) -> Drawing: ...
def dropout(
    input: Tensor,
    p: _float = 0.5,
    training: _bool = True,
    inplace: _bool = False,
    *,
    train: _bool = True,
) -> Tensor: ...
def dropout1d(
    input: Tensor,
    p: _float = 0.5,
    training: _bool = True,
    inplace: _bool = False,
) -> Tensor: ...
def dropout2d(
    input: Tensor,
    p: _float = 0.5,
    training: _bool = True,
    inplace: _bool = False,
) -> Tensor: ...
def dropout3d(
    input: Tensor,
    p: _float = 0.5,
    training: _bool = True,
    inplace: _bool = False,
) -> Tensor: ...
def dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
@_overload
def dsplit(
    input: Tensor,
    indices_or_sections: _int | Sequence[_int] | Tensor,
) -> tuple[Tensor, ...]: ...
@_overload
def dsplit(input: Tensor, *, indices: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
@_overload
def dsplit(
    input: Tensor,
    *,
    sections: _int | Sequence[_int] | Tensor,
) -> tuple[Tensor, ...]: ...
def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: ...
def einsum(
    equation: str | Tensor,
    *operands: Tensor | Sequence[Tensor | _int | EllipsisType],
) -> Tensor: ...
def elu(input: Tensor, alpha: _float = 1.0, inplace: _bool = False) -> Tensor: ...
def elu_(input: Tensor, alpha: _float = 1.0) -> Tensor: ...
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: _int | None = None,
    max_norm: _float | None = None,
    norm_type: _float = 2.0,
    scale_grad_by_freq: _bool = False,
    sparse: _bool = False,
) -> Tensor: ...
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: _float | None = None,
    norm_type: _float = 2.0,
    scale_grad_by_freq: _bool = False,
    mode: str = 'mean',
    sparse: _bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: _bool = False,
    padding_idx: _int | None = None,
) -> Tensor: ...
def embedding_renorm_(
    input: Tensor,
    indices: Any,
    max_norm: _float,
    norm_type: _float,
) -> Tensor: ...
@_overload
def empty(
    *size: Sizes,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def empty(
    *,
    size: Sizes,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def empty_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def empty_strided(
    size: Sizes,
    stride: Ints,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def eq(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def equal(input: Tensor, other: Operand) -> _bool: ...
def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def erf_(input: Tensor) -> Tensor: ...
def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def erfc_(input: Tensor) -> Tensor: ...
def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def exp2_(input: Tensor) -> Tensor: ...
def exp_(input: Tensor) -> Tensor: ...
@_overload
def expand(input: Tensor, *size: Sizes) -> Tensor: ...
@_overload
def expand(input: Tensor, *, size: Sizes) -> Tensor: ...
def expand_as(input: Tensor, other: Operand) -> Tensor: ...
def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def expm1_(input: Tensor) -> Tensor: ...
def eye(
    n: _int,
    m: _int | None = None,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def feature_alpha_dropout(
    input: Tensor,
    p: _float = 0.5,
    training: _bool = False,
    inplace: _bool = False,
    *,
    train: _bool = False,
) -> Tensor: ...
def feature_alpha_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def feature_dropout(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def feature_dropout_(input: Tensor, p: _float, train: _bool) -> Tensor: ...
def fill(input: Tensor, value: Tensor | _float) -> Tensor: ...
def fill_(input: Tensor, value: Tensor | _float) -> Tensor: ...
def finfo(type: DType | None = None) -> FInfo: ...
def fix(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def fix_(input: Tensor) -> Tensor: ...
def flatten(input: Tensor, start_dim: _int = 0, end_dim: _int = -1) -> Tensor: ...
@_overload
def flip(input: Tensor, *dims: Ints) -> Tensor: ...
@_overload
def flip(input: Tensor, *, dims: Ints) -> Tensor: ...
def fliplr(input: Tensor) -> Tensor: ...
def flipud(input: Tensor) -> Tensor: ...
def float_power(
    input: Tensor | _float,
    exponent: Operand,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def floor_(input: Tensor) -> Tensor: ...
def floor_divide(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def fmax(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def fmin(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def fmod(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def fold(
    input: Tensor,
    output_size: Ints,
    kernel_size: Ints,
    dilation: Ints = 1,
    padding: Ints = 0,
    stride: Ints = 1,
) -> Tensor: ...
def fork_rng(
    devices: Any | None = None,
    enabled: _bool = True,
    **more: Any,
) -> Iterator[None]: ...
def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def frac_(input: Tensor) -> Tensor: ...
@_overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor: ...
@_overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    *,
    return_indices: Literal[True],
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: _bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor: ...
@_overload
def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    *,
    return_indices: Literal[True],
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def fractional_max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: _bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor: ...
@_overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    *,
    return_indices: Literal[True],
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: _bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: Literal[False] = False,
    _random_samples: Tensor | None = None,
) -> Tensor: ...
@_overload
def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    *,
    return_indices: Literal[True],
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def fractional_max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    output_size: Ints | None = None,
    output_ratio: _float | Sequence[_float] | None = None,
    return_indices: _bool = False,
    _random_samples: Tensor | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
def frexp(input: Tensor, *, out: Tensor | None = None) -> Frexp: ...
def from_dlpack(
    ext_tensor: Any,
    *,
    device: Device | None = None,
    copy: _bool | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def from_numpy(array: np.ndarray[Any, Any]) -> Tensor: ...
def frombuffer(
    buffer: Any,
    *,
    dtype: DType,
    count: _int = -1,
    offset: _int = 0,
    requires_grad: _bool = False,
) -> Tensor: ...
def full(
    size: Sizes,
    fill_value: Operand,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def full_like(
    input: Tensor,
    fill_value: Operand,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def gather(input: Tensor, dim: _int, index: Tensor, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def gather(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    out: Tensor | None = None,
) -> Tensor: ...
def gaussian_nll_loss(
    input: Tensor,
    target: Tensor,
    var: Tensor | _float,
    full: _bool = False,
    eps: _float = 1e-06,
    reduction: str = 'mean',
) -> Tensor: ...
def gcd(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def gcd_(input: Tensor, other: Operand) -> Tensor: ...
def ge(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def gelu(input: Tensor, approximate: str = 'none') -> Tensor: ...
def ger(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def get_default_device() -> _device: ...
def get_default_dtype() -> _dtype: ...
def get_deterministic_debug_mode() -> _int: ...
def get_device(input: Tensor) -> _int: ...
def get_float32_matmul_precision() -> str: ...
def get_num_interop_threads() -> _int: ...
def get_num_threads() -> _int: ...
def get_rng_state() -> Tensor: ...
def getitem(input: Tensor, index: Tensor) -> Tensor: ...
def glu(input: Tensor, dim: _int = -1, *, axis: _int = -1) -> Tensor: ...
@_overload
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None=None,
    retain_graph: _bool | None=None,
    create_graph: _bool=False,
    allow_unused: Literal[False] | None=None,
    is_grads_batched: _bool=False,
    materialize_grads: _bool=False,
) -> tuple[Tensor, ...]: ...
@_overload
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None=None,
    retain_graph: _bool | None=None,
    create_graph: _bool=False,
    allow_unused: _bool | None=None,
    is_grads_batched: _bool=False,
    materialize_grads: _bool=False,
) -> tuple[Tensor | None, ...]: ...
def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Tensor],
    *,
    eps: _float = 1e-06,
    atol: _float = 1e-05,
    rtol: _float = 0.001,
    raise_exception: _bool = True,
    nondet_tol: _float = 0.0,
    check_undefined_grad: _bool = True,
    check_grad_dtypes: _bool = False,
    check_batched_grad: _bool = False,
    check_batched_forward_grad: _bool = False,
    check_forward_ad: _bool = False,
    check_backward_ad: _bool = True,
    fast_mode: _bool = False,
    masked: _bool | None = None,
) -> _bool: ...
def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: _float = 1e-06,
    atol: _float = 1e-05,
    rtol: _float = 0.001,
    gen_non_contig_grad_outputs: _bool = False,
    raise_exception: _bool = True,
    nondet_tol: _float = 0.0,
    check_undefined_grad: _bool = True,
    check_grad_dtypes: _bool = False,
    check_batched_grad: _bool = False,
    check_fwd_over_rev: _bool = False,
    check_rev_over_rev: _bool = True,
    fast_mode: _bool = False,
    masked: _bool = False,
) -> _bool: ...
def gradient(
    input: Tensor,
    *,
    spacing: _float | Tensor | Sequence[_float | Tensor] | None = None,
    dim: Ints | None = None,
    edge_order: _int = 1,
    axis: Ints | None = None,
) -> tuple[Tensor, ...]: ...
def greater(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def greater_equal(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = 'bilinear',
    padding_mode: str = 'zeros',
    align_corners: _bool | None = None,
) -> Tensor: ...
def group_norm(
    input: Tensor,
    num_groups: _int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: _float = 1e-05,
) -> Tensor: ...
def gru(
    input: Tensor,
    hx: Tensor,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = False,
    batch_sizes: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor: ...
def gt(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def gumbel_softmax(
    logits: Tensor,
    tau: _float = 1.0,
    hard: _bool = False,
    eps: _float = 1e-10,
    dim: _int = -1,
    *,
    axis: _int = -1,
) -> Tensor: ...
def hamming_window(
    window_length: _int,
    periodic: _bool = True,
    alpha: _float = 0.54,
    beta: _float = 0.46,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def hann_window(
    window_length: _int,
    periodic: _bool = True,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def hardshrink(input: Tensor, lambd: _float = 0.5, *, out: Tensor | None = None) -> Tensor: ...
def hardsigmoid(input: Tensor, inplace: _bool = False) -> Tensor: ...
def hardswish(input: Tensor, inplace: _bool = False) -> Tensor: ...
def hardtanh(
    input: Tensor,
    min_val: _float = -1.0,
    max_val: _float = 1.0,
    inplace: _bool = False,
) -> Tensor: ...
def hardtanh_(input: Tensor, min_val: _float = -1.0, max_val: _float = 1.0) -> Tensor: ...
def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: _float = 1.0,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def histc(
    input: Tensor,
    bins: _int = 100,
    min: _float = 0,
    max: _float = 0,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def histogram(
    input: Tensor,
    bins: _int | Tensor = 100,
    *,
    range: Sequence[_float] | None = None,
    weight: Tensor | None = None,
    density: _bool = False,
    out: Tensor | None = None,
) -> Histogram: ...
def histogramdd(
    input: Tensor,
    bins: _int | Sequence[_int] | Sequence[Tensor],
    *,
    range: Sequence[_float] | None = None,
    weight: Tensor | None = None,
    density: _bool = False,
) -> Histogram: ...
@_overload
def hsplit(
    input: Tensor,
    indices_or_sections: _int | Sequence[_int] | Tensor,
) -> tuple[Tensor, ...]: ...
@_overload
def hsplit(input: Tensor, *, indices: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
@_overload
def hsplit(
    input: Tensor,
    *,
    sections: _int | Sequence[_int] | Tensor,
) -> tuple[Tensor, ...]: ...
def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: ...
def huber_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = 'mean',
    delta: _float = 1.0,
    weight: Tensor | None = None,
) -> Tensor: ...
def hypot(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def i0(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def i0_(input: Tensor) -> Tensor: ...
def igamma(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def igammac(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def iinfo(type: DType) -> IInfo: ...
def imag(input: Tensor) -> Tensor: ...
@_overload
def index_add(
    input: Tensor,
    dim: _int,
    index: Tensor,
    source: Tensor,
    *,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def index_add(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    source: Tensor,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def index_copy(
    input: Tensor,
    dim: _int,
    index: Tensor,
    source: Tensor,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def index_copy(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    source: Tensor,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def index_fill(input: Tensor, dim: _int, index: Tensor, value: Tensor | _float) -> Tensor: ...
@_overload
def index_fill(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    value: Tensor | _float,
) -> Tensor: ...
def index_put(
    input: Tensor,
    indices: Sequence[Tensor | None],
    values: Tensor,
    accumulate: _bool = False,
) -> Tensor: ...
def index_put_(
    input: Tensor,
    indices: Sequence[Tensor | None],
    values: Tensor,
    accumulate: _bool = False,
) -> Tensor: ...
@_overload
def index_reduce(
    input: Tensor,
    dim: _int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    *,
    include_self: _bool = True,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def index_reduce(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    source: Tensor,
    reduce: str,
    include_self: _bool = True,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def index_select(
    input: Tensor,
    dim: _int,
    index: Tensor,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def index_select(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    out: Tensor | None = None,
) -> Tensor: ...
def initial_seed() -> _int: ...
def inner(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: _bool = True,
    momentum: _float = 0.1,
    eps: _float = 1e-05,
) -> Tensor: ...
def interpolate(
    input: Tensor,
    size: Sizes | None = None,
    scale_factor: _float | Sequence[_float] | None = None,
    mode: str = 'nearest',
    align_corners: _bool | None = None,
    recompute_scale_factor: _bool | None = None,
    antialias: _bool = False,
) -> Tensor: ...
def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def is_anomaly_check_nan_enabled() -> _bool: ...
def is_anomaly_enabled() -> _bool: ...
def is_autocast_available(device_type: str) -> _bool: ...
def is_autocast_enabled(device_type: str | None = None) -> _bool: ...
def is_complex(input: Tensor) -> _bool: ...
def is_conj(input: Tensor) -> _bool: ...
def is_deterministic_algorithms_warn_only_enabled() -> _bool: ...
def is_floating_point(input: Tensor) -> _bool: ...
def is_grad_enabled() -> _bool: ...
def is_inference(input: Tensor) -> _bool: ...
def is_inference_mode_enabled() -> _bool: ...
def is_neg(input: Tensor) -> _bool: ...
def is_nonzero(input: Tensor) -> _bool: ...
def is_same_size(input: Tensor, other: Operand) -> _bool: ...
def is_signed(input: Tensor) -> _bool: ...
def is_storage(obj: object) -> _bool: ...
def is_tensor(obj: object) -> _bool: ...
def is_warn_always_enabled() -> _bool: ...
def isclose(
    input: Tensor,
    other: Tensor,
    rtol: _float = 1e-05,
    atol: _float = 1e-08,
    equal_nan: _bool = False,
) -> Tensor: ...
def isfinite(input: Tensor) -> Tensor: ...
@_overload
def isin(
    elements: Operand,
    test_elements: Operand,
    *,
    assume_unique: _bool = False,
    invert: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def isin(
    *,
    element: Operand,
    test_elements: Operand,
    assume_unique: _bool = False,
    invert: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def isin(
    elements: Operand,
    *,
    test_element: Operand,
    assume_unique: _bool = False,
    invert: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def isinf(input: Tensor) -> Tensor: ...
def isnan(input: Tensor) -> Tensor: ...
def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def isreal(input: Tensor) -> Tensor: ...
def kaiser_window(
    window_length: _int,
    periodic: _bool = True,
    beta: _float = 12.0,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
    log_target: _bool = False,
) -> Tensor: ...
def kron(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def kthvalue(
    input: Tensor,
    k: _int,
    dim: _int = -1,
    keepdim: _bool = False,
    *,
    axis: _int = -1,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> ValuesAndIndices: ...
def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
    weight: Tensor | None = None,
) -> Tensor: ...
def layer_norm(
    input: Tensor,
    normalized_shape: Ints,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: _float = 1e-05,
) -> Tensor: ...
def lcm(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def lcm_(input: Tensor, other: Operand) -> Tensor: ...
def ldexp(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def ldexp_(input: Tensor, other: Operand) -> Tensor: ...
def le(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def leaky_relu(
    input: Tensor,
    negative_slope: _float = 0.01,
    inplace: _bool = False,
) -> Tensor: ...
def leaky_relu_(input: Tensor, negative_slope: _float = 0.01) -> Tensor: ...
def lerp(
    input: Tensor,
    end: Tensor,
    weight: Tensor | _float,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def less(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def less_equal(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor: ...
def linspace(
    start: _float | Tensor,
    end: _float | Tensor,
    steps: _int,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def load(
    f: File,
    map_location: str | _device | Mapping[str, str] | Callable[[Any, str], Any] | None = None,
    pickle_module: Any | None = None,
    *,
    weights_only: _bool | None = None,
    mmap: _bool | None = None,
    max_bytes: _int | None = None,
    encoding: str = 'utf-8',
) -> Any: ...
def local_response_norm(
    input: Tensor,
    size: _int,
    alpha: _float = 0.0001,
    beta: _float = 0.75,
    k: _float = 1.0,
) -> Tensor: ...
def log(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def log10_(input: Tensor) -> Tensor: ...
def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def log1p_(input: Tensor) -> Tensor: ...
def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def log2_(input: Tensor) -> Tensor: ...
def log_(input: Tensor) -> Tensor: ...
def log_softmax(
    input: Tensor,
    dim: _int | None = None,
    dtype: DType | None = None,
    *,
    axis: _int | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def logaddexp(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def logaddexp2(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def logcumsumexp(input: Tensor, dim: _int, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def logcumsumexp(input: Tensor, *, axis: _int, out: Tensor | None = None) -> Tensor: ...
def logdet(input: Tensor) -> Tensor: ...
def logical_and(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def logical_or(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def logical_xor(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def logit(input: Tensor, eps: _float | None = None, *, out: Tensor | None = None) -> Tensor: ...
def logit_(input: Tensor, eps: _float | None = None) -> Tensor: ...
def logsigmoid(input: Tensor) -> Tensor: ...
def logspace(
    start: _float | Tensor,
    end: _float | Tensor,
    steps: _int,
    base: _float = 10.0,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def logsumexp(
    input: Tensor,
    dim: Ints,
    keepdim: _bool = False,
    *,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def logsumexp(
    input: Tensor,
    *,
    axis: Ints,
    keepdim: _bool = False,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def lp_pool1d(
    input: Tensor,
    norm_type: _float,
    kernel_size: Ints,
    stride: Ints | None = None,
    ceil_mode: _bool = False,
) -> Tensor: ...
def lp_pool2d(
    input: Tensor,
    norm_type: _float,
    kernel_size: Ints,
    stride: Ints | None = None,
    ceil_mode: _bool = False,
) -> Tensor: ...
def lp_pool3d(
    input: Tensor,
    norm_type: _float,
    kernel_size: Ints,
    stride: Ints | None = None,
    ceil_mode: _bool = False,
) -> Tensor: ...
def lstm(
    input: Tensor,
    hx: Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = False,
    batch_sizes: Tensor | None = None,
) -> tuple[Tensor, Tensor, Tensor]: ...
def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
def lt(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def lu(A: Tensor, pivot: _bool = True, get_infos: _bool = False) -> tuple[Tensor, ...]: ...
@_overload
def lu_solve(
    b: Tensor,
    LU_data: Tensor,
    LU_pivots: Tensor,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def lu_solve(
    *,
    input: Tensor,
    LU_data: Tensor,
    LU_pivots: Tensor,
    out: Tensor | None = None,
) -> Tensor: ...
def lu_unpack(
    LU_data: Tensor,
    LU_pivots: Tensor,
    unpack_data: _bool = True,
    unpack_pivots: _bool = True,
    *,
    out: Tensor | None = None,
) -> LU: ...
def manual_seed(seed: _int) -> Generator: ...
def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: _float = 0.0,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def masked_fill(input: Tensor, mask: Tensor, value: Tensor | _float) -> Tensor: ...
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor: ...
def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def matmul(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def matrix_exp(input: Tensor) -> Tensor: ...
@_overload
def matrix_exp(*, A: Tensor) -> Tensor: ...
def matrix_power(input: Tensor, n: _int, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def max(input: Tensor) -> Tensor: ...
@_overload
def max(input: Tensor, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
@_overload
def max(
    input: Tensor,
    *,
    axis: _int,
    keepdim: _bool=False,
    keepdims: _bool=False,
) -> ValuesAndIndices: ...
@_overload
def max(input: Tensor, other: Tensor) -> Tensor: ...
@_overload
def max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: Ints | None = None,
) -> Tensor: ...
def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: Ints | None = None,
) -> Tensor: ...
def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    output_size: Ints | None = None,
) -> Tensor: ...
def maximum(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def mean(
    input: Tensor,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def median(input: Tensor) -> Tensor: ...
@_overload
def median(input: Tensor, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
@_overload
def median(
    input: Tensor,
    *,
    axis: _int,
    keepdim: _bool=False,
    keepdims: _bool=False,
) -> ValuesAndIndices: ...
def meshgrid(
    *tensors: Tensor | Sequence[Tensor],
    indexing: Literal['ij', 'xy'] | None = None,
) -> tuple[Tensor, ...]: ...
@_overload
def min(input: Tensor) -> Tensor: ...
@_overload
def min(input: Tensor, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
@_overload
def min(
    input: Tensor,
    *,
    axis: _int,
    keepdim: _bool=False,
    keepdims: _bool=False,
) -> ValuesAndIndices: ...
@_overload
def min(input: Tensor, other: Tensor) -> Tensor: ...
@_overload
def min_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def min_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def min_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def min_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def min_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def min_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def min_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...
@_overload
def min_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...
@_overload
def min_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: _bool = False,
    return_indices: _bool = False,
) -> Tensor | tuple[Tensor, ...]: ...
def minimum(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def mish(input: Tensor, inplace: _bool = False) -> Tensor: ...
def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def mode(
    input: Tensor,
    dim: _int = -1,
    keepdim: _bool = False,
    *,
    axis: _int = -1,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> ValuesAndIndices: ...
def moveaxis(input: Tensor, source: Ints, destination: Ints) -> Tensor: ...
def movedim(input: Tensor, source: Ints, destination: Ints) -> Tensor: ...
def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
    weight: Tensor | None = None,
) -> Tensor: ...
def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def mul(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: _int,
    num_heads: _int,
    in_proj_weight: Tensor,
    in_proj_bias: Tensor,
    bias_k: Tensor,
    bias_v: Tensor,
    add_zero_attn: _bool,
    dropout_p: _float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor,
    training: _bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: _bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: _bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: _bool = True,
    is_causal: _bool = False,
) -> tuple[Tensor, Tensor | None]: ...
def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: _int = 1,
    margin: _float = 1.0,
    weight: Tensor | None = None,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def multinomial(
    input: Tensor,
    num_samples: _int,
    replacement: _bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def multiply(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def mvlgamma(input: Tensor, p: _int, *, out: Tensor | None = None) -> Tensor: ...
def nan_to_num(
    input: Tensor,
    nan: _float | None = None,
    posinf: _float | None = None,
    neginf: _float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def nan_to_num_(
    input: Tensor,
    nan: _float | None = None,
    posinf: _float | None = None,
    neginf: _float | None = None,
) -> Tensor: ...
def nanmean(
    input: Tensor,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def nanmedian(input: Tensor) -> Tensor: ...
@_overload
def nanmedian(input: Tensor, dim: _int, keepdim: _bool=False) -> ValuesAndIndices: ...
@_overload
def nanmedian(
    input: Tensor,
    *,
    axis: _int,
    keepdim: _bool=False,
    keepdims: _bool=False,
) -> ValuesAndIndices: ...
def nanquantile(
    input: Tensor,
    q: _float | Tensor,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    interpolation: Literal['linear', 'lower', 'higher', 'midpoint', 'nearest'] = 'linear',
    axis: _int | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def nansum(
    input: Tensor,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def narrow(input: Tensor, dim: _int, start: _int, length: _int) -> Tensor: ...
@_overload
def narrow(input: Tensor, *, axis: _int, start: _int, length: _int) -> Tensor: ...
@_overload
def narrow_copy(
    input: Tensor,
    dim: _int,
    start: _int,
    length: _int,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def narrow_copy(
    input: Tensor,
    *,
    axis: _int,
    start: _int,
    length: _int,
    out: Tensor | None = None,
) -> Tensor: ...
def ne(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def neg_(input: Tensor) -> Tensor: ...
def negative(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def negative_(input: Tensor) -> Tensor: ...
def nextafter(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: _bool | None = None,
    ignore_index: _int = -100,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
@_overload
def nonzero(
    input: Tensor,
    *,
    as_tuple: Literal[False] = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def nonzero(
    input: Tensor,
    *,
    as_tuple: Literal[True],
    out: Tensor | None = None,
) -> tuple[Tensor, ...]: ...
@_overload
def nonzero(
    input: Tensor,
    *,
    as_tuple: _bool = False,
    out: Tensor | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
def norm(
    input: Tensor,
    p: _float | str = 'fro',
    dim: Ints | None = None,
    keepdim: _bool = False,
    dtype: DType | None = None,
    *,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def normal(
    mean: Tensor | _float,
    std: Tensor | _float = 1.0,
    size: Sizes | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def normalize(
    input: Tensor,
    p: _float = 2.0,
    dim: Ints = 1,
    eps: _float = 1e-12,
    *,
    axis: Ints = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def not_equal(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def numel(input: Tensor) -> _int: ...
def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]: ...
@_overload
def one_hot(input: Tensor, num_classes: _int = -1) -> Tensor: ...
@_overload
def one_hot(*, tensor: Tensor, num_classes: _int = -1) -> Tensor: ...
@_overload
def ones(
    *size: Sizes,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def ones(
    *,
    size: Sizes,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def ones_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def pad(
    input: Tensor,
    pad: Sequence[_int],
    mode: str = 'constant',
    value: _float | None = None,
) -> Tensor: ...
def pairwise_distance(
    x1: Tensor,
    x2: Tensor,
    p: _float = 2.0,
    eps: _float = 1e-06,
    keepdim: _bool = False,
    *,
    keepdims: _bool = False,
) -> Tensor: ...
def pca_lowrank(
    A: Tensor,
    q: _int | None = None,
    center: _bool = True,
    niter: _int = 2,
    *,
    out: Tensor | None = None,
) -> OldSVD: ...
def pdist(input: Tensor, p: _float = 2.0) -> Tensor: ...
@_overload
def permute(input: Tensor, *dims: Ints) -> Tensor: ...
@_overload
def permute(input: Tensor, *, dims: Ints) -> Tensor: ...
def pinverse(input: Tensor, rcond: Tensor | _float = 1e-15) -> Tensor: ...
def pixel_shuffle(input: Tensor, upscale_factor: _int) -> Tensor: ...
def pixel_unshuffle(input: Tensor, downscale_factor: _int) -> Tensor: ...
def poisson(input: Tensor, generator: Generator | None = None) -> Tensor: ...
def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: _bool = True,
    full: _bool = False,
    size_average: _bool | None = None,
    eps: _float = 1e-08,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def polygamma(n: _int, input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def positive(input: Tensor) -> Tensor: ...
def pow(input: Tensor | _float, exponent: Operand, *, out: Tensor | None = None) -> Tensor: ...
def prelu(input: Tensor, weight: Tensor) -> Tensor: ...
def prod(
    input: Tensor,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def promote_types(type1: DType, type2: DType) -> _dtype: ...
def put(input: Tensor, index: Tensor, source: Tensor, accumulate: _bool = False) -> Tensor: ...
def qr(input: Tensor, some: _bool = True, *, out: Tensor | None = None) -> QR: ...
def quantile(
    input: Tensor,
    q: Tensor | _float,
    dim: _int | None = None,
    keepdim: _bool = False,
    *,
    interpolation: Literal['linear', 'lower', 'higher', 'midpoint', 'nearest'] = 'linear',
    axis: _int | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def rad2deg_(input: Tensor) -> Tensor: ...
@_overload
def rand(
    *size: Sizes,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def rand(
    *,
    size: Sizes,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def rand_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def randint(
    high: _int,
    size: Sequence[_int],
    *,
    generator: Generator | None=None,
    dtype: DType | None=...,
    device: Device | None=None,
    requires_grad: _bool=False,
    out: Tensor | None=None,
) -> Tensor: ...
@_overload
def randint(
    low: _int,
    high: _int,
    size: Sequence[_int],
    *,
    generator: Generator | None=None,
    dtype: DType | None=...,
    device: Device | None=None,
    requires_grad: _bool=False,
    out: Tensor | None=None,
) -> Tensor: ...
def randint_like(
    input: Tensor,
    low: _int | None = None,
    high: _int | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def randn(
    *size: Sizes,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def randn(
    *,
    size: Sizes,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def randn_like(
    input: Tensor,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def randperm(
    n: _int,
    *,
    generator: Generator | None = None,
    dtype: DType = ...,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def range(
    start: _float = 0,
    end: _float | None = None,
    step: _float = 1,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def ravel(input: Tensor) -> Tensor: ...
def real(input: Tensor) -> Tensor: ...
def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def reciprocal_(input: Tensor) -> Tensor: ...
def relu(input: Tensor) -> Tensor: ...
def relu6(input: Tensor, inplace: _bool = False) -> Tensor: ...
def relu_(input: Tensor) -> Tensor: ...
def remainder(
    input: Tensor | _float,
    other: Operand,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def renorm(
    input: Tensor,
    p: _float,
    dim: _int,
    maxnorm: _float,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def renorm(
    input: Tensor,
    p: _float,
    *,
    axis: _int,
    maxnorm: _float,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def repeat(input: Tensor, *repeats: Sizes) -> Tensor: ...
@_overload
def repeat(input: Tensor, *, repeats: Sizes) -> Tensor: ...
def repeat_interleave(
    input: Tensor,
    repeats: Tensor | _int | None = None,
    dim: _int | None = None,
    *,
    output_size: _int | None = None,
    axis: _int | None = None,
) -> Tensor: ...
@_overload
def reshape(input: Tensor, *shape: Sizes) -> Tensor: ...
@_overload
def reshape(input: Tensor, *, shape: Sizes) -> Tensor: ...
def reshape_as(input: Tensor, other: Operand) -> Tensor: ...
def resize_as_(input: Tensor, the_template: Tensor) -> Tensor: ...
def resolve_conj(input: Tensor) -> Tensor: ...
def resolve_neg(input: Tensor) -> Tensor: ...
def result_type(a: Operand, b: Operand) -> _dtype: ...
def rms_norm(
    input: Tensor,
    normalized_shape: Ints,
    weight: Tensor | None = None,
    eps: _float | None = None,
) -> Tensor: ...
def rnn_relu(
    input: Tensor,
    hx: Tensor,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = False,
    batch_sizes: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor: ...
def rnn_tanh(
    input: Tensor,
    hx: Tensor,
    params: Sequence[Tensor],
    has_biases: _bool,
    num_layers: _int,
    dropout: _float,
    train: _bool,
    bidirectional: _bool,
    batch_first: _bool = False,
    batch_sizes: Tensor | None = None,
) -> tuple[Tensor, Tensor]: ...
def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor: ...
def roll(input: Tensor, shifts: Ints, dims: Ints = ...) -> Tensor: ...
def rot90(input: Tensor, k: _int = 1, dims: Ints = ...) -> Tensor: ...
def round(input: Tensor, *, decimals: _int = 0, out: Tensor | None = None) -> Tensor: ...
def round_(input: Tensor, *, decimals: _int = 0) -> Tensor: ...
def row_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: ...
def rrelu(
    input: Tensor,
    lower: _float = 0.125,
    upper: _float = 0.3333333333333333,
    training: _bool = False,
    inplace: _bool = False,
) -> Tensor: ...
def rrelu_(
    input: Tensor,
    lower: _float = 0.125,
    upper: _float = 0.3333333333333333,
    training: _bool = False,
) -> Tensor: ...
def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def rsqrt_(input: Tensor) -> Tensor: ...
def rsub(input: Tensor, other: Operand, *, alpha: _float = 1) -> Tensor: ...
def save(
    obj: object,
    f: File,
    pickle_module: Any | None = None,
    pickle_protocol: _int = 2,
    _use_new_zipfile_serialization: _bool = True,
    _disable_byteorder_record: _bool = False,
) -> None: ...
def scalar_tensor(
    s: _float,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: _float = 0.0,
    is_causal: _bool = False,
    *,
    scale: _float | None = None,
    enable_gqa: _bool = False,
) -> Tensor: ...
@_overload
def scatter(
    input: Tensor,
    dim: _int,
    index: Tensor,
    src: Tensor | _float | None = None,
    *,
    value: _float | None = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def scatter(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    src: Tensor | _float | None = None,
    value: _float | None = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def scatter_add(
    input: Tensor,
    dim: _int,
    index: Tensor,
    src: Tensor,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def scatter_add(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    src: Tensor,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def scatter_reduce(
    input: Tensor,
    dim: _int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    *,
    include_self: _bool = True,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def scatter_reduce(
    input: Tensor,
    *,
    axis: _int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    include_self: _bool = True,
    out: Tensor | None = None,
) -> Tensor: ...
def searchsorted(
    sorted_sequence: Tensor,
    input: Operand,
    *,
    out_int32: _bool = False,
    right: _bool = False,
    side: Literal['left', 'right'] | None = None,
    sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def seed() -> _int: ...
@_overload
def select(input: Tensor, dim: _int, index: _int) -> Tensor: ...
@_overload
def select(input: Tensor, *, axis: _int, index: _int) -> Tensor: ...
@_overload
def select_scatter(input: Tensor, src: Tensor, dim: _int, index: _int) -> Tensor: ...
@_overload
def select_scatter(input: Tensor, src: Tensor, *, axis: _int, index: _int) -> Tensor: ...
def selu(input: Tensor, inplace: _bool = False) -> Tensor: ...
def selu_(input: Tensor) -> Tensor: ...
def set_default_device(
    device: Device,
    *,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> None: ...
def set_default_dtype(dtype: DType) -> None: ...
def set_default_tensor_type(t: Any) -> None: ...
def set_deterministic_debug_mode(debug_mode: _int | str) -> None: ...
def set_float32_matmul_precision(precision: str) -> None: ...
def set_flush_denormal(mode: _bool) -> _bool: ...
def set_num_interop_threads(num: _int) -> None: ...
def set_num_threads(threads: _int) -> None: ...
def set_printoptions(
    precision: _int | None = None,
    threshold: _float | None = None,
    edgeitems: _int | None = None,
    linewidth: _int | None = None,
    profile: Literal['default', 'short', 'full'] | None = None,
    sci_mode: _bool | None = None,
) -> None: ...
def set_rng_state(new_state: Tensor) -> None: ...
def set_warn_always(b: _bool) -> None: ...
def sgn(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def sigmoid_(input: Tensor) -> Tensor: ...
def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def silu(input: Tensor, inplace: _bool = False) -> Tensor: ...
def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def sin_(input: Tensor) -> Tensor: ...
def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def sinc_(input: Tensor) -> Tensor: ...
def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def sinh_(input: Tensor) -> Tensor: ...
def slice_scatter(
    input: Tensor,
    src: Tensor,
    dim: _int = 0,
    start: _int | None = None,
    end: _int | None = None,
    step: _int = 1,
    *,
    axis: _int = 0,
    out: Tensor | None = None,
) -> Tensor: ...
def slogdet(input: Tensor, *, out: Tensor | None = None) -> SlogDet: ...
def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
    beta: _float = 1.0,
) -> Tensor: ...
def soft_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def softmax(
    input: Tensor,
    dim: _int | None = None,
    dtype: DType | None = None,
    *,
    axis: _int | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def softmin(
    input: Tensor,
    dim: _int | None = None,
    *,
    dtype: DType | None = None,
    axis: _int | None = None,
) -> Tensor: ...
def softplus(input: Tensor, beta: _float = 1.0, threshold: _float = 20.0) -> Tensor: ...
def softshrink(input: Tensor, lambd: _float = 0.5) -> Tensor: ...
def softsign(input: Tensor) -> Tensor: ...
def sort(
    input: Tensor,
    dim: _int = -1,
    descending: _bool = False,
    stable: _bool = False,
    *,
    axis: _int = -1,
    out: Tensor | None = None,
) -> ValuesAndIndices: ...
@_overload
def split(
    input: Tensor,
    split_size_or_sections: _int | Sequence[_int],
    dim: _int = 0,
    *,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def split(
    input: Tensor,
    *,
    split_size: _int | Sequence[_int],
    dim: _int = 0,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def split(
    *,
    tensor: Tensor,
    split_size_or_sections: _int | Sequence[_int],
    dim: _int = 0,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
def split_with_sizes(
    input: Tensor,
    split_sizes: Sequence[_int],
    dim: _int = 0,
    *,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def sqrt_(input: Tensor) -> Tensor: ...
def square(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def square_(input: Tensor) -> Tensor: ...
def squeeze(input: Tensor, dim: Ints | None = None, *, axis: Ints | None = None) -> Tensor: ...
def stack(
    tensors: Sequence[Tensor],
    dim: _int = 0,
    *,
    axis: _int = 0,
    out: Tensor | None = None,
) -> Tensor: ...
def std(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: _bool | None = None,
    keepdim: _bool = False,
    *,
    correction: _float | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def std_mean(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: _bool | None = None,
    keepdim: _bool = False,
    *,
    correction: _float | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
) -> tuple[Tensor, Tensor]: ...
def sub(
    input: Operand,
    other: Operand,
    *,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def subtract(
    input: Operand,
    other: Operand,
    *,
    alpha: _float = 1,
    out: Tensor | None = None,
) -> Tensor: ...
def sum(
    input: Tensor,
    dim: Ints | None = None,
    keepdim: _bool = False,
    *,
    dtype: DType | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
@_overload
def sum_to_size(input: Tensor, *size: Sizes) -> Tensor: ...
@_overload
def sum_to_size(input: Tensor, *, size: Sizes) -> Tensor: ...
def svd(
    input: Tensor,
    some: _bool = True,
    compute_uv: _bool = True,
    *,
    out: Tensor | None = None,
) -> OldSVD: ...
def svd_lowrank(
    A: Tensor,
    q: _int = 6,
    niter: _int = 2,
    M: Any | None = None,
    *,
    out: Tensor | None = None,
) -> OldSVD: ...
@_overload
def swapaxes(input: Tensor, dim0: _int, dim1: _int) -> Tensor: ...
@_overload
def swapaxes(input: Tensor, *, axis0: _int, dim1: _int) -> Tensor: ...
@_overload
def swapaxes(input: Tensor, dim0: _int, *, axis1: _int) -> Tensor: ...
@_overload
def swapdims(input: Tensor, dim0: _int, dim1: _int) -> Tensor: ...
@_overload
def swapdims(input: Tensor, *, axis0: _int, dim1: _int) -> Tensor: ...
@_overload
def swapdims(input: Tensor, dim0: _int, *, axis1: _int) -> Tensor: ...
def t(input: Tensor) -> Tensor: ...
def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def take_along_dim(
    input: Tensor,
    indices: Tensor,
    dim: _int | None = None,
    *,
    axis: _int | None = None,
    out: Tensor | None = None,
) -> Tensor: ...
def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def tan_(input: Tensor) -> Tensor: ...
def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def tanh_(input: Tensor) -> Tensor: ...
def tanhshrink(input: Tensor) -> Tensor: ...
def tensor(
    data: Data,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def tensor_split(
    input: Tensor,
    indices_or_sections: _int | Sequence[_int] | Tensor,
    dim: _int = 0,
    *,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def tensor_split(
    input: Tensor,
    *,
    tensor_indices_or_sections: _int | Sequence[_int] | Tensor,
    dim: _int = 0,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def tensor_split(
    input: Tensor,
    *,
    indices: _int | Sequence[_int] | Tensor,
    dim: _int = 0,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def tensor_split(
    input: Tensor,
    *,
    sections: _int | Sequence[_int] | Tensor,
    dim: _int = 0,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
def tensordot(
    a: Tensor,
    b: Tensor,
    dims: _int | Sequence[Sequence[_int]] | Tensor = 2,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def threshold(
    input: Tensor,
    threshold: _float,
    value: _float,
    inplace: _bool = False,
    *,
    out: Tensor | None = None,
) -> Tensor: ...
def threshold_(input: Tensor, threshold: _float, value: _float) -> Tensor: ...
@_overload
def tile(input: Tensor, *dims: Ints) -> Tensor: ...
@_overload
def tile(input: Tensor, *, dims: Ints) -> Tensor: ...
def to(
    input: Tensor,
    *target: Tensor | DType | Device | _bool | None,
    dtype: DType | None = None,
    device: Device | None = None,
    non_blocking: _bool = False,
    copy: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def to_dlpack(tensor: Tensor) -> Any: ...
def topk(
    input: Tensor,
    k: _int,
    dim: _int = -1,
    largest: _bool = True,
    sorted: _bool = True,
    *,
    axis: _int = -1,
    out: Tensor | None = None,
) -> ValuesAndIndices: ...
def trace(input: Tensor) -> Tensor: ...
@_overload
def transpose(input: Tensor, dim0: _int, dim1: _int) -> Tensor: ...
@_overload
def transpose(input: Tensor, *, axis0: _int, dim1: _int) -> Tensor: ...
@_overload
def transpose(input: Tensor, dim0: _int, *, axis1: _int) -> Tensor: ...
def trapezoid(
    y: Tensor,
    x: Tensor | None = None,
    *,
    dx: _float | None = None,
    dim: _int = -1,
    axis: _int = -1,
) -> Tensor: ...
def trapz(
    y: Tensor,
    x: Tensor | None = None,
    *,
    dx: _float | None = None,
    dim: _int = -1,
    axis: _int = -1,
) -> Tensor: ...
def triangular_solve(
    input: Tensor,
    A: Tensor,
    upper: _bool = True,
    transpose: _bool = False,
    unitriangular: _bool = False,
    *,
    out: Tensor | None = None,
) -> TriangularSolve: ...
def tril(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor: ...
def tril_indices(
    row: _int,
    col: _int,
    offset: _int = 0,
    *,
    dtype: DType = ...,
    device: Device | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: _float = 1.0,
    p: _float = 2.0,
    eps: _float = 1e-06,
    swap: _bool = False,
    size_average: _bool | None = None,
    reduce: _bool | None = None,
    reduction: str = 'mean',
) -> Tensor: ...
def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: _float = 1.0,
    swap: _bool = False,
    reduction: str = 'mean',
) -> Tensor: ...
def triu(input: Tensor, diagonal: _int = 0, *, out: Tensor | None = None) -> Tensor: ...
def triu_indices(
    row: _int,
    col: _int,
    offset: _int = 0,
    *,
    dtype: DType = ...,
    device: Device | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def true_divide(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor: ...
def trunc_(input: Tensor) -> Tensor: ...
def typename(obj: object) -> str: ...
def unbind(input: Tensor, dim: _int = 0, *, axis: _int = 0) -> tuple[Tensor, ...]: ...
@_overload
def unflatten(input: Tensor, dim: _int, sizes: Sequence[_int]) -> Tensor: ...
@_overload
def unflatten(input: Tensor, *, axis: _int, sizes: Sequence[_int]) -> Tensor: ...
def unfold(
    input: Tensor,
    kernel_size: Ints,
    dilation: Ints = 1,
    padding: Ints = 0,
    stride: Ints = 1,
) -> Tensor: ...
@_overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: _int | None = None,
    *,
    axis: _int | None = None,
) -> Tensor: ...
@_overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    dim: _int | None = None,
    axis: _int | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    return_counts: Literal[False] = False,
    *,
    return_inverse: Literal[True],
    dim: _int | None = None,
    axis: _int | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    dim: _int | None = None,
    axis: _int | None = None,
) -> tuple[Tensor, Tensor, Tensor]: ...
@_overload
def unique(
    input: Tensor,
    sorted: _bool = True,
    return_inverse: _bool = False,
    return_counts: _bool = False,
    dim: _int | None = None,
    *,
    axis: _int | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
@_overload
def unique_consecutive(
    input: Tensor,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    dim: _int | None = None,
    *,
    axis: _int | None = None,
) -> Tensor: ...
@_overload
def unique_consecutive(
    input: Tensor,
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    dim: _int | None = None,
    axis: _int | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def unique_consecutive(
    input: Tensor,
    return_counts: Literal[False] = False,
    *,
    return_inverse: Literal[True],
    dim: _int | None = None,
    axis: _int | None = None,
) -> tuple[Tensor, Tensor]: ...
@_overload
def unique_consecutive(
    input: Tensor,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    dim: _int | None = None,
    axis: _int | None = None,
) -> tuple[Tensor, Tensor, Tensor]: ...
@_overload
def unique_consecutive(
    input: Tensor,
    return_inverse: _bool = False,
    return_counts: _bool = False,
    dim: _int | None = None,
    *,
    axis: _int | None = None,
) -> Tensor | tuple[Tensor, ...]: ...
def unravel_index(indices: Tensor, shape: Sizes) -> tuple[Tensor, ...]: ...
def unsafe_chunk(
    input: Tensor,
    chunks: _int,
    dim: _int = 0,
    *,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def unsafe_split(
    input: Tensor,
    split_size_or_sections: _int | Sequence[_int],
    dim: _int = 0,
    *,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def unsafe_split(
    input: Tensor,
    *,
    split_size: _int | Sequence[_int],
    dim: _int = 0,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def unsafe_split(
    *,
    tensor: Tensor,
    split_size_or_sections: _int | Sequence[_int],
    dim: _int = 0,
    axis: _int = 0,
) -> tuple[Tensor, ...]: ...
@_overload
def unsqueeze(input: Tensor, dim: _int) -> Tensor: ...
@_overload
def unsqueeze(input: Tensor, *, axis: _int) -> Tensor: ...
def upsample(
    input: Tensor,
    size: Sizes | None = None,
    scale_factor: _float | Sequence[_float] | None = None,
    mode: str = 'nearest',
    align_corners: _bool | None = None,
) -> Tensor: ...
def upsample_bilinear(
    input: Tensor,
    size: Sizes | None = None,
    scale_factor: _float | Sequence[_float] | None = None,
) -> Tensor: ...
def upsample_nearest(
    input: Tensor,
    size: Sizes | None = None,
    scale_factor: _float | Sequence[_float] | None = None,
) -> Tensor: ...
def use_deterministic_algorithms(mode: _bool, *, warn_only: _bool = False) -> None: ...
def vander(x: Tensor, N: _int | None = None, increasing: _bool = False) -> Tensor: ...
def var(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: _bool | None = None,
    keepdim: _bool = False,
    *,
    correction: _float | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
    out: Tensor | None = None,
) -> Tensor: ...
def var_mean(
    input: Tensor,
    dim: Ints | None = None,
    unbiased: _bool | None = None,
    keepdim: _bool = False,
    *,
    correction: _float | None = None,
    axis: Ints | None = None,
    keepdims: _bool = False,
) -> tuple[Tensor, Tensor]: ...
def vdot(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
@_overload
def view(input: Tensor, *size: Sizes) -> Tensor: ...
@_overload
def view(input: Tensor, *, dtype: Sizes) -> Tensor: ...
@_overload
def view(input: Tensor, *, size: Sizes) -> Tensor: ...
def view_as(input: Tensor, other: Operand) -> Tensor: ...
def vmap(
    func: Callable[..., Any],
    in_dims: _int | Sequence[Any] | None = 0,
    out_dims: _int | Sequence[_int | None] | None = 0,
    randomness: str = 'error',
    *,
    chunk_size: _int | None = None,
) -> Callable[..., Any]: ...
@_overload
def vsplit(
    input: Tensor,
    indices_or_sections: _int | Sequence[_int] | Tensor,
) -> tuple[Tensor, ...]: ...
@_overload
def vsplit(input: Tensor, *, indices: _int | Sequence[_int] | Tensor) -> tuple[Tensor, ...]: ...
@_overload
def vsplit(
    input: Tensor,
    *,
    sections: _int | Sequence[_int] | Tensor,
) -> tuple[Tensor, ...]: ...
def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor: ...
@_overload
def where(condition: Tensor) -> tuple[Tensor, ...]: ...
@_overload
def where(condition: Tensor, input: Operand, other: Operand) -> Tensor: ...
def xlogy(input: Tensor | _float, other: Operand, *, out: Tensor | None = None) -> Tensor: ...
def xlogy_(input: Tensor, other: Operand) -> Tensor: ...
def zero_(input: Tensor) -> Tensor: ...
@_overload
def zeros(
    *size: Sizes,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
@_overload
def zeros(
    *,
    size: Sizes,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    out: Tensor | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
def zeros_like(
    input: Tensor,
    *,
    dtype: DType | None = None,
    device: Device | None = None,
    requires_grad: _bool = False,
    memory_format: _memory_format | None = None,
    layout: _layout | None = None,
    pin_memory: _bool | None = None,
) -> Tensor: ...
