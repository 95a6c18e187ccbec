# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.algorithms.join` gives `autotensor.distributed.algorithms.join`.
from autotensor.distributed.algorithms.join import *
