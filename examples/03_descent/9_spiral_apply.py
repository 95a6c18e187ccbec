"""A trained network is its weights: load them, and it answers for points that it has never seen.

Run ``spiral_momentum`` first, which saves them; without a file this program trains for a moment.
The lecture's own version of this draws the old points in the colours of the new answers.
"""

from spiral import draw_classes, network, train

import autotensor as at
from autotensor.examples import options
from nn.data import spiral_data

given = options(seed=0, samples=1000)
at.manual_seed(given.seed)
model = network(64)
file = given.out / "spiral.npz"
if file.exists():
    model.load_state_dict(at.load(file))
    print(f"weights from {file}")
else:
    print(f"there is no {file}: a short training instead")
    old = spiral_data(samples=200, classes=3, spacing=10, generator=given.seed)
    train(model, *old, rate=0.2, decay=0.001, momentum=0.9, epochs=1000)

# Other points on the same arms.
points, classes = spiral_data(given.samples, classes=3, spacing=10, generator=given.seed + 1)
answers = model(points).argmax(1)
draw_classes(given.out / "spiral_apply.png", model, points, classes)
accuracy = (answers == classes).float().mean().item()
print(f"accuracy on {len(points):,} fresh points: {accuracy:.3f}")
