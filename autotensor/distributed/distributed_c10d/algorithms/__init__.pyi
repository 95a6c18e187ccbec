# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.algorithms` gives `autotensor.distributed.algorithms`.
from autotensor.distributed.algorithms import *
