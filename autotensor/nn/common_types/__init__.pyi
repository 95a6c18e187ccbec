# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.common_types` gives `nn.common_types`.
from nn.common_types import *
