# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.gradcheck` gives `autotensor.extend.gradcheck`.
from autotensor.extend.gradcheck import *
