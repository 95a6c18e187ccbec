# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.function` gives `autotensor.extend.function`.
from autotensor.extend.function import *
