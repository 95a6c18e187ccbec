# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters.networks` gives `nn.onnx.converters.networks`.
from nn.onnx.converters.networks import *
