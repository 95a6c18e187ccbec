# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.exporting` gives `nn.onnx.exporting`.
from nn.onnx.exporting import *
