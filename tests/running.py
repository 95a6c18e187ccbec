"""Runs a PyTorch script as it is, with PyTorch or with autotensor, and tells what it computed.

    python -m tests.running golden      PyTorch's losses of the quick programs, written anew
    python -m tests.running FILE …      compares these scripts with PyTorch

Only import lines are changed.  What is random comes from the same draws in both libraries: every
function that draws is called as the script says, and then its result is overwritten by numbers that
depend on its shape alone and on how many such shapes came before.  So neither PyTorch's generator
is needed, nor the order in which a layer fills its weights.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import math
import os
import random
import re
import sys
import tempfile
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import autotensor as at
import nn

PROGRAMS = Path(__file__).parent / "programs"
GOLDEN = PROGRAMS / "golden.json"

#: Import lines of PyTorch, and what a user writes instead.
IMPORTS = {
    "import torch": "import autotensor as torch",
    "import torch.nn as nn": "import autotensor.nn as nn",
    "import torch.nn.functional as F": "import autotensor.nn.functional as F",
    "import torch.utils.data": "import autotensor as torch; import autotensor.utils.data",
    "import torch, math": "import autotensor as torch; import math",
    "from torch import nn, optim": "from autotensor import nn, optim",
    "from torch.nn import Linear": "from autotensor.nn import Linear",
    "from torch.utils.data import DataLoader": "from autotensor.utils.data import DataLoader",
}

#: A script that asks for float32 by name is given float64: the comparison is one to 1e-9.
WIDER = {
    r"\b(torch|np|numpy)\.float32\b": r"\1.float64",
    r"\btorch\.float\b": "torch.float64",
    r"\.float\(\)": ".double()",
    r"\bFloatTensor\b": "DoubleTensor",
}


def with_our_imports(source: str) -> str:
    """``source`` with ``autotensor`` in its import lines where ``torch`` stands there."""

    def imported(match: re.Match[str]) -> str:
        indent, names = match[1], match[2].split(",")
        plain = [one.strip() for one in names]
        renamed = []
        for one in plain:
            if one == "torch":
                renamed.append("import autotensor as torch")
            elif re.fullmatch(r"torch(\.\w+)+", one):
                renamed += ["import autotensor as torch", f"import autotensor{one[5:]}"]
            else:
                renamed.append("import " + re.sub(r"^torch\b", "autotensor", one))
        return indent + "; ".join(renamed)

    source = re.sub(
        r"^( *)import ([^\n#;]*\btorch\b[^\n#;]*)", imported, source, flags=re.MULTILINE
    )
    return re.sub(r"^( *)from torch\b", r"\1from autotensor", source, flags=re.MULTILINE)


def with_float64(source: str) -> str:
    for narrow, wide in WIDER.items():
        source = re.sub(narrow, wide, source)
    return source


class Outcome(NamedTuple):
    """What a script computed."""

    losses: list[float]
    """What ``backward`` was called on, in order; the sum where it was no single number."""
    printed: str
    parameters: list[np.ndarray]
    """Of all optimizers, in the order in which they were made.  Not those whose gradient is nothing
    but rounding, as that of a bias before a normalization: Adam makes steps of that noise."""


NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?:[eE][-+]?\d+)?(?![\w.])")


class Draws:
    """Random numbers that depend on a shape, and on how many of that shape came before."""

    def __init__(self) -> None:
        self._count: Counter[Any] = Counter()

    def generator(self, kind: str, shape: Sequence[int]) -> np.random.Generator:
        key = (zlib.crc32(kind.encode()), *map(int, shape))
        self._count[key] += 1
        return np.random.default_rng([*key, self._count[key]])

    def uniform(self, shape: Sequence[int]) -> np.ndarray:
        return np.asarray(self.generator("uniform", shape).random(tuple(shape)))

    def normal(self, shape: Sequence[int]) -> np.ndarray:
        return np.asarray(self.generator("normal", shape).normal(size=tuple(shape)))

    def order(self, count: int) -> np.ndarray:
        return self.generator("order", [count]).permutation(count)


class Shared:
    """Puts shared draws into a library, and notes losses and optimizers, until ``undo``."""

    def __init__(self, library: ModuleType, layers: ModuleType, data: ModuleType) -> None:
        self.library = library
        self.layers = layers
        self.data = data
        self.draws = Draws()
        self.losses: list[float] = []
        self.optimizers: list[Any] = []
        self._inside = self._noting = False
        self._before: list[tuple[Any, str, Any, bool]] = []

    def put(self, owner: Any, name: str, value: Any) -> None:
        own = name in vars(owner)
        before = vars(owner)[name] if own else None
        self._before.append((owner, name, before, own))
        setattr(owner, name, value)

    def undo(self) -> None:
        for owner, name, before, own in reversed(self._before):
            if own:
                setattr(owner, name, before)
            else:
                delattr(owner, name)

    def tensor(self, values: Any, like: Any) -> Any:
        return self.library.from_numpy(np.array(values)).to(like.dtype)

    def overwritten(self, owner: Any, name: str, draw: Callable[..., Any]) -> None:
        """``owner.name`` as it is; its result then gets the values ``draw(result, *arguments)``."""
        original = getattr(owner, name, None)
        if original is None:
            return

        def function(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return original(*args, **kwargs)
            self._inside = True
            try:
                result = original(*args, **kwargs)
            finally:
                self._inside = False
            with self.library.no_grad():
                result.copy_(self.tensor(draw(result, *args, **kwargs), result))
            return result

        function.__name__ = name
        self.put(owner, name, function)
        if owner is self.layers.init:  # some layers have imported the function itself
            for place, module in list(sys.modules.items()):
                if place.startswith("torch.nn.modules.") and vars(module).get(name) is original:
                    self.put(module, name, function)

    def instead(self, owner: Any, name: str, function: Callable[..., Any]) -> None:
        if hasattr(owner, name):
            self.put(owner, name, function)

    # -- what draws --------------------------------------------------------------------------------

    def share(self) -> None:
        self.share_functions()
        self.share_initial_weights()
        self.share_dropout()
        self.share_orders()
        self.share_distributions()
        self.note()

    def share_functions(self) -> None:
        draws, library = self.draws, self.library

        def uniform(result: Any, *_: Any, **__: Any) -> Any:
            return draws.uniform(result.shape)

        def normal(result: Any, *_: Any, **__: Any) -> Any:
            return draws.normal(result.shape)

        def normal_of(result: Any, mean: Any = 0.0, std: Any = 1.0, *_: Any, **__: Any) -> Any:
            return plain(mean) + plain(std) * draws.normal(result.shape)

        def whole(result: Any, *args: Any, **kwargs: Any) -> Any:
            ends = [one for one in args if isinstance(one, int)][:2]
            high = kwargs.get("high", ends[-1] if ends else 2)
            low = kwargs.get("low", ends[0] if len(ends) > 1 else 0)
            return np.floor(low + (high - low) * draws.uniform(result.shape)).astype(np.int64)

        def coin(result: Any, chance: Any, *_: Any, **__: Any) -> Any:
            return draws.uniform(result.shape) < plain(chance)

        def coin_in_place(result: Any, _: Any, p: Any = 0.5, **__: Any) -> Any:
            return draws.uniform(result.shape) < plain(p)

        def pick(result: Any, weights: Any, count: int = 1, *_: Any, **kwargs: Any) -> Any:
            count = kwargs.get("num_samples", count)
            again = kwargs.get("replacement", bool(_ and _[0]))
            return self.picked(plain(weights), count, again)

        for owner in (library, library.Tensor):
            self.overwritten(owner, "bernoulli", coin)
            self.overwritten(owner, "multinomial", pick)
        self.overwritten(library, "rand", uniform)
        self.overwritten(library, "rand_like", uniform)
        self.overwritten(library, "randn", normal)
        self.overwritten(library, "randn_like", normal)
        self.overwritten(library, "normal", normal_of)
        self.overwritten(library, "randint", whole)
        self.overwritten(
            library, "randint_like", lambda result, like, *ends, **k: whole(result, *ends, **k)
        )
        self.overwritten(library, "randperm", lambda result, n, **__: draws.order(n))
        self.overwritten(library.Tensor, "bernoulli_", coin_in_place)
        for owner in (library.Tensor, self.layers.init):
            self.overwritten(owner, "uniform_", self.uniform_between)
            self.overwritten(owner, "normal_", self.normal_around)
        self.overwritten(
            library.Tensor,
            "exponential_",
            lambda result, _, lambd=1.0, **__: -np.log1p(-draws.uniform(result.shape)) / lambd,
        )
        self.overwritten(library.Tensor, "random_", lambda r, _, *ends, **k: whole(r, *ends, **k))

    def picked(self, weights: np.ndarray, count: int, again: bool) -> np.ndarray:
        rows = weights.reshape(-1, weights.shape[-1])
        if again:
            ends = np.cumsum(rows / rows.sum(1, keepdims=True), 1)
            found = self.draws.uniform([len(rows), count])
            chosen = np.array(
                [np.searchsorted(one[:-1], u) for one, u in zip(ends, found, strict=True)]
            )
        else:
            with np.errstate(divide="ignore"):
                late = -np.log(self.draws.uniform(rows.shape)) / rows
            chosen = np.argsort(late, 1)[:, :count]
        return chosen.reshape(*weights.shape[:-1], count)

    def uniform_between(self, result: Any, _: Any, a: float = 0.0, b: float = 1.0, **k: Any) -> Any:
        a, b = k.get("from", a), k.get("to", b)
        return a + (b - a) * self.draws.uniform(result.shape)

    def normal_around(
        self, result: Any, _: Any, mean: float = 0.0, std: float = 1.0, **__: Any
    ) -> Any:
        return mean + std * self.draws.normal(result.shape)

    def share_initial_weights(self) -> None:
        def weights(result: Any, *_: Any, **__: Any) -> Any:
            spread = 0.5 / math.sqrt(max(1, math.prod(result.shape[1:])))
            return spread * self.draws.normal(result.shape)

        for name in (
            "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
            "orthogonal_", "sparse_", "trunc_normal_", "xavier_uniform", "xavier_normal",
            "kaiming_uniform", "kaiming_normal", "orthogonal", "normal", "uniform",
        ):  # fmt: skip
            self.overwritten(self.layers.init, name, weights)

    def share_dropout(self) -> None:
        functional = self.layers.functional

        def dropout(channels: bool) -> Callable[..., Any]:
            def function(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False):
                if not training or p == 0.0:
                    return input
                shape = [*input.shape[:2], *[1] * (input.ndim - 2)] if channels else input.shape
                kept = self.tensor(self.draws.uniform(shape) >= p, input) / (1 - p)
                return input.mul_(kept) if inplace else input * kept

            return function

        for name, class_name in (
            ("dropout", "Dropout"), ("dropout1d", "Dropout1d"), ("dropout2d", "Dropout2d"),
            ("dropout3d", "Dropout3d"),
        ):  # fmt: skip
            function = dropout(name != "dropout")
            self.instead(functional, name, function)
            self.instead(self.library, name, function)
            self.instead(
                getattr(self.layers, class_name),
                "forward",
                lambda layer, input, f=function: f(input, layer.p, layer.training, layer.inplace),
            )

        def gumbel_softmax(
            logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
        ) -> Any:
            noise = self.tensor(-np.log(-np.log(self.draws.uniform(logits.shape))), logits)
            soft = ((logits + noise) / tau).softmax(dim)
            if not hard:
                return soft
            one = self.library.zeros_like(logits).scatter_(dim, soft.argmax(dim, keepdim=True), 1.0)
            return one - soft.detach() + soft

        self.instead(functional, "gumbel_softmax", gumbel_softmax)

    def share_orders(self) -> None:
        draws = self.draws

        def shuffled(sampler: Any) -> Iterator[int]:
            count = len(sampler.data_source)
            if sampler.replacement:
                return (int(one) for one in forever(lambda: draws.uniform([32]) * count))
            return iter(draws.order(count).tolist())

        def forever(more: Callable[[], np.ndarray]) -> Iterator[float]:
            while True:
                yield from more()

        def weighted(sampler: Any) -> Iterator[int]:
            return iter(
                self.picked(
                    plain(sampler.weights), sampler.num_samples, sampler.replacement
                ).tolist()
            )

        def subset(sampler: Any) -> Iterator[int]:
            return iter([sampler.indices[one] for one in draws.order(len(sampler.indices))])

        def replaced(name: str, iterate: Callable[[Any], Iterator[int]]) -> None:
            kind = getattr(self.data, name)

            def limited(sampler: Any) -> Iterator[int]:
                for count, one in enumerate(iterate(sampler)):
                    if count == len(sampler):
                        return
                    yield one

            self.put(kind, "__iter__", limited)
            if hasattr(kind, "order"):
                self.put(kind, "order", lambda s: np.array(list(limited(s)), dtype=np.int64))

        replaced("RandomSampler", shuffled)
        replaced("WeightedRandomSampler", weighted)
        replaced("SubsetRandomSampler", subset)
        self.put_split()

    def put_split(self) -> None:
        subset = self.data.Subset

        def random_split(dataset: Any, lengths: Sequence[Any], generator: Any = None) -> list[Any]:
            count = len(dataset)
            if isinstance(lengths[0], float):
                lengths = [math.floor(count * one) for one in lengths]
                for number in range(count - sum(lengths)):
                    lengths[number % len(lengths)] += 1
            order, ends = self.draws.order(count).tolist(), np.cumsum([0, *lengths])
            return [subset(dataset, order[a:b]) for a, b in itertools.pairwise(ends)]

        self.put(self.data, "random_split", random_split)

    def share_distributions(self) -> None:
        kinds = getattr(self.library, "distributions", None)
        if kinds is None:
            return
        draws = self.draws

        def shape_of(one: Any, sample_shape: Any) -> Any:
            return [*sample_shape, *one.batch_shape, *one.event_shape]

        def replaced(kind: Any, value: Callable[[Any, Any], Any], rsample: bool = True) -> None:
            def sample(one: Any, sample_shape: Any = ()) -> Any:
                with self.library.no_grad():
                    return value(one, shape_of(one, sample_shape))

            def differentiable(one: Any, sample_shape: Any = ()) -> Any:
                return value(one, shape_of(one, sample_shape))

            self.put(kind, "sample", sample)
            if rsample:
                self.put(kind, "rsample", differentiable)

        replaced(
            kinds.Normal, lambda one, s: one.loc + one.scale * self.tensor(draws.normal(s), one.loc)
        )
        replaced(
            kinds.Uniform,
            lambda one, s: one.low + (one.high - one.low) * self.tensor(draws.uniform(s), one.low),
        )
        replaced(
            kinds.Bernoulli,
            lambda one, s: self.tensor(draws.uniform(s) < plain(one.probs), one.probs),
            rsample=False,
        )
        replaced(
            kinds.Categorical,
            lambda one, s: self.library.from_numpy(
                self.picked(np.broadcast_to(plain(one.probs), (*s, one.probs.shape[-1])), 1, True)[
                    ..., 0
                ].astype(np.int64)
            ),
            rsample=False,
        )

    # -- what is noted -----------------------------------------------------------------------------

    def note(self) -> None:
        backward, begin = self.library.Tensor.backward, self.library.optim.Optimizer.__init__

        def noted_backward(tensor: Any, *args: Any, **kwargs: Any) -> Any:
            if self._noting:  # PyTorch calls it a second time where a default device is set
                return backward(tensor, *args, **kwargs)
            self.losses.append(float(plain(tensor).sum()))
            self._noting = True
            try:
                return backward(tensor, *args, **kwargs)
            finally:
                self._noting = False

        def noted_begin(optimizer: Any, *args: Any, **kwargs: Any) -> Any:
            self.optimizers.append(optimizer)
            return begin(optimizer, *args, **kwargs)

        self.put(self.library.Tensor, "backward", noted_backward)
        self.put(self.library.optim.Optimizer, "__init__", noted_begin)


def scripts() -> list[str]:
    """The names of the programs, in order."""
    return sorted(one.stem for one in PROGRAMS.glob("*.py") if not one.stem.startswith("test_"))


def plain(value: Any) -> Any:
    """The numbers of a Tensor of either library."""
    return value.detach().numpy() if hasattr(value, "detach") else value


def run(path: Path, library: ModuleType, *, float64: bool = True) -> Outcome:
    """Runs the script at ``path`` in an empty folder, with ``torch`` or with ``autotensor``."""
    source = path.read_text(encoding="utf-8")
    if float64:
        source = with_float64(source)
    if library is at:
        source = with_our_imports(source)
        layers, data = nn, __import__("nn.data").data
    else:
        layers, data = library.nn, library.utils.data
        __import__("torch.distributions")
        # PyTorch's own database of operators, where a test has loaded it, forbids to set flags.
        flags = library.backends.flags_frozen.__globals__
        flags["__allow_nonbracketed_mutation_flag"] = True
    shared = Shared(library, layers, data)
    random.seed(0)
    np.random.seed(0)
    dtype, argv, folder = library.get_default_dtype(), sys.argv, os.getcwd()
    printed = io.StringIO()
    library.set_default_dtype(library.float64 if float64 else library.float32)
    sys.argv = [path.name]
    try:
        shared.share()
        with tempfile.TemporaryDirectory() as empty, contextlib.redirect_stdout(printed):
            os.chdir(empty)
            try:
                script = compile(source, f"{path.name} with {library.__name__}", "exec")
                exec(script, SimpleNamespace(__name__="__main__", __file__=str(path)).__dict__)
            finally:
                os.chdir(folder)
        parameters = [
            plain(one).copy()
            for optimizer in shared.optimizers
            for group in optimizer.param_groups
            for one in group["params"]
            if one.grad is None or np.abs(plain(one.grad)).max(initial=0) > 1e-12
        ]
    finally:
        shared.undo()
        sys.argv = argv
        library.set_default_dtype(dtype)
        library.set_default_device(None)
    return Outcome(shared.losses, printed.getvalue(), parameters)


def assert_close(found: Any, expected: Any, what: str, tolerance: float = 1e-9) -> None:
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance, err_msg=what)


def assert_agree(ours: Outcome, theirs: Outcome, tolerance: float = 1e-9) -> None:
    """Losses and parameters are the same, and so is what was printed, up to its last digit."""
    assert_close(ours.losses, theirs.losses, "losses", tolerance)
    for number, pair in enumerate(zip(ours.parameters, theirs.parameters, strict=True)):
        assert_close(*pair, f"parameter {number}", tolerance)
    mine, other = (NUMBER.sub("#", one.printed).splitlines() for one in (ours, theirs))
    for line, expected in itertools.zip_longest(mine, other):
        assert line == expected, f"printed {line!r}, not {expected!r}"
    pairs = zip(NUMBER.findall(ours.printed), NUMBER.findall(theirs.printed), strict=True)
    for mine, other in pairs:
        decimals = len(re.sub(r"[eE].*", "", other).split(".")[1])
        scale = 10.0 ** int(re.search(r"[eE](.*)", other)[1]) if re.search(r"[eE]", other) else 1.0
        limit = 1.01 * 10.0**-decimals * scale + tolerance * (1 + abs(float(other)))
        assert abs(float(mine) - float(other)) <= limit, f"printed {mine}, not {other}"


def pytorch() -> ModuleType:
    import torch

    torch.set_num_threads(1)
    return torch


def write_golden() -> None:
    """Writes PyTorch's losses of every program that ``golden.json`` names."""
    torch = pytorch()
    names = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = {name: run(PROGRAMS / f"{name}.py", torch).losses for name in names}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    GOLDEN.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def compare(paths: Sequence[str]) -> int:
    """Says of each script whether it runs and agrees; the number of those that do not."""
    torch, failed = pytorch(), 0
    for path in map(Path, paths):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = run(path.resolve(), torch)
            except Exception as error:
                print(f"{path.stem}: PyTorch raises {error!r}")
                continue
            try:
                assert_agree(run(path.resolve(), at), theirs)
            except Exception as error:
                failed += 1
                print(f"{path.stem}: {type(error).__name__}: {error}")
            else:
                print(f"{path.stem}: agrees, {len(theirs.losses)} losses")
    return failed


if __name__ == "__main__":
    if sys.argv[1:] == ["golden"]:
        write_golden()
    else:
        sys.exit(compare(sys.argv[1:]) > 0)
