# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.activation` gives `nn.modules.activation`.
from nn.modules.activation import *
