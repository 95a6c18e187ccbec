# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.linear` gives `nn.modules.linear`.
from nn.modules.linear import *
