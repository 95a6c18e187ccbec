# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.adadelta` gives `nn.optim.adaptive`.
from nn.optim.adaptive import *
