"""What comes next?  Counting pairs of letters says much of it, triples say more.

A model of a text gives every letter that may come next a chance.  How good it is, one number
tells: the mean of −log(chance of the letter that did come), in nats a letter.  It is the
cross-entropy that networks are trained with, so here is what a network has to beat.
"""

import numpy as np
from verses import ASKED, LETTERS, bits, chances, letters, surprise

import autotensor as at
from autotensor.examples import drawing, options

given = options(seed=0, known=3, short={"known": 2})
at.manual_seed(given.seed)

found = {"any letter as likely": np.log(len(LETTERS))}
names = ("how often each is", "after one letter", "after two letters", "after three letters")
for known, name in enumerate(names[: given.known + 1]):
    table = chances(known)
    found[name] = surprise(table)

    written = ASKED[:known].tolist()  # and what it writes, letter by letter
    while len(written) < 90:
        written.append(at.multinomial(table[tuple(written[len(written) - known :])], 1).item())
    line = letters(at.tensor(written)).replace("\n", " / ")
    print(f"{name}: {found[name]:.3f} nats, {bits(found[name]):.3f} bits a letter\n    {line}")

pairs = chances(1)
often = chances(0).argsort(descending=True)[:24]
with drawing.picture(given.out / "letter_pairs.png", columns=2, height=4.4) as (left, right):
    left.imshow(pairs[often][:, often].numpy() ** 0.5, cmap="Blues")
    shown = [LETTERS[one].replace("\n", "¶").replace(" ", "␣") for one in often.tolist()]
    left.set_xticks(range(24), shown)
    left.set_yticks(range(24), shown)
    left.set(xlabel="next letter", ylabel="letter", title="chances, square root")
    drawing.bars(right, list(found), list(found.values()), "nats a letter")

print(f"nats a letter: {min(found.values()):.3f}")
