# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters.losses` gives `nn.onnx.converters.losses`.
from nn.onnx.converters.losses import *
