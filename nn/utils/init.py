"""Making a module whose parameters will be set to something else anyway."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

import autotensor as at
from nn.module import Module

Made = TypeVar("Made", bound=Module)


def skip_init(module_cls: type[Made], *args: Any, **kwargs: Any) -> Made:
    """``module_cls(*args, **kwargs)`` with any values as parameters; no random number is used up.

    As in PyTorch, the class must take an argument ``device``.

    Raises:
        RuntimeError: no class of modules, or one without an argument ``device``.

    Example:

        >>> layer = nn.utils.skip_init(nn.Linear, 3, 2)
        >>> nn.init.zeros_(layer.weight).tolist()  # filled here, not twice
        [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    if not (isinstance(module_cls, type) and issubclass(module_cls, Module)):
        raise RuntimeError(f"skip_init: expected a class of modules, got {module_cls!r}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError(
            f"skip_init: {module_cls.__name__} takes no argument 'device', so it cannot be made "
            "without initialization"
        )
    before = at.get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        at.set_rng_state(before)
