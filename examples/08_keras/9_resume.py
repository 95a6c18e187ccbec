"""A run that is broken off goes on as if nothing had happened, to the last bit.

``fit`` keeps checkpoints in a folder: the weights, the optimizer and its schedule, the callbacks,
the history, the random numbers and the place in the data.  Here a run is stopped after half of its
epochs; then everything is made anew, as in a new process, and ``resume=True`` goes on.  A third run
is never stopped.  Look at the weights at the end: they are the same, all 418,060.

Change this: ``--broken-off 1`` stops after the first epoch.
"""

import tempfile

from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import fit

given = options(seed=0, epochs=12, broken_off=6, short={"epochs": 2, "broken_off": 1})
scratch = tempfile.TemporaryDirectory()


def train(epochs, **checkpoints):
    """Makes everything, and trains it; gives the network and its history."""
    at.manual_seed(given.seed)
    model = network(nn.ReLU)
    loader = DataLoader(TensorDataset(*digits(0, 2400)), batch_size=128, shuffle=True)
    validation = DataLoader(TensorDataset(*digits(2400, 3000)), batch_size=600)
    optimizer = optim.Adam(model.parameters(), lr=0.0005)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    history = fit(
        model,
        loader,
        F.cross_entropy,
        optimizer,
        epochs,
        validation=validation,
        scheduler=schedule,
        **checkpoints,
    )
    return model, history


print("first half:")
_, first = train(given.broken_off, checkpoint=scratch.name)
print("resumed:")
resumed, second = train(given.epochs, checkpoint=scratch.name, resume=True)
scratch.cleanup()
print("never broken off:")
whole, uninterrupted = train(given.epochs)

with drawing.picture(given.out / "resume.png", height=3.6) as axes:
    kept = range(1, given.broken_off + 1)
    axes.plot(
        range(1, given.epochs + 1), uninterrupted["validation_loss"], lw=6, alpha=0.3, label="whole"
    )
    axes.plot(kept, second["validation_loss"][: given.broken_off], ".-", label="before the stop")
    rest = range(given.broken_off + 1, given.epochs + 1)
    axes.plot(rest, second["validation_loss"][given.broken_off :], ".-", label="after it")
    axes.set(xlabel="epoch", ylabel="validation loss")
    axes.legend()

pairs = zip(resumed.parameters(), whole.parameters(), strict=True)
different = sum(int((one != other).sum()) for one, other in pairs)
print(f"weights that differ from those of the uninterrupted run: {different}")
