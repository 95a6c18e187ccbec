"""LeNet as it is written in Keras: 61,706 weights, a stride of 3, SGD, one-hot labels.

Three things are not LeNet's.  Every map feeds every other, where the paper has a table of 60 links
of 96.  The lecture has the table, too, but asks ``chans == 6 & kernels == 16`` before it uses it: &
binds more tightly than ==, 6 & 16 is 0, and the answer is always False; right is ``and``.  The
third convolution has a stride of 3: harmless, since 5 × 5 fits into maps of 5 × 5 once.  And
softmax comes last: here it is part of the loss.  Change this: ``--rate 0.05``.
"""

from lenet import LeNet5, keras_lenet

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.training import evaluate, fit

given = options(seed=0, rate=0.01, epochs=20, digits=4000, short={"epochs": 1, "digits": 1000})
at.manual_seed(given.seed)
model = keras_lenet()

# What becomes of a digit, layer by layer: 28 28 14 10 5 1.
x = at.zeros(1, 1, 28, 28)
sizes, counts = [x.shape[-1]], {}
for layer in model:
    x = layer(x)
    weights = sum(one.numel() for one in layer.parameters())
    if weights:
        counts[f"{type(layer).__name__} → {x.shape[1]}"] = weights
    if isinstance(layer, nn.Conv2d | nn.AvgPool2d):
        sizes.append(x.shape[-1])
    print(f"{type(layer).__name__:>10}: {'×'.join(map(str, x.shape[1:])):>9} {weights:7,} weights")
print(f"sizes: {' '.join(map(str, sizes))}, {sum(counts.values()):,} weights")

# The stride of 3 against one of 1.
maps, third = at.rand(4, 16, 5, 5), model[6]
strides = [F.conv2d(maps, third.weight, third.bias, stride=stride) for stride in (3, 1)]
print(f"a stride of 3 or 1 makes a difference of {abs(strides[0] - strides[1]).max():.0f}")

# The table of 1998: a connection that is not there has no weight.
chans, kernels = 6, 16
table = LeNet5().conv3
print(f"weights of the second convolution: {int(table.mask.sum()) * 25 + 16:,} with the table,")
print(f"    {sum(one.numel() for one in table.parameters()):,} if every map feeds every other")
asked = chans == 6 & kernels == 16  # as the lecture asks
print(f"    the condition for the table: {asked} with &, {chans == 6 and kernels == 16} with and")


def one_hot(label):
    """(…, 0, 0, 1, 0, …): a 1 at the label.  Keras' categorical cross-entropy wants it so."""
    return F.one_hot(at.tensor(label), 10).float()


def digits(train, count):
    """Batches of images and one-hot labels."""
    some = Subset(MNIST(train=train, target_transform=one_hot), range(count))
    return DataLoader(some, batch_size=32 if train else 500, shuffle=train)


optimizer = optim.SGD(model.parameters(), lr=given.rate, momentum=0.9, nesterov=True)
testing = digits(False, 1000)
history = fit(
    model, digits(True, given.digits), F.cross_entropy, optimizer, given.epochs, validation=testing
)

with drawing.picture(given.out / "keras_lenet.png", columns=2, width=9, height=3.8) as (
    curve,
    weights,
):
    history.plot("accuracy", axes=[curve])
    drawing.bars(
        weights, list(counts), list(counts.values()), "weights of each layer", form="{:,.0f}"
    )
    weights.set(xticks=[], xlim=(0, 62_000))

print(f"test accuracy: {evaluate(model, testing, F.cross_entropy).accuracy:.3f}")
