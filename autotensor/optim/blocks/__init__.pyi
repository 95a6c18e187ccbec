# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.blocks` gives `nn.optim.blocks`.
from nn.optim.blocks import *
