# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.switchboard` gives `autotensor.distributed.switchboard`.
from autotensor.distributed.switchboard import *
