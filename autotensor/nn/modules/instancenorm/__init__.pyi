# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.instancenorm` gives `nn.modules.instancenorm`.
from nn.modules.instancenorm import *
