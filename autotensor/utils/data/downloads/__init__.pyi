# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.downloads` gives `nn.data.downloads`.
from nn.data.downloads import *
