# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.sources` gives `nn.data.sources`.
from nn.data.sources import *
