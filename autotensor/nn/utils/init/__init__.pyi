# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.init` gives `nn.utils.init`.
from nn.utils.init import *
