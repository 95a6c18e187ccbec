# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.optim.zero_redundancy_optimizer` gives `nn.optim.sharded`.
from nn.optim.sharded import *
