# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.fold` gives `nn.modules.fold`.
from nn.modules.fold import *
