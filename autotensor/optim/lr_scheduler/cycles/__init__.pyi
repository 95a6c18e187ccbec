# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lr_scheduler.cycles` gives `nn.optim.lr_scheduler.cycles`.
from nn.optim.lr_scheduler.cycles import *
