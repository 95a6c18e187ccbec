"""The Keras lecture's network, 500-50-10: summary, fit, and the curves of its history.

2,400 digits to learn from and 600 to watch over it, in 30 epochs of 19 steps.  The labels are
one-hot, as Keras' categorical cross-entropy wants them; ours takes class numbers as well, and says
the same of both.  The lecture draws the last layer with 9 nodes; it has 10, one for each digit.

The second curve is that of the validation: the lecture's legend calls it "test", but the digits of
a test are looked at once, at the very end, as here.

Change this: ``--rate 0.1`` makes Adadelta ten times slower; ``--epochs 60`` trains on.
"""

from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import evaluate, fit

given = options(seed=0, epochs=30, rate=1.0, short={"epochs": 2})
at.manual_seed(given.seed)

pixels, classes = digits(0, 2400)
one_hot = F.one_hot(classes, 10).float()  # 3 becomes 0 0 0 1 0 0 0 0 0 0
loader = DataLoader(TensorDataset(pixels, one_hot), batch_size=128, shuffle=True)
pixels, classes = digits(2400, 3000)
one_hot = F.one_hot(classes, 10).float()
validation = DataLoader(TensorDataset(pixels, one_hot), batch_size=600)
print(f"{len(loader)} steps an epoch, the lecture has 19")

model = network()
print(nn.summary(model, (784,)))
for layer, lecture in zip((model[0], model[2], model[4]), (392_500, 25_050, 510), strict=True):
    print(
        f"{sum(one.numel() for one in layer.parameters()):8,} numbers, the lecture has {lecture:,}"
    )
print(f"{sum(one.numel() for one in model.parameters()):8,} in all, the lecture has 418,060")

optimizer = optim.Adadelta(model.parameters(), lr=given.rate)
history = fit(model, loader, F.cross_entropy, optimizer, given.epochs, validation=validation)

# The same question with one-hot answers and with class numbers ("sparse").
numbers = DataLoader(TensorDataset(pixels, classes), batch_size=600)
with_one_hot = evaluate(model, validation, F.cross_entropy, verbose=False)
with_numbers = evaluate(model, numbers, F.cross_entropy, verbose=False)
for name, found in (("one-hot", with_one_hot), ("numbers", with_numbers)):
    print(f"labels as {name}: accuracy {found.accuracy:.4f}, loss {found.loss:.6f}")

with drawing.picture(given.out / "keras_net.png", columns=2, height=3.6) as panels:
    history.plot(["accuracy", "loss"], axes=panels)

test = DataLoader(TensorDataset(*digits(train=False)), batch_size=1000)
print(f"test accuracy: {evaluate(model, test, verbose=False).accuracy:.3f}")
