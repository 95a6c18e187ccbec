# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules` gives `nn.modules`.
from nn.modules import *
