# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.distributed_c10d.objects` gives `autotensor.distributed.objects`.
from autotensor.distributed.objects import *
