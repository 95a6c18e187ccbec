# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.common` gives `autotensor.distributed.common`.
from autotensor.distributed.common import *
