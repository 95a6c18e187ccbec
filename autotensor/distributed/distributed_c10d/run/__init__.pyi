# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.run` gives `autotensor.distributed.run`.
from autotensor.distributed.run import *
