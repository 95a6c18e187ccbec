"""What shows things in notebooks: HTML in one look, pictures, curves, values of Tensors."""

from autotensor.seeing.html import *
