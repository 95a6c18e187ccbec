# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.adafactor` gives `nn.optim.adafactor`.
from nn.optim.adafactor import *
