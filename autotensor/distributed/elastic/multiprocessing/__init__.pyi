# Made by `python -m tests.checkers.stubs`; `import autotensor.distributed.elastic.multiprocessing` gives `autotensor.distributed.elastic`.
from autotensor.distributed.elastic import *
