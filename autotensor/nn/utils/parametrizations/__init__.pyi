# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.parametrizations` gives `nn.utils.parametrizations`.
from nn.utils.parametrizations import *
