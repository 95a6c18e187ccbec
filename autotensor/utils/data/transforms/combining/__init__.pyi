# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.combining` gives `nn.data.transforms.combining`.
from nn.data.transforms.combining import *
