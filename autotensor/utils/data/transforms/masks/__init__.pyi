# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.masks` gives `nn.data.transforms.masks`.
from nn.data.transforms.masks import *
