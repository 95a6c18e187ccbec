"""LeNet-5 as of 1998, as it is written in Keras, and as one would build it ten years later.

LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
Proceedings of the IEEE 86 (1998), with two changes usual today: pooling has no weights of its own,
and the last layer is linear, trained with softmax and cross-entropy.
"""

import numpy as np

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import MNIST, DataLoader
from nn.training import fit

# Table I of the paper: which of the 6 maps (rows) feed which of the 16 (columns). No two of the 16
# see the same, so each has to find something else; and 60 kernels of 96 are enough.
TABLE = """
    X . . . X X X . . X X X X . X X
    X X . . . X X X . . X X X X . X
    X X X . . . X X X . . X . X X X
    . X X X . . X X X X . . X . X X
    . . X X X . . X X X X . X X . X
    . . . X X X . . X X X X . X X X
"""


class MaskedConv2d(nn.Conv2d):
    """A convolution in which only some inputs are connected to some outputs.

    Args:
        table: a line for every input, in it an X for every output it feeds.
    """

    def __init__(self, table, kernel_size):
        connected = np.array([line.split() for line in table.split("\n") if line.strip()]) == "X"
        super().__init__(*connected.shape, kernel_size)
        # (outputs, inputs, 1, 1), like the weight; no part of what is saved.
        mask = at.tensor(connected.T[:, :, None, None], dtype=at.float32)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x):
        return F.conv2d(x, self.weight * self.mask, self.bias)


class LeNet5(nn.Module):
    """Images ``(N, 1, 28, 28)`` with pixels from 0 to 1 → a score for each digit, ``(N, 10)``."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.conv3 = MaskedConv2d(TABLE, kernel_size=5)
        self.conv5 = nn.Conv2d(16, 120, kernel_size=5)
        self.full6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def forward(self, x):
        x = (x - 0.1307) / 0.3081  # mean 0, variance 1 over all training pixels
        x = F.avg_pool2d(at.tanh(self.conv1(x)), 2)  # (N, 6, 14, 14)
        x = F.avg_pool2d(at.tanh(self.conv3(x)), 2)  # (N, 16, 5, 5)
        x = at.tanh(self.conv5(x)).flatten(1)  # (N, 120)
        x = at.tanh(self.full6(x))  # (N, 84)
        return self.output(x)


def keras_lenet():
    """As it is often written in Keras: every map feeds every other, and a stride of 3 in the third.

    On maps of 5 × 5 a kernel of 5 × 5 fits once, whatever the stride.
    """
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),  # (N, 6, 28, 28)
        nn.Tanh(),
        nn.AvgPool2d(2),  # (N, 6, 14, 14)
        nn.Conv2d(6, 16, kernel_size=5),  # (N, 16, 10, 10)
        nn.Tanh(),
        nn.AvgPool2d(2),  # (N, 16, 5, 5)
        nn.Conv2d(16, 120, kernel_size=5, stride=3),  # (N, 120, 1, 1)
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def relu_lenet():
    """As one would build it ten years later: ReLU for tanh, the largest of four for their mean."""
    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),  # the same as a convolution 5 × 5 of maps 5 × 5
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


VARIANTS = {"1998": LeNet5, "keras": keras_lenet, "relu": relu_lenet}


def weights_file(out, variant="1998"):
    """``lenet.npz``; the other variants have files of their own."""
    return out / ("lenet.npz" if variant == "1998" else f"lenet_{variant}.npz")


def trained(out, variant="1998", epochs=5):
    """What ``train_lenet`` has written; else the network is trained here, for fewer epochs."""
    model, path = VARIANTS[variant](), weights_file(out, variant)
    if path.exists():
        print(f"weights: {path}")
        model.load_state_dict(at.load(path))
    else:
        print(f"there is no {path}, which train_lenet writes: {epochs} quick epochs instead")
        loader = DataLoader(MNIST(train=True), batch_size=50, shuffle=True)
        optimizer = optim.Adam(model.parameters(), lr=0.002)
        fit(model, loader, F.cross_entropy, optimizer, epochs, verbose=False)
    return model.eval()


def probabilities(model, images):
    """How likely each of ``images`` ``(N, 28, 28)``, pixels from 0 to 255, is each digit."""
    with at.no_grad():
        x = at.tensor(images[:, None] / 255, dtype=at.float32)
        return F.softmax(model(x), dim=1).numpy()  # (N, 10)
