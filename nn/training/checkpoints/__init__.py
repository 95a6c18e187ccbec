"""Checkpoints of a whole run: kept while it is trained, and taken up again to the bit.

``fit(..., checkpoint=FOLDER, resume=True)`` does it all.  A loop of one's own does the same with
the states of its parts, of which ``random_state`` is the one that is easily forgotten::

    >>> import tempfile
    >>> import autotensor as at, nn, nn.functional as F
    >>> from nn import optim
    >>> from nn.data import DataLoader, TensorDataset
    >>> from nn.training import CheckpointFolder, random_state, set_random_state
    >>> folder = CheckpointFolder(tempfile.mkdtemp())
    >>> def train(until):
    ...     at.manual_seed(0)
    ...     model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(), nn.Linear(8, 2))
    ...     optimizer = optim.Adam(model.parameters())
    ...     scheduler = optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    ...     data = TensorDataset(at.rand(12, 2), at.randint(2, (12,)))
    ...     loader = DataLoader(data, 4, shuffle=True)
    ...     parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
    ...     step, state = 0, folder.load()
    ...     batches = iter(())
    ...     if state is not None:
    ...         step = state["step"]
    ...         for name, part in parts.items():
    ...             part.load_state_dict(state[name])
    ...         loader.load_state_dict(state["loader"])
    ...         batches = iter(loader)  # the rest of the epoch
    ...         set_random_state(state["random"], model=model, loader=loader)
    ...     while step < until:
    ...         for inputs, targets in batches:
    ...             optimizer.zero_grad()
    ...             F.cross_entropy(model(inputs), targets).backward()
    ...             optimizer.step()
    ...             step += 1
    ...             if step == until:
    ...                 break
    ...         else:
    ...             if step:
    ...                 scheduler.step()
    ...             batches = iter(loader)
    ...     state = {name: part.state_dict() for name, part in parts.items()}
    ...     state |= {"step": step, "loader": loader.state_dict()}
    ...     state |= {"random": random_state(model=model, loader=loader)}
    ...     folder.save(state, step)
    ...     return model[0].weight
    >>> stopped = train(until=4)  # within the second epoch
    >>> resumed = train(until=7)
    >>> folder = CheckpointFolder(tempfile.mkdtemp())
    >>> bool((train(until=7) == resumed).all())
    True
"""

from typing import TYPE_CHECKING

from autotensor.extend import published
from nn.training.checkpoints.folder import *
from nn.training.checkpoints.generators import *

if not TYPE_CHECKING:
    __all__ = published(__name__)
