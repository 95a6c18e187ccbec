# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters.reductions` gives `nn.onnx.converters.reductions`.
from nn.onnx.converters.reductions import *
