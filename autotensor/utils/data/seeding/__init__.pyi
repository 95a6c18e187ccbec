# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.seeding` gives `nn.data.seeding`.
from nn.data.seeding import *
