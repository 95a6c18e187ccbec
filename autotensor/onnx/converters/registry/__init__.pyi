# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters.registry` gives `nn.onnx.converters.registry`.
from nn.onnx.converters.registry import *
