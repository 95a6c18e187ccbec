# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.pixelshuffle` gives `nn.modules.pixelshuffle`.
from nn.modules.pixelshuffle import *
