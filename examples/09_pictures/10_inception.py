"""Inception: windows of several sizes side by side, beside the same net with one size only.

How large should a filter be?  An inception module (Szegedy et al., "Going deeper with
convolutions", 2015) does not choose: windows of 1 × 1, 3 × 3 and 5 × 5 and a pooling work in
parallel, and their maps are put one behind the other.  Cheap 1 × 1 convolutions make the maps fewer
before the costly windows.  The other net has 3 × 3 windows in its place, and as many maps.

Some maps are empty: nothing in this digit, and perhaps in any, makes them positive, and ReLU gives
0 with gradient 0.  A filter that is silent for all digits learns no more: a dead ReLU.
Change this: ``--leaky`` lets a little through where there was nothing, and no map is empty.
"""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.training import evaluate, fit

given = options(
    seed=0, epochs=8, digits=4000, leaky=False, data=None, short={"epochs": 1, "digits": 300}
)
BRANCHES = ("1 × 1", "3 × 3", "5 × 5", "pool")
WIDTH = 6  # maps of each branch


class Inception(nn.Module):
    """(N, C, H, W) to (N, 4 · width, H, W): four branches, each gives ``width`` maps."""

    def __init__(self, channels, width):
        super().__init__()
        self.point = nn.Conv2d(channels, width, 1)
        self.middle = nn.Sequential(
            nn.Conv2d(channels, width, 1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1)
        )
        self.large = nn.Sequential(
            nn.Conv2d(channels, width, 1), nn.ReLU(), nn.Conv2d(width, width, 5, padding=2)
        )
        self.pool = nn.Sequential(
            nn.MaxPool2d(3, stride=1, padding=1), nn.Conv2d(channels, width, 1)
        )

    def forward(self, x):
        return at.cat([self.point(x), self.middle(x), self.large(x), self.pool(x)], dim=1)


def network(module):
    """Digits (N, 1, 28, 28) to scores (N, 10), with two such modules."""
    relu = nn.LeakyReLU(0.1) if given.leaky else nn.ReLU()
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 5, stride=2, padding=2), nn.ReLU()),  # (N, 8, 14, 14)
        *(module(8, WIDTH), relu, nn.MaxPool2d(2)),  # (N, 24, 7, 7)
        *(module(24, 8), relu, nn.MaxPool2d(2)),  # (N, 32, 3, 3)
        *(nn.Flatten(), nn.Linear(288, 10)),
    )


def one_size(channels, width):
    """As many maps, from windows of 3 × 3 only."""
    return nn.Conv2d(channels, 4 * width, 3, padding=1)


train_set, test_set = (MNIST(given.data, train=train) for train in (True, False))
if given.digits < len(train_set):
    train_set = Subset(train_set, range(given.digits))
accuracies, sizes = {}, {}
for name, module in {"one size": one_size, "inception": Inception}.items():
    at.manual_seed(given.seed)
    model = network(module)
    optimizer = optim.Adam(model.parameters(), lr=0.003)
    loader = DataLoader(train_set, batch_size=50, shuffle=True)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, given.epochs)
    fit(model, loader, F.cross_entropy, optimizer, given.epochs, scheduler=schedule, verbose=False)
    tests = DataLoader(test_set, batch_size=500)
    accuracies[name] = evaluate(model, tests, verbose=False).accuracy
    sizes[name] = sum(one.numel() for one in model.parameters())
    print(f"{name:>10}: {sizes[name]:6,} weights, test accuracy {accuracies[name]:.3f}")

# The maps of the first module, for many digits, and for one.
digits = at.stack([test_set[one][0] for one in range(200)])
with at.no_grad():
    maps = model[:4](digits).numpy()  # (200, 24, 14, 14)
silent = (maps == 0).all((2, 3))  # for each digit and map
dead = silent.all(0)
print(
    f"empty maps of the first module: {silent[7].sum()} of 24 for the digit in the picture, "
    f"{dead.sum()} for all of 200 digits"
)

title = "a digit as the four branches of the first module see it"
with drawing.picture(given.out / "inception.png", 4, WIDTH + 1, height=5.4, title=title) as panels:
    for row, branch in enumerate(BRANCHES):
        first = panels[row * (WIDTH + 1)]
        first.axis("off")
        first.text(0.5, -0.15 if row == 0 else 0.5, branch, ha="center", transform=first.transAxes)
        if row == 0:
            drawing.image(first, digits[7, 0])
        for column in range(WIDTH):
            which = WIDTH * row + column
            axes = panels[row * (WIDTH + 1) + column + 1]
            drawing.image(axes, maps[7, which])
            if silent[7, which]:
                axes.set_title("dead" if dead[which] else "empty here", fontsize=9)
print(
    f"test accuracy of one size: {accuracies['one size']:.3f} with {sizes['one size']:,} "
    f"weights, inception: {accuracies['inception']:.3f} with {sizes['inception']:,}"
)
