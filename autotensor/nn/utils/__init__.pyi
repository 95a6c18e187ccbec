# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils` gives `nn.utils`.
from nn.utils import *
