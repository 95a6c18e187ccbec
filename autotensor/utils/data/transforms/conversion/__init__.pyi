# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.conversion` gives `nn.data.transforms.conversion`.
from nn.data.transforms.conversion import *
