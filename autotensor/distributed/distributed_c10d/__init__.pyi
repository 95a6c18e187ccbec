# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d` gives `autotensor.distributed`.
from autotensor.distributed import *
