# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.inputs` gives `nn.onnx.inputs`.
from nn.onnx.inputs import *
