# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.channelshuffle` gives `nn.modules.channelshuffle`.
from nn.modules.channelshuffle import *
