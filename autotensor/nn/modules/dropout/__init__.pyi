# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.dropout` gives `nn.modules.dropout`.
from nn.modules.dropout import *
