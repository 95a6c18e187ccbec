"""Draws the steps of a program, so that they fit what is there."""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tests.fuzz.sides import NAME, Pair, Step, array_of
from tests.fuzz.templates import FAMILIES, TEMPLATES, Template

#: The dtype of a kind of new input; of floats there are others as well.
KINDS = {"f": "float64", "i": "int64", "u": "uint8", "b": "bool"}


class UnfitError(Exception):
    """The pool has nothing for a template."""


PLACE = re.compile(r"\{(=|\w+)(?::([^}]*))?([^}]*)\}")


class Draw:
    """Draws one step after the other that fits the pool."""

    def __init__(self, seed: int, pair: Pair) -> None:
        self.rng = random.Random(seed)
        self.pair = pair
        self.count = itertools.count()
        sizes = [1, 2, 2, 3, 3, 4]
        # Second derivatives go through inner Tensors as a rule is written: hooks would see that.
        self.hooks = self.rng.random() < 0.4
        self.hooked = False
        self.usual = [self.rng.choice(sizes) for _ in range(3)]
        self.begin()

    def begin(self) -> None:
        """Before a step."""
        self.inputs: list[Step] = []
        self.sizes: dict[str, int] = {}
        self.dtype: np.dtype | None = None
        self.it = ""
        self.target = ""
        self.shape: tuple[int, ...] = ()
        self.part: tuple[int, ...] = ()
        self.index = ""

    # -- the pool

    def array(self, name: str) -> np.ndarray:
        for step in self.inputs:
            if step.makes[0] == name and step.array is not None:
                return step.array
        return array_of(self.pair.theirs.names[name])

    def tensor(self, name: str) -> Any:
        return self.pair.theirs.names[name]

    def tame(self, name: str) -> bool:
        """Neither too many numbers, nor too large ones."""
        array = self.array(name)
        if array.size > 300 or array.ndim > 5:
            return False
        return array.dtype.kind == "b" or array.size == 0 or bool(abs(array).max() < 1e4)

    def pick(self, kinds: str, wanted: Callable[[str], bool] | None = None) -> str:
        """A Tensor of the pool, rather a late one; or a new input."""
        names = self.pair.tensors
        for _ in range(6):
            if not names:
                break
            name = names[int(len(names) * max(self.rng.random(), self.rng.random()))]
            fits = self.array(name).dtype.kind in kinds and self.tame(name)
            if fits and (wanted is None or wanted(name)):
                return name
        if wanted is not None:
            raise UnfitError
        return self.input(kinds)

    def input(self, kinds: str, dtype: Any = None) -> str:
        step = self.new_input(self.rng.choice(kinds))
        if dtype is not None and step.array is not None:
            step = replace(step, array=step.array.astype(dtype))
        self.inputs.append(step)
        return step.makes[0]

    def new_input(self, kind: str) -> Step:
        rng = self.rng
        dtype = KINDS[kind]
        if kind == "f":
            dtype = rng.choices(["float64", "float32", "float16"], [6, 4, 0.5])[0]
        if kind == "i":
            dtype = rng.choice(["int64", "int64", "int32"])
        ndim = rng.choices([0, 1, 2, 3, 4], [1, 3, 5, 3, 1])[0]
        shape = tuple(rng.choice(self.usual) for _ in range(ndim))
        if ndim and rng.random() < 0.04:
            at_ = rng.randrange(ndim)
            shape = (*shape[:at_], 0, *shape[at_ + 1 :])
        size = math.prod(shape)
        values: list[float]
        if kind == "f":
            values = [round(rng.gauss(0, 1.2), 2) for _ in range(size)]
        else:
            values = [rng.randint(-4 if kind == "i" else 0, 6) for _ in range(size)]
        array = np.array(values).astype(dtype).reshape(shape)
        name = f"t{next(self.count)}"
        wants = kind == "f" and rng.random() < 0.6
        return Step("", (name,), "input", "", array, wants, rng.random() < 0.15)

    def memory(self, name: str) -> str:
        """``name``, or a clone if a write would change it while it is read."""
        if self.target and name != self.it and self.shares(name, self.target):
            return f"{name}.clone()"
        return name

    def shares(self, one: str, two: str) -> bool:
        return one == two or bool(np.may_share_memory(self.array(one), self.array(two)))

    def fitted(self, shape: Sequence[int], dtype: Any = None) -> str:
        """A Tensor of the pool in this shape."""
        if dtype is None:
            name = self.pick("f")
        else:
            try:
                name = self.pick("f", lambda one: self.array(one).dtype == dtype)
            except UnfitError:
                name = self.input("f", dtype)
        text = f"fit({name}, {', '.join(map(str, shape))})" if shape else f"fit({name})"
        if self.array(name).shape == tuple(shape):
            text = name
        if self.target and self.shares(name, self.target):
            text += ".clone()"
        return text

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # -- one step

    def step(self) -> list[Step]:
        """Inputs that are missing, and a line."""
        families = list(FAMILIES)
        weights = [weight for _, weight in FAMILIES.values()]
        while True:
            self.begin()
            family = self.rng.choices(families, weights)[0]
            template = self.rng.choice(TEMPLATES[family])
            if self.hooked and family == "writes":
                continue  # PyTorch forgets hooks of a base that is written through a view
            if ("create_graph" if self.hooks else "{hooked}") in template.text:
                continue
            try:
                line = self.filled(template)
                return [*self.inputs, line]
            except UnfitError:
                continue

    def filled(self, template: Template) -> Step:
        text = PLACE.sub(self.place, template.text)
        makes = tuple(f"t{next(self.count)}" for _ in range(template.results))
        if makes:
            text = f"{', '.join(makes)} = {text}"
        written = self.tensor(self.target) if self.target in self.pair.tensors else None
        quiet = written is not None and written.requires_grad and written.is_leaf
        # PyTorch loses track of shapes that change under no_grad.
        reshaped = re.search(r"squeeze_|transpose_|\.t_", template.text)
        chance = 0.0 if reshaped else 0.85 if quiet else 0.04
        if self.chance(chance) and template.family != "graph":
            text = f"with lib.no_grad(): {text}"
        self.hooked |= "register_hook" in text
        return Step(text, makes, template.operator, template.family)

    def place(self, found: re.Match[str]) -> str:
        name, args, rest = found.groups()
        if name == "=":
            return str(self.rng.choice((rest if args is None else args + rest).split("|")))
        method = getattr(self, f"place_{name}")
        return str(method() if args is None else method(args))

    def size(self, text: str) -> int:
        for letter in re.findall(r"[A-Z]", text):
            if letter not in self.sizes:
                low = 2 if letter == "R" else 1
                self.sizes[letter] = self.rng.randint(low, 3)
        return int(eval(text, {}, self.sizes))

    def sized(self, text: str) -> tuple[int, ...]:
        return tuple(self.size(one) for one in text.split(","))

    # -- places: Tensors

    def take_up(self, name: str) -> str:
        self.it = name
        self.shape = self.array(name).shape
        return name

    def place_x(self) -> str:
        return self.take_up(self.pick("f"))

    def place_a(self) -> str:
        return self.take_up(self.pick(self.rng.choices(["f", "iub"], [8, 2])[0]))

    def place_i(self) -> str:
        return self.take_up(self.pick("iu"))

    def place_b(self) -> str:
        return self.take_up(self.pick("b"))

    def place_it(self, kind: str = "") -> str:
        return str(getattr(self, f"place_{kind}")()) if kind else self.it

    def place_m(self, sizes: str) -> str:
        shape = self.sized(sizes)
        text = self.fitted(shape, self.dtype)
        name = NAME.findall(text)[0]
        # Networks want one dtype.
        self.dtype = None if self.chance(0.01) else self.array(name).dtype
        self.it, self.shape = text, shape
        return text

    def wrapped(self, wrapper: str, sizes: str | None) -> str:
        return f"{wrapper}({self.place_x() if sizes is None else self.place_m(sizes)})"

    def place_unit(self, sizes: str | None = None) -> str:
        return self.wrapped("unit", sizes)

    def place_prob(self, sizes: str | None = None) -> str:
        return self.wrapped("prob", sizes)

    def place_pos(self, sizes: str | None = None) -> str:
        return self.wrapped("pos", sizes)

    def place_above(self, sizes: str | None = None) -> str:
        return self.wrapped("above", sizes)

    def place_away(self, sizes: str | None = None) -> str:
        return self.wrapped("away", sizes)

    def place_apart(self, sizes: str | None = None) -> str:
        return self.wrapped("apart", sizes)

    def place_tame(self) -> str:
        return self.wrapped("tame", None)

    def square(self, wrapper: str, sizes: str) -> str:
        *batch, side = sizes.split(",")
        return self.wrapped(wrapper, ",".join([*batch, side, side]))

    def place_well(self, sizes: str) -> str:
        return self.square("well", sizes)

    def place_spd(self, sizes: str) -> str:
        return self.square("spd", sizes)

    def place_spread(self, sizes: str) -> str:
        return self.square("spread", sizes)

    def goes_with(self, name: str) -> bool:
        """Whether a Tensor broadcasts with the one taken up, to no great size."""
        try:
            return math.prod(np.broadcast_shapes(self.array(name).shape, self.shape)) <= 300
        except ValueError:
            return False

    def stretchable(self) -> tuple[int, ...]:
        """A shape that broadcasts with the one taken up."""
        shape = tuple(1 if self.chance(0.25) else size for size in self.shape)
        if self.chance(0.2):
            return shape[1:]
        grows = self.chance(0.1) and math.prod(self.shape) < 60 and len(shape) < 4
        return (2, *shape) if grows else shape

    def place_o(self) -> str:
        if self.chance(0.5):
            try:
                kinds = "f" if self.chance(0.8) else "fiub"
                return self.memory(self.pick(kinds, self.goes_with))
            except UnfitError:
                pass
        return self.fitted(self.stretchable())

    def place_y(self) -> str:
        return self.place_num() if self.chance(0.25) else self.place_o()

    def place_yaway(self) -> str:
        return f"away({self.place_o()})" if self.chance(0.8) else self.place_num()

    def place_ypos(self) -> str:
        return f"pos({self.place_o()})" if self.chance(0.8) else "0.7"

    def place_s(self) -> str:
        alike = self.chance(0.8) and self.array(NAME.findall(self.it)[0]).dtype.kind == "f"
        return self.fitted(
            self.shape, self.array(NAME.findall(self.it)[0]).dtype if alike else None
        )

    def place_sameclone(self) -> str:
        return f"{self.fitted(self.shape)}.clone().to({self.it}.dtype)"

    def place_mask(self) -> str:
        if (
            self.chance(0.4)
            and re.fullmatch(NAME, self.it)
            and self.array(self.it).dtype.kind == "f"
        ):
            return f"{self.it} > {self.place_num()}"
        return f"stripes({self.shape}, {self.rng.choice([2, 3])})"

    def place_sides(self, sizes: str) -> str:
        shape = self.sized(sizes)
        return f"(stripes({shape}, 2) * 2.0 - 1.0).to({self.it}.dtype)"

    # -- places: Tensors to write to, leaves

    def place_w(self) -> str:
        name = self.pick("ffffiub"[self.rng.randrange(7) :], lambda _: True)
        self.target = name
        return self.take_up(name)

    def place_into(self) -> str:
        if self.chance(0.2):
            return self.place_num()
        if self.chance(0.1):
            return self.it
        shape = tuple(1 if self.chance(0.2) else size for size in self.shape)
        return self.fitted(shape[self.chance(0.2) :])

    def place_leaf(self) -> str:
        def wanted(name: str) -> bool:
            return bool(self.tensor(name).is_leaf and self.tensor(name).requires_grad)

        return self.pick("f", wanted)

    def place_hooked(self) -> str:
        return self.place_inner()

    def place_inner(self) -> str:
        def wanted(name: str) -> bool:
            return bool(self.tensor(name).requires_grad and not self.tensor(name).is_leaf)

        return self.take_up(self.pick("f", wanted))

    # -- places: numbers

    def place_num(self) -> str:
        return str(self.rng.choice([-1.507, -0.693, 0.311, 0.757, 1.303, 2.009]))

    def place_num0(self) -> str:
        return str(self.rng.choice([-1, 0, 1, 2, 0.5, -0.25]))

    def place_n(self, text: str) -> int:
        return self.size(text)

    def place_keep(self) -> str:
        return str(self.chance(0.5))

    def place_reduction(self) -> str:
        return repr(self.rng.choice(["mean", "sum", "none"]))

    def need_dims(self) -> int:
        if not self.shape:
            raise UnfitError
        return len(self.shape)

    def place_dim(self) -> int:
        ndim = max(len(self.shape), 1)
        return self.rng.randrange(-ndim, ndim) if not self.chance(0.01) else ndim

    def place_dims(self) -> str:
        if self.chance(0.3):
            return str(self.place_dim())
        return str(self.some_dims())

    def some_dims(self) -> tuple[int, ...]:
        ndim = self.need_dims()
        return tuple(self.rng.sample(range(ndim), self.rng.randint(1, ndim)))

    def place_dims1(self) -> str:
        return str(self.some_dims())

    def place_newdim(self) -> int:
        return self.rng.randrange(-len(self.shape) - 1, len(self.shape) + 1)

    def place_perm(self) -> str:
        ndim = self.need_dims()
        return ", ".join(map(str, self.rng.sample(range(ndim), ndim)))

    def place_newshape(self) -> str:
        size = math.prod(self.shape)
        if size == 0:
            return str(self.rng.choice([(0,), (2, 0), self.shape[::-1]]))
        first = self.rng.choice([one for one in range(1, size + 1) if size % one == 0])
        return str(
            self.rng.choice(
                [(-1,), (first, -1), (first, size // first), (1, first, -1), self.shape[::-1]]
            )
        )

    def place_grown(self) -> str:
        shape = tuple(3 if size == 1 and self.chance(0.5) else size for size in self.shape)
        if self.chance(0.4):
            shape = (2, *shape)
        if not shape:
            raise UnfitError
        return ", ".join(map(str, shape))

    def place_repeats(self) -> str:
        extra = self.chance(0.2)
        return str(tuple(self.rng.choice([1, 1, 2]) for _ in range(self.need_dims() + extra)))

    def axis(self) -> tuple[int, int]:
        """A dimension and its size, which is not 0."""
        dim = self.rng.randrange(self.need_dims())
        if self.shape[dim] == 0:
            raise UnfitError
        return dim, self.shape[dim]

    def place_narrow(self) -> str:
        dim, size = self.axis()
        start = self.rng.randrange(size)
        return f"{dim}, {start}, {self.rng.randint(0 if self.chance(0.05) else 1, size - start)}"

    def place_select(self) -> str:
        dim, size = self.axis()
        return f"{dim}, {self.rng.randrange(-size, size)}"

    # -- places: indices

    def tensor_of(self, array: Any) -> str:
        array = np.asarray(array)
        if array.size == 0:
            return f"lib.zeros({array.shape}, dtype=lib.int64)"
        return f"lib.tensor({array.tolist()})"

    def place_ints(self, text: str) -> str:
        high, sizes = text.split(";")
        shape, top = self.sized(sizes), self.size(high)
        values = [self.rng.randrange(top) for _ in range(math.prod(shape))]
        return self.tensor_of(np.reshape(values, shape))

    def basic(self, size: int) -> str:
        rng = self.rng
        if size == 0 or self.chance(0.35):
            return ":"
        return str(
            rng.choice(
                [rng.randrange(-size, size), f"{rng.randrange(size)}:", f":{rng.randint(1, size)}",
                 "::2", f"{rng.randrange(-size, 0)}:", f"{rng.randrange(size)}:{size}"]
            )
        )  # fmt: skip

    def place_index(self) -> str:
        if not self.shape:
            return self.rng.choice(["...", "None", "()"])
        parts = [self.basic(size) for size in self.shape[: self.rng.randint(1, len(self.shape))]]
        if self.chance(0.15):
            parts.insert(self.rng.randint(0, len(parts)), "None")
        if self.chance(0.15):
            parts = ["...", *(self.basic(size) for size in self.shape[-1:])]
        return ", ".join(parts)

    def place_fancy(self, once: bool = False) -> str:
        self.need_dims()
        parts = [self.basic(size) for size in self.shape]
        many = self.rng.randint(1, 3)
        at_ = self.rng.sample(
            range(len(parts)), 1 if once else self.rng.randint(1, min(2, len(parts)))
        )
        for dim in at_:
            size = self.shape[dim]
            if size == 0:
                raise UnfitError
            if once:
                some = self.rng.sample(range(size), self.rng.randint(1, size))
            else:
                some = [self.rng.randrange(-size, size) for _ in range(many)]
            parts[dim] = str(some) if self.chance(0.5) else self.tensor_of(some)
        return ", ".join(parts)

    def place_fancyset(self) -> str:
        self.index = self.place_fancy(once=True)
        return self.index

    def place_indexset(self) -> str:
        self.index = self.place_index()
        return self.index

    def place_setvalue(self) -> str:
        try:
            part = eval(f"{self.target}[{self.index}]", self.pair.theirs.names)
        except Exception as error:
            raise UnfitError from error
        shape = tuple(part.shape)
        if self.chance(0.3):
            shape = tuple(1 if self.chance(0.3) else size for size in shape)[self.chance(0.3) :]
        return self.fitted(shape)

    def along(self, once: bool) -> tuple[int, np.ndarray]:
        """A dimension, and indices along it."""
        dim = self.rng.randrange(self.need_dims())
        size = self.shape[dim]
        noise = np.random.RandomState(self.rng.randrange(1000))
        if once or size == 0:
            index = np.argsort(noise.uniform(size=self.shape), axis=dim)
            index = index.take(range(self.rng.randint(min(1, size), size)), axis=dim)
        else:
            length = self.rng.randint(1, size)
            shape = (*self.shape[:dim], length, *self.shape[dim + 1 :])
            index = noise.randint(0, size, shape)
        self.part = index.shape
        return dim, index

    def place_gather(self) -> str:
        dim, index = self.along(once=False)
        return f"{dim}, {self.tensor_of(index)}"

    place_scatter = place_gather

    def place_scatteronce(self) -> str:
        dim, index = self.along(once=True)
        return f"{dim}, {self.tensor_of(index)}"

    def place_takealong(self) -> str:
        dim, index = self.along(once=False)
        return f"{self.tensor_of(index)}, {dim}"

    def place_scattered(self) -> str:
        return f"{self.fitted(self.part)}.to({self.it}.dtype)"

    place_alike1 = place_scattered

    def place_pick(self, once: bool = False) -> str:
        dim, size = self.axis()
        many = self.rng.randint(1, size)
        some = [self.rng.randrange(size) for _ in range(many)]
        if once:
            some = self.rng.sample(range(size), many)
        self.part = (*self.shape[:dim], many, *self.shape[dim + 1 :])
        return f"{dim}, {self.tensor_of(some)}"

    place_pick1 = place_pick

    def place_pickonce(self) -> str:
        return self.place_pick(once=True)

    def place_rowindex(self) -> str:
        if not self.shape or self.shape[0] == 0:
            raise UnfitError
        some = [self.rng.randrange(self.shape[0]) for _ in range(self.rng.randint(1, 3))]
        return self.tensor_of(some)

    def place_take(self) -> str:
        size = math.prod(self.shape)
        if size == 0:
            raise UnfitError
        some = [self.rng.randrange(-size, size) for _ in range(self.rng.choice([1, 4]))]
        return self.tensor_of(np.reshape(some, (2, 2) if len(some) == 4 else (1,)))

    def place_take1(self) -> str:
        size = math.prod(self.shape)
        if size == 0:
            raise UnfitError
        some = self.rng.sample(range(size), self.rng.randint(1, min(size, 4)))
        return f"{self.tensor_of(some)}, {self.fitted((len(some),))}.to({self.it}.dtype)"


def last_steps(draw: Draw, pair: Pair) -> Iterator[Step]:
    """The gradients of all leaves, by both ways, and second ones."""
    tensors = {name: pair.theirs.names[name] for name in pair.tensors}
    leaves = [name for name, one in tensors.items() if one.requires_grad and one.is_leaf]
    roots = [
        name
        for name, one in tensors.items()
        if one.requires_grad and not one.is_leaf and draw.tame(name)
    ]
    draw.rng.shuffle(roots)
    roots = roots[:5]
    if not roots or not leaves:
        return
    inputs = ", ".join(leaves)
    yield Step(f"weigh({', '.join(roots)}).backward(retain_graph=True)", (), "backward", "graph")
    first = tuple(f"t{next(draw.count)}" for _ in leaves)
    yield Step(
        f"{', '.join(first)}, = grads([{', '.join(roots)}], [{inputs}], create_graph=True)",
        first, "grad", "graph",
    )  # fmt: skip
    sides = (pair.ours.names, pair.theirs.names)
    ready = [one for one in first if all(one in s and s[one].requires_grad for s in sides)]
    if ready and not draw.hooks:
        second = tuple(f"t{next(draw.count)}" for _ in leaves)
        yield Step(
            f"{', '.join(second)}, = grads([{', '.join(ready)}], [{inputs}])",
            second, "second grad", "graph",
        )  # fmt: skip
