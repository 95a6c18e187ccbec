# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.fusion` gives `nn.utils.fusion`.
from nn.utils.fusion import *
