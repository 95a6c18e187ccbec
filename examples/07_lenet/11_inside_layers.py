"""Inside a CNN: its eight filters, and what every layer makes of one digit.

The first layer finds edges of one direction each.  After pooling the second looks at places where
several of them meet, and its maps are not pictures of the digit any more.

Change this: ``--digit 7`` shows another test image.
"""

from small_cnn import trained

from autotensor.examples import drawing, options
from nn.data import MNIST

given = options(seed=0, digit=2, epochs=6, digits=4000, short={"epochs": 1, "digits": 300})
model, accuracy = trained(given)
image, label = MNIST(train=False)[given.digit]

steps = {"the digit": image}
x = image[None]
for layer in model[:6]:
    x = layer(x).detach()
    steps[f"{type(layer).__name__[:4]} {x.shape[2]} × {x.shape[3]}"] = x[0]
    print(f"{type(layer).__name__:10} {tuple(x.shape[1:])}")

path = given.out / "inside_layers.png"
with drawing.picture(path, len(steps) + 1, 8, height=8.6, title=f"a {label}") as panels:
    for axes in panels:
        axes.axis("off")
    for column, weight in enumerate(model[0].weight.detach()[:, 0]):
        drawing.image(panels[column], weight, "filters" if column == 0 else "", signed=True)
    for row, (title, maps) in enumerate(steps.items(), 1):
        for column, values in enumerate(maps):
            name = title if column == 0 else ""
            drawing.image(panels[8 * row + column], values, name, signed=True)

print(f"test accuracy: {accuracy:.3f}")
