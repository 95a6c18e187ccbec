# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.sharded` gives `nn.optim.sharded`.
from nn.optim.sharded import *
