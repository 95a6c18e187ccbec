"""The same with strokes that are learnt, on letters that are moved, turned, thick and thin.

Nobody tells the filters what to look for.  A network of 176 numbers learns to tell X from O; then
one of each goes through it, layer by layer.

Change this: ``--filters 1`` leaves one filter, which is nearly enough.
"""

import autotensor as at
import nn
import nn.functional as F
from autotensor.examples import drawing, options
from nn import optim
from nn.data import DataLoader, TensorDataset, xs_and_os
from nn.training import evaluate, fit

given = options(seed=0, filters=3, letters=2000, epochs=12, short={"letters": 200, "epochs": 2})
at.manual_seed(given.seed)
learning = TensorDataset(*xs_and_os(given.letters, generator=given.seed))
letters, classes = xs_and_os(1000, generator=given.seed + 1)
testing = DataLoader(TensorDataset(letters, classes), batch_size=500)

model = nn.Sequential(
    nn.Conv2d(1, given.filters, kernel_size=3),  # (N, 3, 7, 7)
    nn.ReLU(),
    nn.MaxPool2d(2, ceil_mode=True),  # (N, 3, 4, 4)
    nn.Conv2d(given.filters, 4, kernel_size=3, padding=1),  # (N, 4, 4, 4)
    nn.MaxPool2d(2),  # (N, 4, 2, 2)
    nn.Flatten(),
    nn.Linear(16, 2),  # every number votes for X and for O
)
nn.init.kaiming_normal_(model[0].weight, nonlinearity="relu")
nn.init.zeros_(model[0].bias)
print(f"a network of {sum(one.numel() for one in model.parameters())} numbers")
fit(
    model,
    DataLoader(learning, batch_size=20, shuffle=True),
    F.cross_entropy,
    optim.Adam(model.parameters(), lr=0.005),
    given.epochs,
    validation=testing,
)

columns = ["the letter", "conv", "ReLU", "pool", "conv", "pool"]
with drawing.picture(given.out / "learnt_strokes.png", 9, 6, height=11) as panels:
    for number, weight in enumerate(model[0].weight[:3, 0]):
        drawing.image(panels[2 * number], weight.detach(), f"filter {number}", signed=True)
    for half, letter in enumerate(letters[:2]):
        steps = [letter]  # maps (C, H, W) of every layer
        for layer in model[:5]:
            steps.append(layer(steps[-1][None])[0].detach())
        for column, (title, maps) in enumerate(zip(columns, steps, strict=True)):
            for row, values in enumerate(maps[:4]):
                axes = panels[6 * (4 * half + row + 1) + column]
                drawing.image(axes, values, title if row == 0 else "", signed=True)
    for axes in panels:
        axes.axis("off")

shares = F.softmax(model(letters[:2]), dim=1).tolist()
for letter, (x, o) in zip(("first", "second"), shares, strict=True):
    print(f"the {letter} letter: X {x:.1%}, O {o:.1%}")
print(f"test accuracy: {evaluate(model, testing, verbose=False).accuracy:.3f}")
