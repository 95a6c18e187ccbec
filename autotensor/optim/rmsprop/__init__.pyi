# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.rmsprop` gives `nn.optim.adaptive`.
from nn.optim.adaptive import *
