# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.workers` gives `nn.data.workers`.
from nn.data.workers import *
