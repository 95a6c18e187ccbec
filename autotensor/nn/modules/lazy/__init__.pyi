# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.modules.lazy` gives `nn.modules.lazy`.
from nn.modules.lazy import *
