# Made by `python -m tests.checkers.stubs`; `import autotensor.nn` gives `nn`.
from nn import *
