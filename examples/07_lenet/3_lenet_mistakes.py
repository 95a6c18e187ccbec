"""What LeNet-5 confuses: which digit is taken for which, and the mistakes it was surest of.

One number says how often a network errs; the matrix says where.  Its rows are the digits as they
are, its columns what they were taken for.  Run train_lenet first.  Change this: ``--variant relu``
(after ``train_lenet --variant relu``); are its mistakes the same?
"""

import numpy as np
from lenet import probabilities, trained

import autotensor as at
from autotensor.examples import drawing, options
from nn.data import MNIST
from nn.training import confusion_matrix

given = options(seed=0, variant=("1998", "keras", "relu"), data=None, epochs=5, short={"epochs": 1})
at.manual_seed(given.seed)

testing = MNIST(given.data, train=False)
sure = probabilities(trained(given.out, given.variant, given.epochs), testing.images)  # (N, 10)
answers, labels = sure.argmax(1), testing.labels
counts = np.asarray(confusion_matrix(answers, labels, classes=10))
errors = counts - np.diag(counts.diagonal())

with drawing.picture(given.out / "lenet_mistakes_matrix.png", width=6.5) as axes:
    axes.imshow(errors, cmap="Oranges", vmax=1.6 * max(errors.max(), 1))
    for (digit, taken_for), count in np.ndenumerate(counts):
        weight = "bold" if digit == taken_for else "normal"
        axes.text(taken_for, digit, str(count or ""), ha="center", va="center", weight=weight)
    axes.set(xlabel="taken for", ylabel="the digit it is", xticks=range(10), yticks=range(10))
    axes.set_title(f"{errors.sum():,} mistakes in {counts.sum():,} test digits")

wrong = np.flatnonzero(answers != labels)
surest = wrong[np.argsort(-sure[wrong].max(1), kind="stable")][:20]
captions = [f"{labels[one]}, read {answers[one]}\n{sure[one].max():.0%} sure" for one in surest]
with drawing.picture(given.out / "lenet_mistakes.png", height=8) as axes:
    title = f"the {len(surest)} mistakes it was surest of"
    drawing.sheet(axes, testing.images[surest], captions, title, columns=5)

for digit in range(10):
    print(f"{digit}: {counts[digit, digit]} of {counts[digit].sum()} read rightly")
digit, taken_for = np.unravel_index(errors.argmax(), errors.shape)
print(f"most often: {digit} taken for {taken_for}, {errors.max()} times")
print(f"test accuracy: {np.trace(counts) / counts.sum():.3f}")
