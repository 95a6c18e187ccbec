# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.rprop` gives `nn.optim.adaptive`.
from nn.optim.adaptive import *
