"""What old files of models import from ``torch.utils.model_zoo``: nothing is downloaded."""

from __future__ import annotations

from typing import Any, NoReturn

from autotensor.importing import list_public

__all__ = ["load_url"]


def load_url(url: str, *args: Any, **kwargs: Any) -> NoReturn:
    """Raises NotImplementedError: no weights are fetched."""
    raise NotImplementedError(
        f"load_url: nothing is downloaded, so not {url} either; ask for a model without trained "
        "weights (pretrained=False), or fill it by load_state_dict from a file of your own"
    )


list_public(__name__)
