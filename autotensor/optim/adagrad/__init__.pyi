# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.adagrad` gives `nn.optim.adaptive`.
from nn.optim.adaptive import *
