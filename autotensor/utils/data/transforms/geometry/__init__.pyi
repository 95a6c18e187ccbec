# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.geometry` gives `nn.data.transforms.geometry`.
from nn.data.transforms.geometry import *
