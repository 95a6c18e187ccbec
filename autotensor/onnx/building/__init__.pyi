# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.building` gives `nn.onnx.building`.
from nn.onnx.building import *
