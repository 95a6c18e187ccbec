# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.checking` gives `nn.onnx.checking`.
from nn.onnx.checking import *
