# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.processes` gives `autotensor.distributed.processes`.
from autotensor.distributed.processes import *
