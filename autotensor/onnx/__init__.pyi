# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx` gives `nn.onnx`.
from nn.onnx import *
