# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.graph` gives `nn.onnx.graph`.
from nn.onnx.graph import *
