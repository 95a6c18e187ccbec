# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.functional` gives `nn.functional`.
from nn.functional import *
