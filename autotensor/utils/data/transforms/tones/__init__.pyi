# Made by `python -m tests.checkers.stubs`; `import autotensor.utils.data.transforms.tones` gives `nn.data.transforms.tones`.
from nn.data.transforms.tones import *
