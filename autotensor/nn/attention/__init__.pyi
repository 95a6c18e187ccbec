# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.attention` gives `nn.attention`.
from nn.attention import *
