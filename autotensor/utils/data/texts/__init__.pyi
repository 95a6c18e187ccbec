# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.texts` gives `nn.data.texts`.
from nn.data.texts import *
