# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.adaptive` gives `nn.modules.adaptive`.
from nn.modules.adaptive import *
