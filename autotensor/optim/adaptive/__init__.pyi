# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.adaptive` gives `nn.optim.adaptive`.
from nn.optim.adaptive import *
