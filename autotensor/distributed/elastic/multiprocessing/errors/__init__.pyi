# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.elastic.multiprocessing.errors` gives `autotensor.distributed.elastic`.
from autotensor.distributed.elastic import *
