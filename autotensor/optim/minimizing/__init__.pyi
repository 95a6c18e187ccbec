# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.minimizing` gives `nn.optim.minimizing`.
from nn.optim.minimizing import *
