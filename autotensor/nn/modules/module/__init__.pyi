# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.module` gives `nn.modules.module`.
from nn.modules.module import *
