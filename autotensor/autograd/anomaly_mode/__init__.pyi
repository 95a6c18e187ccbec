# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.anomaly_mode` gives `autotensor.engine.modes`.
from autotensor.engine.modes import *
