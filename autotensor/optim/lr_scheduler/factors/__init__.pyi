# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lr_scheduler.factors` gives `nn.optim.lr_scheduler.factors`.
from nn.optim.lr_scheduler.factors import *
