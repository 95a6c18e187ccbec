# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters.pointwise` gives `nn.onnx.converters.pointwise`.
from nn.onnx.converters.pointwise import *
