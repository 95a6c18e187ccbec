# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.nn` gives `autotensor.distributed.nn`.
from autotensor.distributed.nn import *
