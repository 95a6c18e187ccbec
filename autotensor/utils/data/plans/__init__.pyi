# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.plans` gives `nn.data.plans`.
from nn.data.plans import *
