# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.optimizer` gives `nn.optim.optimizer`.
from nn.optim.optimizer import *
