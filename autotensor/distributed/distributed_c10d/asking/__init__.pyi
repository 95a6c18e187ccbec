# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.asking` gives `autotensor.distributed.asking`.
from autotensor.distributed.asking import *
