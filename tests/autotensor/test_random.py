"""Random Tensors: distributions, dtypes, refusals, repeatability."""

from __future__ import annotations

import contextlib
import copy
import io
import math
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor.distributions import Binomial, Uniform
from tests.helpers import REFUSALS, attempt

COUNT = 40_000

#: What is filled in, its mean, and its median.
FILLS: dict[str, tuple[Callable[[at.Tensor], at.Tensor], float | None, float]] = {
    "uniform_": (lambda x: x.uniform_(-1, 3), 1, 1),
    "normal_": (lambda x: x.normal_(2, 0.5), 2, 2),
    "log_normal_": (lambda x: x.log_normal_(0.3, 0.5), math.exp(0.3 + 0.125), math.exp(0.3)),
    "exponential_": (lambda x: x.exponential_(2), 0.5, math.log(2) / 2),
    "cauchy_": (lambda x: x.cauchy_(1, 0.5), None, 1),
    "geometric_": (lambda x: x.geometric_(0.4), 2.5, 2),
    "bernoulli_": (lambda x: x.bernoulli_(0.3), 0.3, 0),
    "bernoulli_ of a Tensor": (lambda x: x.bernoulli_(at.tensor(0.7)), 0.7, 1),
    "random_": (lambda x: x.random_(2, 5), 3, 3),
    "random_ below": (lambda x: x.random_(5), 2, 2),
}


@pytest.mark.parametrize("name", FILLS)
def test_distributions(name: str) -> None:
    fill, mean, median = FILLS[name]
    at.manual_seed(1)
    x = at.ones(200, 200)
    assert fill(x) is x
    assert x._version == 1
    assert x.dtype == at.float32
    drawn = x.numpy().astype(np.float64)
    if mean is not None:
        assert drawn.mean() == pytest.approx(mean, abs=5 * drawn.std() / math.sqrt(COUNT))
    assert np.median(drawn) == pytest.approx(median, abs=0.05)
    at.manual_seed(1)
    assert fill(at.ones(200, 200)).tolist() == x.tolist()
    half = at.ones(3, 4, dtype=at.float16).t()
    assert fill(half).dtype == at.float16


@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 3), (1000, 1001), (-1001.0, -1000.0)])
def test_uniform_values_stay_below_their_bound(dtype: Any, low: float, high: float) -> None:
    at.manual_seed(0)
    drawn = {
        "uniform_": at.empty(10**5, dtype=dtype).uniform_(low, high),
        "nn.init": nn.init.uniform_(at.empty(10**5, dtype=dtype), low, high),
        "Uniform": Uniform(at.tensor(low, dtype=dtype), at.tensor(high, dtype=dtype)).sample(
            (10**5,)
        ),
    }
    if (low, high) == (0, 1):
        drawn |= {"rand": at.rand(10**5, dtype=dtype), "like": at.rand_like(drawn["uniform_"])}
    # The largest there is below, which so many of the coarse dtypes' come up to.
    last = np.nextafter(dtype.type(high), dtype.type(low))
    for name, values in drawn.items():
        assert low <= values.min().item(), name
        assert values.max().item() <= last < high, name
        if dtype == at.float16:
            assert values.max().item() == last, name


def test_a_uniform_value_that_is_legal_is_what_was_drawn() -> None:
    plain = np.random.Generator(np.random.PCG64(3)).random(1000, np.float32)
    given = at.empty(1000).uniform_(-2, 5, generator=at.Generator().manual_seed(3))
    assert np.array_equal(given.numpy(), plain * 7 - 2)


def test_a_sample_of_uniform_is_differentiated_by_its_bounds() -> None:
    low, high = (at.tensor(x, dtype=at.float64, requires_grad=True) for x in (1000.0, 1001.0))
    sample = Uniform(low, high).rsample((5,))
    (by_high,) = at.autograd.grad(sample.sum(), high)
    assert by_high.item() == pytest.approx((sample.detach() - 1000).sum().item(), abs=1e-9)


def test_exponential_values_are_never_zero() -> None:
    at.manual_seed(0)
    waits = at.empty(10**5, dtype=at.float16).exponential_(1000)
    assert waits.min().item() == 2**-24  # many are below half of that
    assert waits.log().isfinite().all()


def test_integers_of_every_dtype() -> None:
    for dtype in (at.uint8, at.int8, at.int16, at.int32, at.int64, at.bool):
        drawn = at.zeros(COUNT, dtype=dtype).random_()
        assert drawn.dtype == dtype
        assert drawn.min().item() >= 0
        if dtype.itemsize == 1:
            assert drawn.max().item() == (1 if dtype == at.bool else np.iinfo(dtype).max)
    assert at.zeros(COUNT, dtype=at.float16).random_().max().item() <= 2**11
    assert at.zeros(9, dtype=at.int32).geometric_(0.5).min().item() >= 1
    assert set(at.zeros(99, dtype=at.int8).bernoulli_().tolist()) == {0, 1}


def test_filling_and_the_graph() -> None:
    x = at.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="uniform_: a leaf Tensor"):
        x.uniform_()
    with at.no_grad():
        x.normal_()
    y = x * 2
    y[:2].normal_()
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 2]


def test_bernoulli_and_poisson() -> None:
    at.manual_seed(0)
    chances = at.tensor([0.0, 0.25, 1.0], dtype=at.float64).expand(COUNT, 3)
    drawn = at.bernoulli(chances)
    assert drawn.dtype == at.float64
    np.testing.assert_allclose(drawn.mean(0).numpy(), [0, 0.25, 1], atol=0.012)
    assert at.ones(COUNT, dtype=at.int64).bernoulli(0.5).double().mean().item() == pytest.approx(
        0.5, abs=0.02
    )
    rates = at.tensor([0.0, 0.5, 30.0]).expand(COUNT, 3)
    counts = at.poisson(rates)
    assert counts.dtype == at.float32
    np.testing.assert_allclose(counts.mean(0).numpy(), [0, 0.5, 30], atol=0.15)
    np.testing.assert_allclose(counts.var(0).numpy(), [0, 0.5, 30], atol=1.2)


@pytest.mark.parametrize("replacement", [False, True])
def test_multinomial(replacement: bool) -> None:
    at.manual_seed(0)
    weights = at.tensor([[1.0, 0.0, 3.0, 4.0], [2.0, 2.0, 2.0, 0.0]], dtype=at.float64)
    drawn = weights[:, None].expand(2, COUNT, 4).reshape(-1, 4).multinomial(3, replacement)
    assert drawn.shape == (2 * COUNT, 3)
    assert drawn.dtype == at.int64
    first = drawn[:, 0].reshape(2, COUNT).numpy()
    shares = np.stack([np.bincount(row, minlength=4) / COUNT for row in first])
    np.testing.assert_allclose(shares, [[0.125, 0, 0.375, 0.5], [1 / 3] * 3 + [0]], atol=0.012)
    different = {len(set(row)) for row in drawn.tolist()}
    assert different == ({1, 2, 3} if replacement else {3})
    if not replacement:
        # The second, given that the first was 3: of the rest in proportion.
        second = drawn[:COUNT, 1].numpy()[first[0] == 3]
        shares = np.bincount(second, minlength=4) / len(second)
        np.testing.assert_allclose(shares, [0.25, 0, 0.75, 0], atol=0.015)
    assert at.tensor([0.0, 1.0]).multinomial(1, replacement).tolist() == [1]


@pytest.mark.parametrize(
    ("dtype", "most"),
    [("uint8", 255), ("int8", 127), ("int16", 2**15 - 1), ("int64", 2**63 - 1), ("bool", 1),
     ("float16", 2**11), ("float32", 2**24), ("float64", 2**53)],
)  # fmt: skip
def test_integers_from_a_number_on(dtype: str, most: int) -> None:
    start = 1 if dtype == "bool" else 100
    for arguments, by_name in (((start, None), {}), ((), {"from": start, "to": None})):
        values = at.empty(5000, dtype=getattr(at, dtype)).random_(*arguments, **by_name)
        lowest, highest = values.min().item(), values.max().item()
        assert start <= lowest <= start + (most - start) / 10
        assert most - (most - start) / 10 <= highest <= most
    below = at.empty(5000, dtype=getattr(at, dtype)).random_(start)
    assert below.max() < start
    assert (at.empty(5).uniform_(**{"from": 3, "to": 4}) >= 3).all()


def test_normal_values_are_in_the_dtype_of_their_means() -> None:
    kinds = (at.float16, at.float32, at.float64)
    for one in kinds:
        for other in kinds:
            mean, std = at.zeros(2, dtype=one), at.ones(2, dtype=other)
            assert at.normal(mean, std).dtype is one
            assert at.normal(mean[0], std).dtype is one
            assert at.normal(0.0, std).dtype is other
    with pytest.raises(TypeError, match="normal: std must be a number, got None"):
        at.normal(at.zeros(2), None)


@pytest.mark.parametrize(
    ("dtype", "most"),
    [("uint8", 256), ("int8", 128), ("int16", 2**15), ("float16", 2049), ("bool", 2)],
)
def test_a_permutation_has_no_number_twice(dtype: str, most: int) -> None:
    kind = getattr(at, dtype)
    assert at.randperm(most, dtype=kind).long().sort().values.tolist() == list(range(most))
    with pytest.raises(RuntimeError, match=f"randperm: dtype {dtype} holds {most} integers from"):
        at.randperm(most + 1, dtype=kind)


@pytest.mark.parametrize("dtype", [at.float16, at.float32, at.float64])
def test_uniform_values_further_apart_than_the_dtype_reaches_are_refused(dtype: at.dtype) -> None:
    most = at.finfo(dtype).max
    x = at.empty(100, dtype=dtype)
    assert x.uniform_(-most / 2, most / 2).isfinite().all()
    for low, high in ((0, math.inf), (-math.inf, 0), (-most, most), (-most / 2, most / 1.9)):
        with pytest.raises(RuntimeError, match=r"uniform_: from_, to and to - from_ must be"):
            x.uniform_(low, high)


def test_normal_of_tensors() -> None:
    at.manual_seed(0)
    mean = at.tensor([-1.0, 5.0], dtype=at.float64).expand(COUNT, 2)
    drawn = at.normal(mean, at.tensor([0.5, 2.0], dtype=at.float64))
    assert drawn.dtype == at.float64
    np.testing.assert_allclose(drawn.mean(0).numpy(), [-1, 5], atol=0.05)
    np.testing.assert_allclose(drawn.std(0).numpy(), [0.5, 2], atol=0.05)
    assert at.normal(at.zeros(3), 1).dtype == at.float32
    assert at.normal(0.0, at.ones(2, 3)).shape == (2, 3)
    assert at.normal(0.0, 1.0, (2,), dtype=at.float16, requires_grad=True).requires_grad


def test_states() -> None:
    at.manual_seed(5)
    state = at.get_rng_state()
    first = at.rand(3).tolist()
    at.set_rng_state(state)
    assert at.rand(3).tolist() == first
    assert at.seed() == at.default_generator.initial_seed()
    assert at.rand(3).tolist() != first


COPIES: dict[str, Callable[[Any, Any], Any]] = {
    "clone_state": lambda lib, one: one.clone_state(),
    "deepcopy": lambda lib, one: copy.deepcopy([one])[0],
    "copy": lambda lib, one: copy.copy(one),
    "pickle": lambda lib, one: pickle.loads(pickle.dumps(one)),
    "set_state": lambda lib, one: lib.Generator().set_state(one.get_state()),
    "a file": lambda lib, one: lib.Generator().set_state(_through_a_file(one.get_state())),
}


def _through_a_file(state: at.Tensor) -> at.Tensor:
    file = io.BytesIO()
    at.save({"random": state}, file)
    return at.load(io.BytesIO(file.getvalue()))["random"]


def _numbers(lib: Any, generator: Any) -> Any:
    """Of all widths: a draw of 32 bits leaves the other half for the next."""
    return [
        lib.rand(3, generator=generator).tolist(),
        lib.randint(0, 5, (3,), generator=generator).tolist(),
        lib.randn(1, generator=generator).tolist(),
    ]


@pytest.mark.parametrize("drawn", [0, 1, 3])
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_generator_goes_on_alone_with_the_same_numbers(how: str, drawn: int) -> None:
    first = at.Generator().manual_seed(-9)
    at.rand(drawn, generator=first)
    second = COPIES[how](at, first)
    assert second is not first
    assert second.initial_seed() == first.initial_seed() == 2**64 - 9
    numbers = [_numbers(at, first) for _ in range(3)]
    assert [_numbers(at, second) for _ in range(3)] == numbers
    rng = np.random.Generator(np.random.PCG64(2**64 - 9))
    rng.random(drawn, np.float32)
    assert numbers[0][0] == rng.random(3, np.float32).tolist()


def test_the_state_of_a_generator_that_was_never_seeded() -> None:
    first = at.Generator()
    second = pickle.loads(pickle.dumps(first))
    assert _numbers(at, first) == _numbers(at, second)
    assert at.Generator().initial_seed() != first.initial_seed()


def test_what_holds_the_numpy_generator_sees_a_new_state() -> None:
    generator = at.Generator().manual_seed(1)
    rng, state = generator.rng, generator.get_state()
    first = rng.random()
    generator.set_state(state)
    assert rng.random() == first
    assert rng is generator.rng


def test_a_state_is_refused_at_the_door() -> None:
    generator = at.Generator().manual_seed(1)
    state = generator.get_state()
    assert state.dtype == at.uint8
    assert state.shape == (48,)
    refused: list[tuple[type[Exception], Any]] = [
        (TypeError, {}), (TypeError, None), (TypeError, state.numpy()), (TypeError, state.float()),
        (RuntimeError, state[:10]), (RuntimeError, at.zeros(5056, dtype=at.uint8)),
        (RuntimeError, state.reshape(2, -1)), (RuntimeError, at.zeros(48, dtype=at.uint8)),
    ]  # fmt: skip
    for error, bad in refused:
        with pytest.raises(error, match="set_state: new_state"):
            generator.set_state(bad)
        with pytest.raises(error, match="set_state: new_state"):
            at.set_rng_state(bad)
    assert at.equal(generator.get_state(), state)


def test_fork_rng_leaves_the_default_generator_where_it_was() -> None:
    at.manual_seed(5)
    with at.random.fork_rng():
        at.manual_seed(7)
        inside = at.rand(3).tolist()
    outside = at.rand(3).tolist()
    assert at.initial_seed() == 5
    at.manual_seed(7)
    assert at.rand(3).tolist() == inside
    at.manual_seed(5)
    assert at.rand(3).tolist() == outside
    with contextlib.suppress(KeyError), at.random.fork_rng(devices=[]):
        at.rand(3)
        raise KeyError
    next_one = at.rand(3).tolist()
    at.manual_seed(5)
    at.rand(3)
    assert at.rand(3).tolist() == next_one


@pytest.mark.parametrize("how", [one for one in COPIES if one != "a file"])
def test_copies_as_in_pytorch(how: str, torch: Any) -> None:
    first = torch.Generator().manual_seed(9)
    torch.rand(3, generator=first)
    second = COPIES[how](torch, first)
    assert _numbers(torch, first) == _numbers(torch, second)
    assert first.get_state().dtype == torch.uint8


REFUSED: dict[str, Callable[[Any], Any]] = {
    "uniform_ bounds": lambda lib: lib.ones(2).uniform_(2, 1),
    "uniform_ of ints": lambda lib: lib.ones(2, dtype=lib.int64).uniform_(),
    "normal_": lambda lib: lib.ones(2).normal_(0, -1),
    "normal_ of ints": lambda lib: lib.ones(2, dtype=lib.int64).normal_(),
    "log_normal_": lambda lib: lib.ones(2).log_normal_(0, 0),
    "exponential_": lambda lib: lib.ones(2).exponential_(0),
    "cauchy_": lambda lib: lib.ones(2).cauchy_(0, 0),
    "geometric_": lambda lib: lib.ones(2).geometric_(1),
    "random_ of nothing": lambda lib: lib.ones(2).random_(3, 3),
    "random_ too large": lambda lib: lib.ones(2, dtype=lib.int8).random_(0, 1000),
    "bernoulli_": lambda lib: lib.ones(2).bernoulli_(1.5),
    "bernoulli": lambda lib: lib.bernoulli(lib.tensor([2.0])),
    "bernoulli of NaN": lambda lib: lib.bernoulli(lib.tensor([float("nan")])),
    "bernoulli of ints": lambda lib: lib.bernoulli(lib.tensor([1])),
    "poisson": lambda lib: lib.poisson(lib.tensor([-1.0])),
    "poisson of ints": lambda lib: lib.poisson(lib.tensor([1])),
    "multinomial of nothing": lambda lib: lib.multinomial(lib.zeros(2), 1),
    "multinomial negative": lambda lib: lib.multinomial(lib.tensor([1.0, -1.0]), 1),
    "multinomial too many": lambda lib: lib.multinomial(lib.ones(2), 3),
    "multinomial of a stack": lambda lib: lib.multinomial(lib.ones(2, 2, 2), 1),
    "multinomial of ints": lambda lib: lib.multinomial(lib.tensor([1, 2]), 1),
    "multinomial 0": lambda lib: lib.multinomial(lib.ones(2), 0),
    "normal std": lambda lib: lib.normal(0.0, lib.tensor([-1.0])),
    "normal shapes": lambda lib: lib.normal(lib.zeros(2), lib.ones(3)),
    "normal of ints": lambda lib: lib.normal(lib.tensor([1]), 1.0),
    "normal of numbers": lambda lib: lib.normal(0.0, 1.0),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_as_in_torch(torch: ModuleType, name: str) -> None:
    _, refused = attempt(lambda: REFUSED[name](torch))
    assert refused is not None
    made, error = attempt(lambda: REFUSED[name](at))
    assert isinstance(error, REFUSALS), made
    assert str(error).startswith(name.split()[0]), error


def test_randint_with_the_size_by_name(torch: ModuleType) -> None:
    for library in (at, torch):
        for call in (
            lambda lib: lib.randint(1, size=(3,)),
            lambda lib: lib.randint(0, 1, size=(3,)),
            lambda lib: lib.randint(high=1, size=(3,)),
            lambda lib: lib.randint_like(lib.ones(3), 1),
            lambda lib: lib.randint_like(lib.ones(3), high=1),
        ):
            assert call(library).tolist() == [0, 0, 0]


@pytest.mark.parametrize("kind", [at.float32, at.float64])
def test_counts_beyond_int64_are_refused(kind: at.dtype) -> None:
    for large in (1e20, 2.0**63, math.inf):
        numbers, half = at.tensor([1.0, large], dtype=kind), at.tensor(0.5, dtype=kind)
        with pytest.raises(RuntimeError, match=r"^poisson: rates must be below 9.22e\+18, .* got "):
            at.poisson(numbers)
        if large < math.inf:
            with pytest.raises(RuntimeError, match=r"^binomial: counts must be below 2⁶³"):
                at.binomial(numbers, half)
            with pytest.raises(RuntimeError, match="Binomial: counts must be below 2⁶³"):
                Binomial(numbers, half).sample()
    wide = at.tensor([9e18], dtype=kind)
    for drawn in (at.poisson(wide), 2 * at.binomial(wide, at.tensor([0.5], dtype=kind))):
        np.testing.assert_allclose(drawn.array, 9e18, rtol=1e-6)


def test_binomial() -> None:
    at.manual_seed(0)
    drawn = at.binomial(at.full((40_000, 2), 10.0), at.tensor([0.3, 1.0]))
    assert drawn.dtype == at.float32
    some, all_ = drawn.numpy().astype(np.float64).T
    assert (all_ == 10).all()
    assert some.mean() == pytest.approx(3, abs=5 * math.sqrt(2.1 / COUNT))
    assert some.var() == pytest.approx(2.1, abs=0.1)
    ten = at.tensor([10.0])
    refused = [(-ten, ten / 20), (ten / 3, ten / 20), (ten, ten)]
    for count, prob in refused:
        with pytest.raises(RuntimeError, match="binomial: "):
            at.binomial(count, prob)
    with pytest.raises(RuntimeError, match="do not broadcast"):
        at.binomial(at.ones(2), at.ones(3))


@pytest.mark.parametrize(
    "draw",
    [
        lambda p: at.normal(p, 1.0),
        lambda p: at.normal(1.0, p),
        lambda p: at.normal(p, at.ones(2, 1)),
        at.bernoulli,
        at.poisson,
    ],
)
def test_the_gradient_of_what_is_drawn_by_a_tensor_is_zero(
    draw: Callable[[at.Tensor], at.Tensor],
) -> None:
    p = at.tensor([0.5, 1.0, 0.0], requires_grad=True)
    drawn = draw(p)
    assert drawn.requires_grad
    drawn.sum().backward()
    assert p.grad is not None
    assert p.grad.tolist() == [0, 0, 0]
