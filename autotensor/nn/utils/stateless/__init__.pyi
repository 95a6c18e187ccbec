# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.stateless` gives `nn.utils.stateless`.
from nn.utils.stateless import *
