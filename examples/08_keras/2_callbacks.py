"""Callbacks: a falling rate, one of your own in ten lines, the best epoch kept, a stop in time.

``fit`` calls them before, during and after training.  The network of the lecture, with ReLU and
Adam, learns its 2,400 digits by heart within some epochs: the loss of the training goes on
falling, that of the validation does not.  EarlyStopping sees it and stops, and Checkpoint has kept
the best epoch in a file, from which a fresh network reads it.

In Keras as here callbacks are given to ``fit``.  A lecture gives them to ``compile``, which knows
no ``callbacks``: a TypeError, and the schedule would never have run.

Change this: ``--patience 20`` goes on for longer and gets no better.
"""

from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, Checkpoint, EarlyStopping, LearningRate, evaluate, fit

given = options(seed=0, epochs=60, patience=5, short={"epochs": 3, "patience": 1})
at.manual_seed(given.seed)
loader = DataLoader(TensorDataset(*digits(0, 2400)), batch_size=128, shuffle=True)
pixels, classes = digits(2400, 3000)
validation = DataLoader(TensorDataset(pixels, classes), batch_size=600)


class ChangedMinds(Callback):
    """Counts in how many of the 600 digits the answer is another than an epoch ago."""

    def on_fit_begin(self, run):
        self.counts, self.before = [], None

    def on_epoch_end(self, run):
        with at.no_grad():
            answers = run.model(pixels).argmax(1)
        if self.before is not None:
            self.counts.append(int((answers != self.before).sum()))
        self.before = answers


model = network(nn.ReLU)
optimizer = optim.Adam(model.parameters(), lr=0.002)
falling = LearningRate(optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9))
minds = ChangedMinds()
stopping = EarlyStopping("validation_loss", patience=given.patience)
best = Checkpoint(given.out / "callbacks.npz", "validation_loss")

history = fit(
    model,
    loader,
    F.cross_entropy,
    optimizer,
    given.epochs,
    validation=validation,
    callbacks=[falling, minds, stopping, best],
)
print("rates:", ", ".join(f"{rate:.2g}" for rate in falling.rates))
print("changed their minds:", ", ".join(map(str, minds.counts)))
print(f"best: epoch {best.best_epoch} of {history.epochs}, validation loss {best.best:.4f}")

read = network(nn.ReLU)  # a fresh one, as in another program, tomorrow
read.load_state_dict(at.load(given.out / "callbacks.npz")["model"])
loss = evaluate(read, validation, F.cross_entropy, verbose=False).loss
print(f"what the file holds has validation loss {loss:.4f}")

with drawing.picture(given.out / "callbacks.png", columns=3, height=3.4, width=9.5) as panels:
    history.plot(["loss", "learning_rate"], axes=panels[:2])
    panels[0].axvline(best.best_epoch, color="grey", linestyle=":")
    panels[0].set_title("dotted: the best epoch, kept", fontsize=10)
    panels[1].set_title("LearningRate", fontsize=10)
    panels[2].bar(range(2, history.epochs + 1), minds.counts, color=drawing.COLOURS[2])
    panels[2].set_title("ChangedMinds, of 600 digits", fontsize=10)
    panels[2].set(xlabel="epoch", ylabel="answers that changed")

test = DataLoader(TensorDataset(*digits(train=False)), batch_size=1000)
print(f"test accuracy of the best epoch: {evaluate(read, test, verbose=False).accuracy:.3f}")
