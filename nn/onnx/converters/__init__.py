"""Which functions of this library ONNX can express, and how."""

from nn.onnx.converters import losses as losses
from nn.onnx.converters import networks as networks
from nn.onnx.converters import pointwise as pointwise
from nn.onnx.converters import recurrent as recurrent
from nn.onnx.converters import reductions as reductions
from nn.onnx.converters import structure as structure
from nn.onnx.converters.registry import *
