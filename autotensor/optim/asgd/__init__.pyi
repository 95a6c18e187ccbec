# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.asgd` gives `nn.optim.asgd`.
from nn.optim.asgd import *
