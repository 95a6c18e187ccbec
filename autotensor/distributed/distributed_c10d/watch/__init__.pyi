# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.watch` gives `autotensor.distributed.watch`.
from autotensor.distributed.watch import *
