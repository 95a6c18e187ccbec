# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.fetching` gives `nn.data.fetching`.
from nn.data.fetching import *
