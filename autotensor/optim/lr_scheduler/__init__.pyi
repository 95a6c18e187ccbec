# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lr_scheduler` gives `nn.optim.lr_scheduler`.
from nn.optim.lr_scheduler import *
