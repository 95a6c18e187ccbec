# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.rnn` gives `nn.utils.rnn`.
from nn.utils.rnn import *
