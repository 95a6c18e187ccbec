# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.elastic` gives `autotensor.distributed.elastic`.
from autotensor.distributed.elastic import *
