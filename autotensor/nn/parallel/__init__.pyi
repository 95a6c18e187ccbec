# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.parallel` gives `nn.parallel`.
from nn.parallel import *
