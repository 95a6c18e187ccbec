# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.pillow` gives `nn.data.transforms.pillow`.
from nn.data.transforms.pillow import *
