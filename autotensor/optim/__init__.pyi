# Made by `python -m tests.checkers.stubs`; `import autotensor.optim` gives `nn.optim`.
from nn.optim import *
