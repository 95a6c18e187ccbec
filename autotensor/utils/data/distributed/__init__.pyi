# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.distributed` gives `nn.data.distributed`.
from nn.data.distributed import *
