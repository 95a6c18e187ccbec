# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.mixing` gives `nn.data.transforms.mixing`.
from nn.data.transforms.mixing import *
