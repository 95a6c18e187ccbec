# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.upsampling` gives `nn.modules.upsampling`.
from nn.modules.upsampling import *
