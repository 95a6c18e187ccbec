"""The rungs of the ladder, and how one of them learns."""

from itertools import pairwise

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.training import fit


def one_layer():
    """A weight for each pixel and each digit; descent at the rate 0.5."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    return model, optim.SGD(model.parameters(), lr=0.5)


def five_layers(activation, dropout=0.0, he=True):
    """784 → 200 → 100 → 60 → 30 → 10."""
    layers = [nn.Flatten()]
    for inputs, outputs in pairwise((784, 200, 100, 60, 30, 10)):
        if len(layers) > 1:
            layers += [activation(), nn.Dropout(dropout)]
        layers.append(nn.Linear(inputs, outputs))
        if he:  # variance 2 / inputs: what goes through keeps its size, layer after layer
            nn.init.kaiming_normal_(layers[-1].weight, nonlinearity="relu")
        else:
            nn.init.normal_(layers[-1].weight, std=0.1)
        nn.init.zeros_(layers[-1].bias)
    return nn.Sequential(*layers)


def five_sigmoids():
    model = five_layers(nn.Sigmoid, he=False)
    return model, optim.SGD(model.parameters(), lr=0.5)


def with_adam():
    model = five_layers(nn.Sigmoid)
    return model, optim.Adam(model.parameters(), lr=3e-3)


def with_relu():
    model = five_layers(nn.ReLU)
    return model, optim.Adam(model.parameters(), lr=3e-3)


def with_dropout():
    model = five_layers(nn.ReLU, dropout=0.1)
    return model, optim.Adam(model.parameters(), lr=3e-3)


def report_net():
    """The network of the report: two convolutions of 8 filters, and 128 neurons."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 5), nn.ReLU()),  # (N, 8, 24, 24)
        *(nn.Conv2d(8, 8, 5), nn.ReLU()),  # (N, 8, 20, 20)
        nn.MaxPool2d(2),  # (N, 8, 10, 10)
        *(nn.Flatten(), nn.Linear(800, 128), nn.ReLU()),
        nn.Linear(128, 10),
    )
    return model, optim.Adam(model.parameters(), lr=2e-3)


RUNGS = {
    "softmax": ("one layer", one_layer, 1.0),
    "sigmoid5": ("five layers, sigmoid", five_sigmoids, 1.0),
    "adam": ("+ He's weights, Adam", with_adam, 1.0),
    "relu": ("+ ReLU", with_relu, 1.0),
    "dropout": ("+ dropout, falling rate", with_dropout, 0.01),
    "cnn": ("CNN 8-8-128", report_net, 0.05),
}
"""What it is, how it is built, and by how much its rate falls from the first to the last epoch."""


def climb(build, decay, given):
    """Trains one rung; the test images are watched on the way, and nothing is chosen by them."""
    at.manual_seed(given.seed)
    learning = MNIST(given.data, train=True)
    learning = learning if given.data else Subset(learning, range(given.digits))
    model, optimizer = build()
    gamma = decay ** (1 / max(1, given.epochs - 1))
    return fit(
        model,
        DataLoader(learning, batch_size=100 if given.data else 32, shuffle=True),
        F.cross_entropy,
        optimizer,
        given.epochs,
        validation=DataLoader(MNIST(given.data, train=False), batch_size=500),
        scheduler=optim.lr_scheduler.ExponentialLR(optimizer, gamma),
        verbose=False,
    )
