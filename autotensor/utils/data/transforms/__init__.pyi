# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms` gives `nn.data.transforms`.
from nn.data.transforms import *
