# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.rendezvous` gives `autotensor.distributed.rendezvous`.
from autotensor.distributed.rendezvous import *
