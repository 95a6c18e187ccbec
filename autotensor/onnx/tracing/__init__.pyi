# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.tracing` gives `nn.onnx.tracing`.
from nn.onnx.tracing import *
