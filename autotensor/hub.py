"""What scripts ask of ``torch.hub``: nothing is downloaded.

The names are there because models import them at the top and call them only for ready weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["download_url_to_file", "load", "load_state_dict_from_url"]


def _downloads(name: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            f"hub.{name}: ready models are left out, and nothing is downloaded: build the model "
            "here, and fill it by load_state_dict from a file that autotensor.save wrote"
        )

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Raises RuntimeError: nothing is downloaded."
    return refuse


download_url_to_file = _downloads("download_url_to_file")
load = _downloads("load")
load_state_dict_from_url = _downloads("load_state_dict_from_url")
