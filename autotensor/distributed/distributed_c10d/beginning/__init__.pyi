# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.beginning` gives `autotensor.distributed.beginning`.
from autotensor.distributed.beginning import *
