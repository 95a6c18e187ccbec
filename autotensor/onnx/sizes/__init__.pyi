# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.sizes` gives `nn.onnx.sizes`.
from nn.onnx.sizes import *
