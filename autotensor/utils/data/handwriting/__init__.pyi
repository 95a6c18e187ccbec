# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.handwriting` gives `nn.data.handwriting`.
from nn.data.handwriting import *
