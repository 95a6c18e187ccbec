# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.pooling` gives `nn.modules.pooling`.
from nn.modules.pooling import *
