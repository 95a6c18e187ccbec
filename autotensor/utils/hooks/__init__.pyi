# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.hooks` gives `autotensor.engine.hooks`.
from autotensor.engine.hooks import *
