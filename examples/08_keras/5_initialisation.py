"""How weights begin: all equal, too large, and the bounds of Glorot and He.

**All equal.** The 500 units of a layer get equal gradients and stay equal: 500 units are one.  The
lecture says that such a network does not learn.  It does: the value that they have in common is
changed by every step, and the twins together read digits, badly.  Only what begins at 0 with ReLU
stands still, all but the biases of the last layer.

**Too large.** Sums of many large terms lie far out, where the sigmoid is flat: its slope there is
nearly 0, and so is every gradient that passes it.

**Glorot** draws from U(−l, l) with l = √(6 / (inputs + outputs)), **He** from a normal distribution
of standard deviation √(2 / inputs), cut off at two; Keras draws 1.137 times as wide and then cuts,
so that what is left has that deviation.

Change this: with ``--value 0.1`` all units begin where the sigmoid is flat.  Then nothing moves,
and the lecture is right after all, for another reason.
"""

import math

from net import digits, network

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset
from nn.training import evaluate, fit

given = options(seed=0, value=0.01, epochs=15, digits=2400, short={"epochs": 1, "digits": 256})
at.manual_seed(given.seed)
train_set = TensorDataset(*digits(0, given.digits))
test = DataLoader(TensorDataset(*digits(train=False)), batch_size=1000)
some = test.dataset.tensors[0][:200]


def begun(how, activation=nn.Sigmoid):
    """The network with the weights of all three layers begun in one way."""
    model = network(activation)
    for layer in model[::2]:
        how(layer.weight)
    return model


def train(model):
    """Gives the test accuracy."""
    loader = DataLoader(train_set, batch_size=64, shuffle=True)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    fit(model, loader, F.cross_entropy, optimizer, given.epochs, verbose=False)
    return evaluate(model, test, verbose=False).accuracy


# All equal: how many of the 500 units differ, and by how much their common values have moved.
twins = begun(lambda weight: nn.init.constant_(weight, given.value))
accuracy = {"all equal": train(twins)}
rows = twins[0].weight.detach()
moved = (rows[0] - given.value).abs().max().item()
apart = (rows - rows[0]).abs().max().item()
print(f"all {given.value}: the weights of 500 units have moved by up to {moved:.4f}, all alike")
print(f"   two units differ by {apart:.0e} at most; test accuracy {accuracy['all equal']:.3f}")

standing = begun(nn.init.zeros_, nn.ReLU)
accuracy["all 0, ReLU"] = train(standing)
still = [name for name, one in standing.named_parameters() if not one.detach().any()]
print(f"all 0 with ReLU: still 0 are {', '.join(still)}")

# Too large: the slope σ(1 − σ) of the first layer's units, 0.25 at the most.
slopes = {}
for std in (0.01, 0.2, 1.0, 5.0):
    model = begun(lambda weight, std=std: nn.init.normal_(weight, std=std))
    with at.no_grad():
        sigma = model[:2](some)
    slopes[std] = (sigma * (1 - sigma)).mean().item()
    accuracy[f"normal, {std}"] = train(model)
    print(f"normal, {std:4}: slope {slopes[std]:.3f}, accuracy {accuracy[f'normal, {std}']:.3f}")

# Glorot and He, for 784 → 500.
glorot, he = at.empty(500, 784), at.empty(500, 784)
bound, deviation = math.sqrt(6 / (784 + 500)), math.sqrt(2 / 784)
nn.init.xavier_uniform_(glorot)
wide = deviation / 0.87963  # the deviation of a normal distribution cut off at ±2 is 0.87963
nn.init.trunc_normal_(he, std=wide, a=-2 * wide, b=2 * wide)
accuracy["Glorot"] = train(begun(nn.init.xavier_uniform_))
accuracy["He"] = train(begun(lambda weight: nn.init.kaiming_normal_(weight), nn.ReLU))
print(f"Glorot: bound {bound:.5f}, the lecture has .06836; drawn up to {glorot.abs().max():.5f}")
print(f"He: deviation {deviation:.4f}, the lecture has .0505; of those drawn {he.std():.4f}")

with drawing.picture(given.out / "initialisation.png", columns=3, height=3.6, width=9.5) as panels:
    drawing.image(panels[0], rows[0].reshape(28, 28) - given.value, "what 500 twins have learnt")
    edges = at.linspace(-0.12, 0.12, 81).numpy()
    for name, drawn in {"Glorot": glorot, "He": he}.items():
        panels[1].hist(drawn.numpy().ravel(), edges, histtype="step", lw=1.5, label=name)
    panels[1].set(xlabel="weight, 784 → 500", yticks=[], title="Glorot and He")
    panels[1].legend()
    drawing.bars(panels[2], list(accuracy), list(accuracy.values()), "test accuracy")
    panels[2].set_xlim(0, 1.25)

print(f"accuracy of 500 twins, which the lecture says do not learn: {accuracy['all equal']:.3f}")
