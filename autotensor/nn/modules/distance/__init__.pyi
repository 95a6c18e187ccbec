# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.distance` gives `nn.modules.distance`.
from nn.modules.distance import *
