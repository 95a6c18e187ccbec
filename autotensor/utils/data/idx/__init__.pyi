# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.idx` gives `nn.data.idx`.
from nn.data.idx import *
