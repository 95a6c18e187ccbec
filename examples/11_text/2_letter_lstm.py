"""An LSTM reads the sonnets letter by letter, and learns to say what comes next.

It carries a state from letter to letter, and so can know what lies far back: that the line began
with a capital, that a word is half written, how long the line is already.  Sixteen places of the
text are read at once, forty letters between two steps of the optimizer; the state goes on, the
gradient stops there.

Change this: ``--hidden 32`` remembers less; ``--warmth 0.3`` writes only what it is sure of.
"""

from models import LetterLSTM
from verses import ASKED, LEARNT, LETTERS, chances, letters, loss_of, numbers, surprise

import autotensor as at
import nn
from autotensor.examples import drawing, options
from nn import optim

given = options(
    seed=0,
    epochs=8,
    hidden=128,
    rate=0.008,
    warmth=0.7,
    letters=300,
    short={"epochs": 1, "hidden": 16, "letters": 40},
)
at.manual_seed(given.seed)
model = LetterLSTM(len(LETTERS), hidden=given.hidden)
print(f"{sum(one.numel() for one in model.parameters()):,} weights")

rows, stretch = 16, 40
steps = (len(LEARNT) - 1) // (rows * stretch)
inputs = LEARNT[: rows * steps * stretch].reshape(rows, -1)
targets = LEARNT[1 : rows * steps * stretch + 1].reshape(rows, -1)
optimizer = optim.Adam(model.parameters(), lr=given.rate)
schedule = optim.lr_scheduler.OneCycleLR(optimizer, given.rate, given.epochs * steps, pct_start=0.1)

losses, asked = [], []
for epoch in range(1, given.epochs + 1):
    state = None
    model.train()
    for read, wanted in zip(inputs.split(stretch, 1), targets.split(stretch, 1), strict=True):
        scores, state = model(read, state)
        loss = loss_of(scores, wanted)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        state = tuple(one.detach() for one in state)
        losses.append(loss.item())
    model.eval()
    with at.no_grad():
        asked.append(loss_of(model(ASKED[None, :-1])[0], ASKED[None, 1:]).item())
    mean = sum(losses[-steps:]) / steps
    print(f"epoch {epoch:2}: loss {mean:.3f}, of other sonnets {asked[-1]:.3f}")

print("\n" + letters(model.write(numbers("\n\n"), given.letters, given.warmth)).strip() + "\n")

with drawing.picture(given.out / "letter_lstm.png", height=4) as axes:
    axes.plot(losses, lw=0.8, alpha=0.6, label="while learning")
    axes.plot(range(steps, len(losses) + 1, steps), asked, "o-", label="other sonnets")
    for known, name in enumerate(("how often each is", "after one letter", "after two letters")):
        level = surprise(chances(known))
        axes.axhline(level, color="grey", ls=":")
        axes.text(len(losses), level, name, ha="right", va="bottom", fontsize=8)
    axes.set(xlabel="step", ylabel="nats a letter", ylim=(1.2, 4.2))
    axes.legend()

print(f"nats a letter of other sonnets: {asked[-1]:.3f}")
