"""What the programs of this chapter share: digits as rows of pixels, and the lecture's network."""

import autotensor as at
import nn
from nn.data import MNIST


def digits(first=0, last=None, *, train=True):
    """Pixels ``(N, 784)`` from 0 to 1 and classes ``(N)`` of the digits from ``first`` to ``last``.

    They come from the bundled 4,000 for training, or from the 1,000 for testing.
    """
    data = MNIST(train=train)
    pixels = at.from_numpy(data.images[first:last]).float().reshape(-1, 784) / 255
    return pixels, at.from_numpy(data.labels[first:last])


def network(activation=nn.Sigmoid):
    """784 → 500 → 50 → 10, begun as Keras begins: weights after Glorot, biases 0.

    The softmax of the last layer is part of the loss, F.cross_entropy.
    """
    model = nn.Sequential(
        *(nn.Linear(784, 500), activation()),
        *(nn.Linear(500, 50), activation()),
        nn.Linear(50, 10),
    )
    for layer in (model[0], model[2], model[4]):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return model
