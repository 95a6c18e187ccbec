# Made by `python -m tests.checkers.stubs`; `import autotensor.onnx.converters.structure` gives `nn.onnx.converters.structure`.
from nn.onnx.converters.structure import *
