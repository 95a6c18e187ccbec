# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.grad_mode` gives `autotensor.engine.modes`.
from autotensor.engine.modes import *
