# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.parallel.buckets` gives `nn.parallel.buckets`.
from nn.parallel.buckets import *
