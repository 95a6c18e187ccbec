# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.variable` gives `autotensor.autograd`.
from autotensor.autograd import *
