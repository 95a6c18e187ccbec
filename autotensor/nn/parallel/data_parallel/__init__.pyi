# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.parallel.data_parallel` gives `nn.parallel.data_parallel`.
from nn.parallel.data_parallel import *
