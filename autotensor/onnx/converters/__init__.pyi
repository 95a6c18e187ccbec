# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters` gives `nn.onnx.converters`.
from nn.onnx.converters import *
