# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.adamw` gives `nn.optim.adam`.
from nn.optim.adam import *
