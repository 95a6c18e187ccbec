# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lr_scheduler.base` gives `nn.optim.lr_scheduler.base`.
from nn.optim.lr_scheduler.base import *
