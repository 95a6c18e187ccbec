# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.folder` gives `nn.data.folder`.
from nn.data.folder import *
