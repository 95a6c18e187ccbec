# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.variable.graph` gives `autotensor.autograd.graph`.
from autotensor.autograd.graph import *
