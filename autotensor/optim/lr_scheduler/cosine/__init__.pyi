# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.lr_scheduler.cosine` gives `nn.optim.lr_scheduler.cosine`.
from nn.optim.lr_scheduler.cosine import *
