# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.padding` gives `nn.modules.padding`.
from nn.modules.padding import *
