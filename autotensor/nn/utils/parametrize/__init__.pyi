# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.parametrize` gives `nn.utils.parametrize`.
from nn.utils.parametrize import *
