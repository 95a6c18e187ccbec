# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.sgd` gives `nn.optim.sgd`.
from nn.optim.sgd import *
