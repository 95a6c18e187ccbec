"""Draw a digit: a page in which one draws, and sees every layer's maps and the ten scores.

A small network learns to read digits.  Its weights and the forward pass, some forty lines of
JavaScript, go into one HTML file that needs no server and no network: open it in a browser.
Training turns and moves the digits a little, since people do not draw as they write.
"""

import base64
import json
from pathlib import Path

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import options
from nn import optim
from nn.data import MNIST, DataLoader, Subset
from nn.data.transforms import RandomAffine
from nn.training import evaluate, fit

given = options(seed=0, epochs=8, digits=4000, short={"epochs": 1, "digits": 300})
at.manual_seed(given.seed)

model = nn.Sequential(
    nn.Conv2d(1, 8, 5),  # (N, 8, 24, 24)
    nn.ReLU(),
    nn.MaxPool2d(2),  # (N, 8, 12, 12)
    nn.Conv2d(8, 12, 5),  # (N, 12, 8, 8)
    nn.ReLU(),
    nn.MaxPool2d(2),  # (N, 12, 4, 4)
    nn.Flatten(),
    nn.Linear(192, 10),
)
moved = RandomAffine(15, translate=(0.08, 0.08), scale=(0.9, 1.1), interpolation="bilinear")
learning = MNIST(train=True, transform=moved)
testing = DataLoader(MNIST(train=False), batch_size=500)
loader = DataLoader(Subset(learning, range(given.digits)), batch_size=32, shuffle=True)
optimizer = optim.Adam(model.parameters(), lr=0.002)
fit(model, loader, F.cross_entropy, optimizer, given.epochs, validation=testing)
accuracy = evaluate(model, testing, verbose=False).accuracy


def in_base64(weights):
    """The numbers as JavaScript's Float32Array reads them."""
    return base64.b64encode(weights.detach().numpy().astype("<f4").tobytes()).decode()


layers = []
for layer in model:
    said = {"type": type(layer).__name__}
    if hasattr(layer, "weight"):
        out = layer.weight.shape[0]
        said |= {"weight": in_base64(layer.weight), "bias": in_base64(layer.bias), "out": out}
    if hasattr(layer, "kernel_size"):
        k = layer.kernel_size
        said["k"] = k[0] if isinstance(k, tuple) else k
    layers.append(said)

count = sum(one.numel() for one in model.parameters())
page = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
page = page.replace("__LAYERS__", json.dumps(layers)).replace("__COUNT__", f"{count:,}")
page = page.replace("__ACCURACY__", f"{accuracy:.1%}")
path = given.out / "draw_a_digit.html"
path.write_text(page, encoding="utf-8")
at.save(model.state_dict(), given.out / "draw_a_digit.npz")
print(f"open in a browser: {path.resolve()}")

exercise = nn.Sequential(
    *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
    *(nn.Dropout(0.25), nn.Flatten(), nn.Linear(4608, 128), nn.ReLU(), nn.Dropout(0.5)),
    nn.Linear(128, 10),
)
large = sum(one.numel() for one in exercise.parameters())
print(f"the lecture's exercise has {large:,} weights, this network {count:,}")
print(f"test accuracy: {accuracy:.3f}")
