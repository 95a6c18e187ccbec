# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data` gives `nn.data`.
from nn.data import *
