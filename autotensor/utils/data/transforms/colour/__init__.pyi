# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.colour` gives `nn.data.transforms.colour`.
from nn.data.transforms.colour import *
