# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.variable.functional` gives `autotensor.autograd.functional`.
from autotensor.autograd.functional import *
