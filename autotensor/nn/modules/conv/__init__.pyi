# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.conv` gives `nn.modules.conv`.
from nn.modules.conv import *
