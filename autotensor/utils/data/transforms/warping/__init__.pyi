# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.warping` gives `nn.data.transforms.warping`.
from nn.data.transforms.warping import *
