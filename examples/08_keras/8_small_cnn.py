"""A small CNN beside the flat network: 32 filters of 3 × 3, then straight to the ten classes.

It has 251,210 numbers, where 500-50-10 has 418,060, and learns from the same 2,400 digits.  Nearly
all of them are in its last layer, 25,088 × 10; the filters are 320.  So it is about as good, not
better: filters pay where there are several layers of them with pooling between.

The lecture's ``border_mode="same"`` was the word of the first Keras; it is ``padding`` now, there
as here.

Change this: ``--filters 8`` is a quarter of it and hardly worse.
"""

from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import evaluate, fit

given = options(
    seed=0, filters=32, epochs=6, digits=2400, short={"epochs": 1, "digits": 128, "filters": 8}
)
train_set = TensorDataset(*digits(0, given.digits))
test = DataLoader(TensorDataset(*digits(train=False)), batch_size=200)


def small_cnn(filters):
    return nn.Sequential(
        nn.Unflatten(-1, (1, 28, 28)),  # rows of 784 pixels become pictures again
        *(nn.Conv2d(1, filters, 3, padding="same"), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(28 * 28 * filters, 10)),
    )


accuracy, models = {}, {}
for name in ("500-50-10", "small CNN"):
    at.manual_seed(given.seed)
    model = models[name] = small_cnn(given.filters) if "CNN" in name else network(nn.ReLU)
    loader = DataLoader(train_set, batch_size=64, shuffle=True)
    optimizer = optim.Adam(model.parameters())
    print(f"{name}: {sum(one.numel() for one in model.parameters()):,} numbers")
    fit(model, loader, F.cross_entropy, optimizer, given.epochs, validation=test)
    accuracy[name] = evaluate(model, test, verbose=False).accuracy
print(nn.summary(model, (1, 784)))
print("the lecture has 320 + 250,890 = 251,210")

digit = test.dataset.tensors[0][:1]
with at.no_grad():
    maps = model[:3](digit)[0]
with drawing.picture(given.out / "small_cnn.png", 4, 8, height=5) as panels:
    for axes in panels:
        axes.axis("off")
    for number, weight in enumerate(model[1].weight.detach()[:16, 0]):
        row, column = divmod(number, 8)
        drawing.image(panels[16 * row + column], weight, f"filter {number}", signed=True)
        drawing.image(panels[16 * row + 8 + column], maps[number])

print("test accuracy: " + ", ".join(f"{name} {share:.3f}" for name, share in accuracy.items()))
