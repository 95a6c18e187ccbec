# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.init` gives `nn.init`.
from nn.init import *
