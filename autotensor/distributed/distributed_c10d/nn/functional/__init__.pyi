# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.nn.functional` gives `autotensor.distributed.nn.functional`.
from autotensor.distributed.nn.functional import *
