"""Tools around the engine, with the names of ``torch.utils``."""

import typing as _typing

from autotensor.importing import on_demand as _on_demand

if _typing.TYPE_CHECKING:
    from autotensor import hooks as hooks
    from autotensor.utils import checkpoint as checkpoint
    from autotensor.utils import data as data
    from autotensor.utils import dlpack as dlpack
    from autotensor.utils import downloads as downloads
    from autotensor.utils import einops as einops
    from autotensor.utils import model_zoo as model_zoo
    from autotensor.utils import tensorboard as tensorboard
else:
    __getattr__, __dir__ = _on_demand(
        __name__,
        "_foreach_utils",
        "_pytree",
        "checkpoint",
        "data",
        "dlpack",
        "downloads",
        "einops",
        "hooks",
        "model_zoo",
        "tensorboard",
    )
