# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.prune` gives `nn.utils.prune`.
from nn.utils.prune import *
