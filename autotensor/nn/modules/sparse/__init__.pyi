# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.sparse` gives `nn.modules.sparse`.
from nn.modules.sparse import *
