# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.convert_parameters` gives `nn.utils.convert_parameters`.
from nn.utils.convert_parameters import *
