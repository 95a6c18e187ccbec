"""``torch.utils.dlpack``'s names; what they do stands in ``autotensor/protocols``."""

from __future__ import annotations

from autotensor.foreign import DLDeviceType
from autotensor.importing import list_public
from autotensor.protocols.dlpack import from_dlpack, to_dlpack

__all__ = ["DLDeviceType", "from_dlpack", "to_dlpack"]

list_public(__name__)
