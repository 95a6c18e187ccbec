# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.normalization` gives `nn.modules.normalization`.
from nn.modules.normalization import *
