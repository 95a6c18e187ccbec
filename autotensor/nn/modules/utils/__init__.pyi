# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.utils` gives `nn.modules.utils`.
from nn.modules.utils import *
