# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.optim` gives `nn.optim.sharded`.
from nn.optim.sharded import *
