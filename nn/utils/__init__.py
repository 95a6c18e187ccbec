"""Tools for modules and their parameters, with the names of ``torch.nn.utils``."""

from typing import TYPE_CHECKING

from nn.utils import (
    clip_grad,
    convert_parameters,
    fusion,
    hooked,
    init,
    parametrizations,
    parametrize,
    rnn,
    stateless,
)
from nn.utils.clip_grad import *
from nn.utils.convert_parameters import *
from nn.utils.fusion import *
from nn.utils.hooked import *
from nn.utils.init import *

if not TYPE_CHECKING:  # checkers follow the lines above
    __all__ = [
        *clip_grad.__all__,
        *convert_parameters.__all__,
        *fusion.__all__,
        *hooked.__all__,
        *init.__all__,
        "parametrizations",
        "parametrize",
        "rnn",
        "stateless",
    ]
