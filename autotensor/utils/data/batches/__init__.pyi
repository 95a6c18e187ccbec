# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.batches` gives `nn.data.batches`.
from nn.data.batches import *
