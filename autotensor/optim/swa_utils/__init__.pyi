# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.swa_utils` gives `nn.optim.swa_utils`.
from nn.optim.swa_utils import *
