# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lr_scheduler.combined` gives `nn.optim.lr_scheduler.combined`.
from nn.optim.lr_scheduler.combined import *
