# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.base` gives `nn.data.transforms.base`.
from nn.data.transforms.base import *
