"""LeNet-5, the network of 1998, learns to read handwritten digits.

It learns from the 4,000 digits that come with the package, and is asked about 1,000 others.  Look
at LeNet5 in lenet.py: the layers in ``__init__``, the way of the data in ``forward``, and no
derivative anywhere.  Change this: ``--variant keras`` and ``--variant relu``, its descendants;
``--data FOLDER --epochs 10`` with MNIST's four files there, for 60,000 digits; ``--seed 1``, to see
how much is luck.  ``mpiexec -n 2 python FILE --distributed`` learns the same in two processes.
"""

import sys

import numpy as np
from lenet import VARIANTS, probabilities, weights_file

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import evaluate, fit

given = options(
    seed=0,
    variant=("1998", "keras", "relu"),
    data=None,
    epochs=15,
    batch=32,
    rate=0.05,
    l2=5e-4,
    distributed=False,
    short={"epochs": 1, "batch": 128},
)
at.manual_seed(given.seed)

training, testing = MNIST(given.data, train=True), MNIST(given.data, train=False)
loader = DataLoader(training, given.batch, shuffle=True)
test_loader = DataLoader(testing, batch_size=500)
name = "LeNet-5" if given.variant == "1998" else f"LeNet-5 ({given.variant})"
print(f"{name} learns from {training}", flush=True)

model = VARIANTS[given.variant]()
optimizer = optim.SGD(
    model.parameters(), lr=given.rate, momentum=0.9, nesterov=True, weight_decay=given.l2
)
scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=given.epochs)

# fit goes through all batches, once for every epoch:
#     loss = F.cross_entropy(model(images), labels)
#     optimizer.zero_grad(); loss.backward(); optimizer.step()
# The test digits are only watched on the way: nothing is chosen by them.  Of several processes each
# takes its part of every batch; the gradients are averaged, so all of them make the same step.
history = fit(
    nn.parallel.DistributedDataParallel(model) if given.distributed else model,
    loader,
    F.cross_entropy,
    optimizer,
    given.epochs,
    validation=test_loader,
    scheduler=scheduler,
)
if given.rank:
    sys.exit()  # the first process shows what all have learnt
at.save(model.state_dict(), weights_file(given.out, given.variant))
print(f"weights: {weights_file(given.out, given.variant)}")

# A row for each digit, mistakes first.
answers = probabilities(model, testing.images).argmax(1)
right = answers == testing.labels
shown = []
for digit in range(10):
    those = np.flatnonzero(testing.labels == digit)
    shown += list(those[np.argsort(right[those], kind="stable")][:14])
with drawing.picture(given.out / "train_lenet_digits.png", height=8.4) as axes:
    drawing.sheet(
        axes,
        testing.images[shown],
        [str(one) for one in answers[shown]],
        f"{name} reads {right.sum():,} of {len(right):,} test digits; mistakes first, in red",
        columns=14,
        colours=np.where(right[shown], "green", "red"),
    )
with drawing.picture(given.out / "train_lenet_curves.png", columns=2, height=4) as panels:
    history.plot(["loss", "accuracy"], axes=panels)

print(f"test accuracy: {evaluate(model, test_loader).accuracy:.3f}")
