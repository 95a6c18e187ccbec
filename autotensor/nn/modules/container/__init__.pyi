# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.container` gives `nn.modules.container`.
from nn.modules.container import *
