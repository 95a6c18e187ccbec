"""The ladder of improvements: each rung changes one thing, and digits are read better.

One layer; five layers with sigmoids and small random weights; Adam with weights of He's size; ReLU;
dropout with a rate that falls; convolutions.  Dotted are the mistakes on training images, solid
those on test images.

Change this: ``--data FOLDER`` learns from all 60,000 images of MNIST, and every rung gets higher.
"""

from ladder import RUNGS, climb

from autotensor.examples import drawing, options

given = options(seed=0, data=None, epochs=8, digits=4000, short={"epochs": 1, "digits": 300})

histories = {}
for name, (title, build, decay) in RUNGS.items():
    histories[name] = history = climb(build, decay, given)
    best = history["validation_accuracy"][-1]
    moved = history["train_loss"][0] - history["train_loss"][-1]
    print(f"{name:9} {title:26} test accuracy {best:.3f}, loss fell by {moved:.2f}", flush=True)

with drawing.picture(given.out / "ladder.png", 2, 3, height=5, sharex=True, sharey=True) as panels:
    for axes, (name, history) in zip(panels, histories.items(), strict=True):
        for kind, style in (("train", ":"), ("validation", "-")):
            mistakes = [100 - 100 * one for one in history[f"{kind}_accuracy"]]
            axes.plot(range(1, len(mistakes) + 1), mistakes, style, color=drawing.COLOURS[0])
        axes.set(title=name, yscale="log", ylim=(0.3, 130))
        axes.set_xticks(range(1, len(mistakes) + 1))
        axes.set_yticks([1, 10, 100], ["1 %", "10 %", "100 %"])
        axes.grid(alpha=0.3)
    for axes in panels[3:]:
        axes.set_xlabel("epoch")
    panels[0].set_ylabel("mistakes")

print(f"test accuracy of the last rung: {best:.3f}")
