# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.hooked` gives `nn.utils.hooked`.
from nn.utils.hooked import *
