"""A convolution of a 3 × 3 input with a 2 × 2 filter, and its two gradients, term by term.

The filter W slides over the input X, Y is what it finds, and E = Σ (Y − T)² / 2.  Which terms add
up to ∂E/∂W and ∂E/∂X is read off the graph that the engine records.  Both gradients are
convolutions again; with D = ∂E/∂Y,

    ∂E/∂W = X ⋆ D                D slides over X
    ∂E/∂X = D ∗ W                W, turned by 180°, slides over D with a border of zeros

Change this: ``--seed 1`` takes other numbers.
"""

from in_letters import draw, in_the_graph, scalars, terms

import autotensor as at
import nn.functional as F
from autotensor.examples import drawing, options

given = options(seed=0)
at.manual_seed(given.seed)


def correlate(X, W, padding=0):
    """The engine's ``conv2d`` for one image and one filter."""
    return F.conv2d(X[None, None], W[None, None], padding=padding)[0, 0]


X, W = at.randint(0, 10, (3, 3)).float(), at.randint(-2, 4, (2, 2)).float()
T = correlate(X, W) - at.randint(-3, 4, (2, 2)).float()  # not too far away
x, w = scalars("x", X), scalars("w", W)

# Forward, number by number: four products for every place of the filter.
y = {
    f"y{i}{j}": x[f"x{i}{j}"] * w["w11"]
    + x[f"x{i}{j + 1}"] * w["w12"]
    + x[f"x{i + 1}{j}"] * w["w21"]
    + x[f"x{i + 1}{j + 1}"] * w["w22"]
    for i in (1, 2)
    for j in (1, 2)
}
names = {number: name for name, number in (x | w).items()}
for name, one in y.items():
    print(f"{name} = {in_the_graph(one.grad_fn, names)}")
    one.retain_grad()  # D, the gradient between E and the sums
E = sum((one - t) ** 2 / 2 for one, t in zip(y.values(), T.flatten().tolist(), strict=True))
E.backward(retain_graph=True)  # the graph is read once more
D = at.stack([one.grad for one in y.values()]).reshape(2, 2)

# Back, in three ways: the terms in letters, the engine, the formula.
turned = W.flip((0, 1))
formulas = {"w": correlate(X, D), "x": correlate(D, turned, padding=1)}
in_letters, largest = {"w": {}, "x": {}}, 0.0
print(f"{'':51}by terms  by engine  by formula")
for letter, leaves in (("w", w), ("x", x)):
    for (name, leaf), formula in zip(leaves.items(), formulas[letter].flatten(), strict=True):
        found = terms(leaf, y)
        words = " + ".join(f"d{place[1:]}·{names[factor]}" for place, factor in found)
        in_letters[letter][name] = words
        total = sum(y[place].grad.item() * factor.item() for place, factor in found)
        ways = total, leaf.grad.item(), formula.item()
        largest = max(largest, max(ways) - min(ways))
        print(f"∂E/∂{name} = {words:40} {ways[0]:8g} {ways[1]:10g} {ways[2]:11g}")

blue, orange, green, yellow = drawing.COLOURS[:4]
with drawing.picture(given.out / "conv_by_hand.png", height=8) as axes:
    forward = [("input X", X, blue), "⋆", ("filter W", W, orange), "=", ("output Y", D + T, green)]
    draw(
        axes,
        [
            [*forward, "−", ("target T", T, yellow), "=", ("D = ∂E/∂Y", D, green)],
            [
                *(("input X", X, blue), "⋆", ("D", D, green), "="),
                ("∂E/∂W = X ⋆ D", formulas["w"], orange, in_letters["w"]),
            ],
            [
                *(("D with a border of zeros", F.pad(D, (1, 1, 1, 1)), green), "⋆"),
                *(("W turned by 180°", turned, orange), "="),
                ("∂E/∂X = D ∗ W", formulas["x"], blue, in_letters["x"]),
            ],
        ],
    )

print(f"largest difference: {largest:g}")
