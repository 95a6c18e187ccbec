# Made by `python -m tests.checkers.stubs`; `import autotensor.autograd.anomaly_mode` gives `autotensor.seeing.anomalies`.
from autotensor.seeing.anomalies import *
