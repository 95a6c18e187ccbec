# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lbfgs` gives `nn.optim.lbfgs`.
from nn.optim.lbfgs import *
