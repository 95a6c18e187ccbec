"""What the programs of the spiral share: the network, its training, and two pictures."""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing


def network(hidden):
    """2 → hidden → 3 with ReLU; weights between 0 and 1 and biases 0, as in the lecture."""
    model = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 3))
    for layer in (model[0], model[2]):
        nn.init.uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return model


def train(model, points, classes, *, rate, decay=0.0, momentum=0.0, epochs):
    """Every epoch is one step on all points: v ← μ·v − α·∂E/∂w, w ← w + v, α = α₀ / (1 + κ·t).

    Gives the loss, the accuracy and the rate of every epoch.
    """
    losses, accuracies, rates = [], [], []
    steps = [at.zeros_like(weights) for weights in model.parameters()]
    for epoch in range(epochs):
        alpha = rate / (1 + decay * epoch)
        scores = model(points)
        loss = F.cross_entropy(scores, classes)
        model.zero_grad()
        loss.backward()
        with at.no_grad():
            for weights, v in zip(model.parameters(), steps, strict=True):
                v *= momentum
                v -= alpha * weights.grad
                weights += v
        losses.append(loss.item())
        accuracies.append((scores.argmax(1) == classes).float().mean().item())
        rates.append(alpha)
        if epoch in (0, 99, 999) or epoch == epochs - 1:
            print(
                f"epoch {epoch:5}: accuracy {accuracies[-1]:.3f}, loss {losses[-1]:.3f}, "
                f"rate {alpha:.6f}"
            )
    return {"accuracy": accuracies, "loss": losses, "learning rate α": rates}


def draw_monitor(path, history):
    """Accuracy, loss and rate by epoch, with epoch 0 as the first on a logarithmic axis: 1."""
    with drawing.picture(path, columns=3, height=2.8) as panels:
        for axes, (name, values) in zip(panels, history.items(), strict=True):
            axes.plot(range(1, len(values) + 1), values)
            axes.set(xscale="log", xlabel="epoch", title=name)
        panels[0].set_ylim(0, 1)


def draw_classes(path, model, points, classes):
    """The classes as they are and as the network says, each over what it says everywhere."""
    with at.no_grad():
        said = model(points).argmax(1)
    with drawing.picture(path, columns=2) as panels:
        for axes, title, those in zip(panels, ("true", "predicted"), (classes, said), strict=True):
            drawing.regions(axes, lambda xy: model(xy).argmax(1), points, those)
            axes.set_title(f"{title} classes")
