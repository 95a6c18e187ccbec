"""A small GPT: no memory that is carried on, but a look back at the last 64 letters.

What it consists of is in models.py: letters and places as vectors, blocks of attention and a small
network, and a score for every next letter.  Look at the picture's squares: each row is a letter,
and shows from which of the letters before it a head takes.

Change this: ``--blocks 1``; ``--length 16`` looks back less far.  With ``mpiexec -n 2 python FILE
--distributed`` two processes learn it, half of each batch each.
"""

import sys

from models import GPT
from verses import ASKED, LEARNT, LETTERS, chances, letters, loss_of, numbers, surprise

import autotensor as at
import nn
from autotensor.examples import drawing, options
from nn import optim

given = options(
    seed=0,
    steps=1200,
    blocks=2,
    heads=4,
    width=64,
    length=64,
    batch=16,
    rate=0.004,
    letters=300,
    distributed=False,
    short={"steps": 20, "width": 16, "letters": 40},
)
at.manual_seed(given.seed)
model = GPT(len(LETTERS), given.length, given.width, given.heads, given.blocks)
print(f"{sum(one.numel() for one in model.parameters()):,} weights")

# Of several processes each gets the gradients that all have on average.
net = nn.parallel.DistributedDataParallel(model) if given.distributed else model
optimizer = optim.AdamW(model.parameters(), given.rate, betas=(0.9, 0.95), weight_decay=0.1)
schedule = optim.lr_scheduler.OneCycleLR(optimizer, given.rate, given.steps, pct_start=0.1)
pieces = LEARNT.unfold(0, given.length + 1, 1)  # every piece of the text, as views
half = given.length // 2
asked_pieces = ASKED.unfold(0, given.length + 1, half)


@at.no_grad()
def asked():
    """Nats a letter of other sonnets, with half a length or more to look back on."""
    return loss_of(model(asked_pieces[:, :-1])[:, half:], asked_pieces[:, half + 1 :]).item()


losses, others = [], {}
for step in range(1, given.steps + 1):
    piece = pieces[at.randint(len(pieces), (given.batch,))][given.rank :: given.ranks]
    loss = loss_of(net(piece[:, :-1]), piece[:, 1:])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    loss = loss.detach()
    if given.distributed:
        at.distributed.all_reduce(loss, at.distributed.ReduceOp.AVG)
    losses.append(loss.item())
    if step % 200 == 0 or step == given.steps:
        others[step] = asked()
        print(f"step {step:4}: loss {loss.item():.3f}, of other sonnets {others[step]:.3f}")

if given.rank:
    sys.exit()  # the first process shows what all have learnt
print("\n" + letters(model.write(numbers("\n\n"), given.letters, 0.7)).strip() + "\n")

line = "Shall I compare thee to a summer's day?"[: given.length]
with at.no_grad():
    x, shares = model.vectors(numbers(line)[None]), []
    for block in model.blocks:
        shares += list(block.attention.shares(block.norm1(x))[0])
        x = block(x)

columns = max(2, min(given.heads, 4))
with drawing.picture(given.out / "small_gpt.png", 2, columns, height=4.8) as panels:
    curve, *squares = panels
    curve.plot(losses, lw=0.6)
    curve.plot(list(others), list(others.values()), "o-", ms=3)
    curve.axhline(surprise(chances(1)), color="grey", ls=":")
    curve.set_title("nats a letter; dotted: pairs", fontsize=9)
    for axes, one, head in zip(squares, shares, range(len(shares)), strict=False):
        axes.imshow(one.numpy(), cmap="Blues")
        name = f"block {head // given.heads + 1}, head {head % given.heads + 1}"
        axes.set_title(name, fontsize=9)
        axes.set(xticks=[], yticks=[])

print(f"nats a letter of other sonnets: {others[given.steps]:.3f}")
