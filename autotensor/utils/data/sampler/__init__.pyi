# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.sampler` gives `nn.data.sampler`.
from nn.data.sampler import *
