# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.parameter` gives `nn.parameter`.
from nn.parameter import *
