"""The large CNN for MNIST: 32 and 64 filters 5 × 5, a layer of 1,024, in all 3,274,634 weights.

Of these, 98 in a hundred are in the layer of 1,024 neurons.  The lecture gives the layers and no
accuracy, and its loaded images lack the axis of channels: a convolution wants (N, 1, 28, 28).

Change this: ``--dropout 0`` leaves the dropout out that is usual before the last layer.
"""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.training import fit

given = options(
    seed=0, data=None, epochs=4, digits=4000, dropout=0.5, short={"epochs": 1, "digits": 100}
)
at.manual_seed(given.seed)

model = nn.Sequential(
    *(nn.Conv2d(1, 32, 5, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 32, 14, 14)
    *(nn.Conv2d(32, 64, 5, padding="same"), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 64, 7, 7)
    *(nn.Flatten(), nn.Linear(3136, 1024), nn.ReLU(), nn.Dropout(given.dropout)),
    nn.Linear(1024, 10),
)
x, weights = at.zeros(1, 1, 28, 28), {}
for layer in model:
    x = layer(x)
    count = sum(one.numel() for one in layer.parameters())
    if count:
        weights[f"{type(layer).__name__} → {tuple(x.shape[1:])}"] = count
for name, count in weights.items():
    print(f"{name:24} {count:>9,}")
print(f"together {sum(weights.values()):,}, in the lecture 832 + 51,264 + 3,212,288 + 10,250")

learning = MNIST(given.data, train=True)
learning = learning if given.data else Subset(learning, range(given.digits))
history = fit(
    model,
    DataLoader(learning, batch_size=50, shuffle=True),
    F.cross_entropy,
    optim.Adam(model.parameters()),
    given.epochs,
    validation=DataLoader(MNIST(given.data, train=False), batch_size=500),
)

with drawing.picture(given.out / "mnist_cnn.png", 1, 2, height=3.2) as (accuracy, bars):
    history.plot(["accuracy"], axes=[accuracy])
    drawing.bars(bars, list(weights), list(weights.values()), "weights of each layer")
    bars.set(xscale="log", xlim=(100, 1e8))

print(f"test accuracy: {history['validation_accuracy'][-1]:.3f}")
