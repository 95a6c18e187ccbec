# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.parallel.sharding` gives `nn.parallel.sharding`.
from nn.parallel.sharding import *
