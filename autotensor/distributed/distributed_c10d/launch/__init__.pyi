# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.launch` gives `autotensor.distributed.launch`.
from autotensor.distributed.launch import *
