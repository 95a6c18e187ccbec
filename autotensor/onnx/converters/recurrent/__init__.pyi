# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters.recurrent` gives `nn.onnx.converters.recurrent`.
from nn.onnx.converters.recurrent import *
