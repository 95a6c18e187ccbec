# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.transformer` gives `nn.modules.transformer`.
from nn.modules.transformer import *
