# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.parallel.distributed` gives `nn.parallel.distributed`.
from nn.parallel.distributed import *
