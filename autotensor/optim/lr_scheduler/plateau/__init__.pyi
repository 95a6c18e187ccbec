# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lr_scheduler.plateau` gives `nn.optim.lr_scheduler.plateau`.
from nn.optim.lr_scheduler.plateau import *
