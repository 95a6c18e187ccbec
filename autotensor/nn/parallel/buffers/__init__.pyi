# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.parallel.buffers` gives `nn.parallel.buffers`.
from nn.parallel.buffers import *
