# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.distorting` gives `nn.data.transforms.distorting`.
from nn.data.transforms.distorting import *
