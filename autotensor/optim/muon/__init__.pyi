# Made by `python -m tests.checkers.stubs`; `import autotensor.optim.muon` gives `nn.optim.muon`.
from nn.optim.muon import *
