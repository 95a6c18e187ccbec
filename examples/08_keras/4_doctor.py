"""The doctor: networks with one mistake each, and the callback that says which.

Nobody sees from a loss that will not fall why it does not.  The Doctor looks at weights, gradients
and steps while a network trains and reports what is wrong, why, and what to do.  Here are seven
patients, the lecture's 500-50-10 with one thing spoilt, and a healthy one, of which it says
nothing.  Look at how much each mistake costs: some still read four digits in five, so that nobody
might ever notice, some learn nothing.

Change this: ``--patient plain-list`` prints the whole report of one.
"""

from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Doctor, evaluate, fit

# The mistakes, and what the doctor should say.
WRONG = {
    "large-weights": "saturated units",
    "equal-weights": "equal units",
    "huge-rate": "dead ReLU",
    "tiny-rate": "updates too small",
    "softmax-at-the-end": "softmax before the loss",
    "ReLU-at-the-end": "ReLU at the end",
    "plain-list": "plain list of layers",
    "healthy": None,
}
given = options(
    seed=0,
    epochs=2,
    digits=2400,
    patient=tuple(WRONG),
    short={"epochs": 1, "digits": 300},
)


class PlainList(nn.Module):
    """Layers in a list, where nobody looks for parameters."""

    def __init__(self, layers):
        super().__init__()
        self.hidden, self.last = list(layers[:-1]), layers[-1]

    def forward(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.last(x)


def patient(name):
    """The network with its mistake, and the learning rate."""
    model, rate = network(nn.ReLU), 0.001
    if name == "large-weights":
        model = network(nn.Sigmoid)
        nn.init.normal_(model[0].weight, std=1.0)
    elif name == "equal-weights":
        for layer in model[::2]:
            nn.init.constant_(layer.weight, 0.01)
    elif name == "huge-rate":
        rate = 1.0
    elif name == "tiny-rate":
        rate = 1e-7
    elif name == "softmax-at-the-end":
        model.append(nn.Softmax(dim=1))
    elif name == "ReLU-at-the-end":
        model.append(nn.ReLU())
    elif name == "plain-list":
        model = PlainList(model)
    return model, rate


at.manual_seed(given.seed)
train_set = TensorDataset(*digits(0, given.digits))
test = DataLoader(TensorDataset(*digits(train=False)), batch_size=1000)
accuracies, right = {}, 0
for name, sickness in WRONG.items():
    at.manual_seed(given.seed)
    model, rate = patient(name)
    loader = DataLoader(train_set, batch_size=50, shuffle=True)
    optimizer = optim.Adam(model.parameters(), lr=rate)
    doctor = Doctor(every=5, verbose=False)
    fit(model, loader, F.cross_entropy, optimizer, given.epochs, callbacks=[doctor], verbose=False)
    accuracies[name] = evaluate(model, test, verbose=False).accuracy
    said = list(dict.fromkeys(finding.sickness for finding in doctor.findings))
    right += sickness in said if sickness else not said
    print(f"{name:18}  accuracy {accuracies[name]:.3f}   the doctor: {', '.join(said) or 'well'}")
    if name == given.patient:
        report = doctor.report()
print("\n" + report + "\n")

with drawing.picture(given.out / "doctor.png", height=3.8) as axes:
    drawing.bars(axes, list(accuracies), list(accuracies.values()), "test accuracy of each patient")
    axes.set_xlim(0, 1.1)

print(f"right diagnoses of {len(WRONG)}: {right}")
