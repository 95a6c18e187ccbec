# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.collectives` gives `autotensor.distributed.collectives`.
from autotensor.distributed.collectives import *
