# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.hooks` gives `autotensor.hooks`.
from autotensor.hooks import *
