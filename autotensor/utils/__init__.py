"""Tools around the engine, with the names of ``torch.utils``."""

from typing import TYPE_CHECKING

from autotensor.importing import on_demand as _on_demand

if TYPE_CHECKING:
    from autotensor.utils import checkpoint as checkpoint
    from autotensor.utils import einops as einops
    from autotensor.utils import model_zoo as model_zoo
else:
    __getattr__, __dir__ = _on_demand(__name__, "checkpoint", "data", "einops", "model_zoo")
