# Made by `python -m tests.checkers.stubs`; `import autotensor.nn.utils.clip_grad` gives `nn.utils.clip_grad`.
from nn.utils.clip_grad import *
