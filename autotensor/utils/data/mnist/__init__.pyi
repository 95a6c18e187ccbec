# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.mnist` gives `nn.data.mnist`.
from nn.data.mnist import *
