# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.collate` gives `nn.data.collate`.
from nn.data.collate import *
