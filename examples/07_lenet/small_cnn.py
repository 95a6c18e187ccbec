"""A small CNN that three programs look into, trained in some seconds or loaded."""

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.training import evaluate, fit


def trained(given):
    """The network; its weights are kept in ``small_cnn.npz`` for the next program."""
    at.manual_seed(given.seed)
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 8, 12, 12)
        *(nn.Conv2d(8, 8, 5), nn.ReLU(), nn.MaxPool2d(2)),  # (N, 8, 4, 4)
        *(nn.Flatten(), nn.Linear(128, 10)),
    )
    file = given.out / "small_cnn.npz"
    if file.exists() and not given.short:
        model.load_state_dict(at.load(file))
        print(f"weights from {file}")
    else:
        learning = Subset(MNIST(train=True), range(given.digits))
        loader = DataLoader(learning, batch_size=32, shuffle=True)
        optimizer = optim.Adam(model.parameters(), lr=0.002)
        fit(model, loader, F.cross_entropy, optimizer, given.epochs, verbose=False)
        at.save(model.state_dict(), file)
    testing = DataLoader(MNIST(train=False), batch_size=500)
    return model.eval(), evaluate(model, testing, verbose=False).accuracy
