# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.toys` gives `nn.data.toys`.
from nn.data.toys import *
