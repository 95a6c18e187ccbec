"""What old files of models import from ``torch.utils.model_zoo``."""

from __future__ import annotations

from autotensor.hub import load_state_dict_from_url as load_url
from autotensor.importing import list_public

__all__ = ["load_url"]

list_public(__name__)
