# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.dataloader` gives `nn.data.dataloader`.
from nn.data.dataloader import *
