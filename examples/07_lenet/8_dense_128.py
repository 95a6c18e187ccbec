"""One hidden layer of 128 neurons with dropout, and the rate 0.01 · 0.6^epoch.

The lecture's improved network: He's weights, ReLU, dropout 0.2, Adam.  The rate is set anew before
every epoch, in ``fit`` by a schedule; the lecture hands it to ``compile``, which has no callbacks.
"""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.training import fit

given = options(seed=0, data=None, epochs=10, digits=4000, short={"epochs": 1, "digits": 300})
at.manual_seed(given.seed)

model = nn.Sequential(
    nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10)
)
nn.init.kaiming_normal_(model[1].weight, nonlinearity="relu")
print(f"{sum(one.numel() for one in model.parameters()):,} weights, in the lecture 101,770")

optimizer = optim.Adam(model.parameters(), lr=0.01)
scheduler = optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.6**epoch)
learning = MNIST(given.data, train=True)
learning = learning if given.data else Subset(learning, range(given.digits))
history = fit(
    model,
    DataLoader(learning, batch_size=100, shuffle=True),
    F.cross_entropy,
    optimizer,
    given.epochs,
    validation=DataLoader(MNIST(given.data, train=False), batch_size=500),
    scheduler=scheduler,
)
print("rates:", " ".join(f"{rate:.3g}" for rate in history["learning_rate"]))
print("the lecture: 0.01 0.006 0.0036 … 0.000168 0.000101")

with drawing.picture(given.out / "dense_128.png", 1, 3, height=3.2) as (loss, accuracy, rate):
    history.plot(["loss", "accuracy"], axes=[loss, accuracy])
    rate.plot(range(1, history.epochs + 1), history["learning_rate"], ".-")
    rate.set(title="rate", yscale="log", xlabel="epoch")

print(f"test accuracy: {history['validation_accuracy'][-1]:.3f}")
