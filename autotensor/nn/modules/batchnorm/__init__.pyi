# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.batchnorm` gives `nn.modules.batchnorm`.
from nn.modules.batchnorm import *
