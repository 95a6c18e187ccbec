"""Four activations and their slopes: arctan, sigmoid, tanh and ReLU.

An activation bends what a neuron has added up; without one, two layers are no more than one.  Its
slope is what the gradient is multiplied by on the way back.  The slopes drawn are the engine's; the
last line says how far they are from difference quotients.
"""

import math

import autotensor as at
from autotensor.examples import drawing, options

given = options(reach=5.0)
o = at.linspace(-given.reach, given.reach, 401, dtype=at.float64, requires_grad=True)

curves = {
    "arctan": (at.atan, f"between −π/2 and π/2 = {math.pi / 2:.3f}"),
    "sigmoid": (at.sigmoid, "between 0 and 1"),
    "tanh": (at.tanh, "between −1 and 1"),
    "ReLU": (at.relu, "from 0 on"),
}
slopes = {}
largest = 0.0
for name, (activation, bounds) in curves.items():
    (slopes[name],) = at.grad(activation(o).sum(), o)
    with at.no_grad():
        quotient = (activation(o + 1e-6) - activation(o - 1e-6)) / 2e-6
    away = o.detach().abs() > 1e-3  # ReLU has no slope at 0; 0 is taken there
    largest = max(largest, (slopes[name] - quotient)[away].abs().max().item())
    at_zero = slopes[name][200].item()
    print(f"{name:8} {bounds:32} largest slope {slopes[name].max().item():.4f}, at 0 {at_zero:g}")

with drawing.picture(given.out / "activations.png", 2, 4, height=4.4, sharex=True) as panels:
    for column, (name, (activation, _)) in enumerate(curves.items()):
        above, below = panels[column], panels[4 + column]
        above.plot(o.detach(), activation(o).detach())
        above.set_title(name)
        below.plot(o.detach(), slopes[name], color=drawing.COLOURS[1])
        below.set(xlabel="o", ylim=(-0.05, 1.05))
    panels[0].set_ylabel("activation")
    panels[4].set_ylabel("its slope")

print(f"largest difference from the difference quotients: {largest:.1e}")
