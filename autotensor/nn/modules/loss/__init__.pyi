# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.loss` gives `nn.modules.loss`.
from nn.modules.loss import *
