# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.launched` gives `autotensor.distributed.launched`.
from autotensor.distributed.launched import *
