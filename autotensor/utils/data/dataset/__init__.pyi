# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.dataset` gives `nn.data.dataset`.
from nn.data.dataset import *
