# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.flatten` gives `nn.modules.flatten`.
from nn.modules.flatten import *
