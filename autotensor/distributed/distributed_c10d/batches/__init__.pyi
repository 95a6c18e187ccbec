# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.batches` gives `autotensor.distributed.batches`.
from autotensor.distributed.batches import *
