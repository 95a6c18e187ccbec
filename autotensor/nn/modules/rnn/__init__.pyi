# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.rnn` gives `nn.modules.rnn`.
from nn.modules.rnn import *
