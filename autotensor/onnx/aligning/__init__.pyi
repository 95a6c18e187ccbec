# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.aligning` gives `nn.onnx.aligning`.
from nn.onnx.aligning import *
