# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.writing` gives `nn.onnx.writing`.
from nn.onnx.writing import *
