"""Work shared among threads: all of it done, once, and with the same result."""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from time import perf_counter, thread_time

import numpy as np
import pytest

import autotensor as at
import nn
from autotensor.machine import threads, workers
from nn import optim


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Workers take what they are given, whatever else runs on this machine."""
    before = at.get_num_threads()
    monkeypatch.setattr(workers, "NOTICED", float("inf"))
    for worker in workers.workers.all:
        worker.rests_until = 0.0
    yield
    at.set_num_threads(before)


#: Work that threads share.
SHARED = threads.HEAVY + 1
HUGE = threads.HUGE + 1


@pytest.fixture(params=["heavy work", "all work"])
def _shared(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What threads share: what is worth it, or everything."""
    if request.param == "all work":
        for limit in ("ALONE", "ALONE_BY_VECTOR", "HEAVY", "HEAVY_PRODUCT"):
            monkeypatch.setattr(threads, limit, -1)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("length", [0, 1, 2, 3, 17])
def test_parts_cover_everything_once(count: int, length: int) -> None:
    at.set_num_threads(count)
    done = np.zeros(length, np.int64)

    def mark(start: int, stop: int) -> None:
        done[start:stop] += 1

    threads.in_parts(mark, length, SHARED)
    np.testing.assert_array_equal(done, 1)


def test_parts_run_in_several_threads_and_only_if_worth_it() -> None:
    at.set_num_threads(2)
    who: set[int] = set()
    both = threading.Barrier(2, timeout=10)

    def meet(start: int, stop: int) -> None:
        who.add(threading.get_ident())
        both.wait()

    threads.in_parts(meet, 2, SHARED)
    assert len(who) == 2
    alone: list[tuple[int, int]] = []
    threads.in_parts(lambda *part: alone.append(part), 2, threads.HEAVY - 1)
    assert alone == [(0, 2)]


@pytest.mark.parametrize("work", [0, threads.HEAVY, threads.HEAVY + 1, HUGE])
def test_the_parts_depend_on_the_work_alone(work: int) -> None:
    at.set_num_threads(2)
    seen: list[tuple[int, int]] = []
    threads.in_parts(lambda *part: seen.append(part), 80, work)
    if work <= threads.HEAVY:
        expected = [(0, 80)]
    elif work <= threads.HUGE:
        expected = [(0, 40), (40, 80)]
    else:  # who was held up finds the last quarter done
        expected = [(0, 30), (30, 60), (60, 70), (70, 80)]
    assert sorted(seen) == expected


@pytest.mark.parametrize(("work", "parts"), [(1.1, 2), (1.6, 3), (2.1, 4), (4.1, 8), (6, 8)])
def test_each_of_many_threads_has_enough_to_do(work: float, parts: int) -> None:
    """At least half of what pays for two."""
    at.set_num_threads(8)
    seen: list[tuple[int, int]] = []
    threads.in_parts(lambda *part: seen.append(part), 48, int(work * threads.HEAVY))
    assert len(seen) == parts
    rows = np.ones((int(100 * work), 300), np.float32)
    columns = np.ones((300, threads.HEAVY_PRODUCT // (100 * 300)), np.float32)
    assert (threads.product(rows, columns) == 300).all()


def test_infinity_and_nan_in_any_thread_are_silent() -> None:
    at.set_num_threads(2)
    x = at.full((1 << 18,), float("inf"))
    assert at.isnan((x.tanh() * 0 + x) - x).all()
    model = nn.Conv2d(4, 16, 5)
    model(at.full((16, 4, 28, 28), float("inf"))).sum().backward()


def test_a_caller_does_by_itself_what_no_worker_comes_for() -> None:
    at.set_num_threads(2)
    busy, enough = threading.Barrier(3, timeout=10), threading.Event()

    def hold(start: int, stop: int) -> None:
        busy.wait()
        enough.wait(10)

    other = threading.Thread(target=threads.in_parts, args=(hold, 2, SHARED))
    other.start()
    busy.wait()  # both the other caller and the only worker are held
    try:
        who: list[int] = []
        threads.in_parts(lambda start, stop: who.append(threading.get_ident()), 2, SHARED)
        assert who == [threading.get_ident()] * 2
    finally:
        enough.set()
        other.join()


def test_a_worker_that_rests_is_left_out_of_all_but_huge_work() -> None:
    at.set_num_threads(2)
    both = threading.Barrier(2, timeout=10)

    def meet(start: int, stop: int) -> None:
        both.wait()

    threads.in_parts(meet, 2, SHARED)  # there is a worker now
    for worker in workers.workers.all:
        worker.rests_until = perf_counter() + 60
    who: dict[tuple[int, int], int] = {}

    def note(start: int, stop: int) -> None:
        who[start, stop] = threading.get_ident()
        threading.Event().wait(0.05)  # whoever else was given it comes

    threads.in_parts(note, 80, SHARED)
    assert who == dict.fromkeys([(0, 40), (40, 80)], threading.get_ident())  # the parts stay
    both = threading.Barrier(2, timeout=10)
    threads.in_parts(lambda start, stop: meet(start, stop) if start < 2 else None, 4, HUGE)


@pytest.mark.parametrize(("waited", "want_it"), [(0, False), (19, False), (21, True), (100, True)])
def test_others_want_a_processor_for_which_one_waits(
    waited: int, want_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([(500, 300), (600 - waited, 300 + waited), (700 - waited, 300 + waited)])
    monkeypatch.setattr(workers, "ran_and_waited", lambda: next(times))
    monkeypatch.setattr(workers, "NOTICED", 0.0)
    neighbours = workers.Neighbours()
    assert neighbours.want_it() is want_it
    assert not neighbours.want_it()  # in the time since then nobody did
    monkeypatch.setattr(workers, "NOTICED", 60.0)
    assert not neighbours.want_it()  # and the system is not asked


def test_where_the_system_does_not_tell_workers_wait_asleep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "ran_and_waited", lambda: None)
    monkeypatch.setattr(workers, "NOTICED", 0.0)
    assert not workers.Neighbours().want_it()
    looked: list[workers.Signal] = []
    monkeypatch.setattr(workers.Signal, "look", looked.append)
    worker, done = workers.Worker(), threading.Event()
    worker.offer(workers.Work(lambda start, stop: done.set(), [0, 1]))
    assert done.wait(10)
    assert worker.signal not in looked


@pytest.mark.skipif(workers.ran_and_waited() is None, reason="only Linux tells how a thread fared")
def test_the_system_tells_how_long_a_thread_ran() -> None:
    before = workers.ran_and_waited()
    end = thread_time() + 0.02
    while thread_time() < end:
        pass
    after = workers.ran_and_waited()
    assert before is not None
    assert after is not None
    assert after[0] - before[0] > 0.015e9
    assert after[1] >= before[1]


def test_a_signal_ends_a_look_and_nobody_looks_for_ever() -> None:
    def seconds_of_a_look() -> float:
        begun = thread_time()  # not of the clock: others may have the processor
        signal.look()
        return thread_time() - begun

    signal = workers.Signal()
    unnoticed = seconds_of_a_look()  # ends, although nobody gives the signal
    signal.give()
    assert seconds_of_a_look() < unnoticed / 4
    signal.clear()
    assert seconds_of_a_look() > unnoticed / 4
    began, lasted = threading.Event(), []

    def look() -> None:
        began.set()
        while sum(lasted) < 60 and (not lasted or lasted[-1] > unnoticed / 4):
            lasted.append(seconds_of_a_look())

    other = threading.Thread(target=look)
    other.start()
    began.wait()
    signal.give()
    other.join()
    assert sum(lasted) < 60


# Nothing is kept apart where the system does not tell where a thread runs (only Linux does), or
# where there is no second processor to go to; the engine then leaves threads alone.
@pytest.mark.skipif(
    workers.number_of_processor is None, reason="only Linux tells where a thread runs"
)
def test_workers_stay_off_the_processor_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        pytest.skip("one processor: there is no other to keep workers on")
    at.set_num_threads(3)
    for here in (*allowed[:2], allowed[0]):
        monkeypatch.setattr(workers, "number_of_processor", lambda here=here: here)
        threads.in_parts(lambda start, stop: None, 3, SHARED)
        for worker in workers.workers.all:
            assert worker.thread.native_id is not None
            assert os.sched_getaffinity(worker.thread.native_id) == set(allowed) - {here}
    assert sorted(os.sched_getaffinity(0)) == allowed


def test_an_error_in_any_part_reaches_the_caller() -> None:
    at.set_num_threads(2)
    for broken in (0, 1):

        def fail(start: int, stop: int, broken: int = broken) -> None:
            if start == broken:
                raise ValueError(f"part {broken}")

        with pytest.raises(ValueError, match=f"part {broken}"):
            threads.in_parts(fail, 2, SHARED)


def test_blas_gets_its_threads_back(monkeypatch: pytest.MonkeyPatch) -> None:
    if threads._blas.get is None:
        pytest.skip("NumPy's BLAS here is not OpenBLAS")
    at.set_num_threads(2)
    seen = []
    threads.in_parts(lambda start, stop: seen.append(threads._blas.get()), 2, SHARED)
    monkeypatch.setattr(np, "matmul", lambda *arrays, **out: seen.append(threads._blas.get()))
    for m, k, n in [(150, 150, 150), (1, 680, 681), (681, 680, 1)]:
        # Too small to be shared, large enough for BLAS to wake its threads.
        threads.product(np.ones((1, m, k), np.float32), np.ones((1, k, n), np.float32))
    assert seen == [1] * 5
    # Large enough to be shared, by our threads: one of BLAS's that comes late holds up the other.
    threads.product(np.ones((1, 1, 2000)), np.ones((1, 2000, 2000)))
    assert seen[5:] == [1, 1]

    class Noting(np.ndarray):
        def dot(self, other: np.ndarray) -> None:
            seen.append(threads._blas.get())

    for size in (100, 20_000, 1 << 21):
        threads.inner(np.ones(size).view(Noting), np.ones(size))
    assert seen[7:] == [2, 1, 1]
    assert threads._blas.get() == at.get_num_threads() == 2


@pytest.mark.parametrize("count", [0, -1, 1.5, True, None])
def test_a_wrong_number_of_threads_is_refused(count: object) -> None:
    with pytest.raises(ValueError, match="set_num_threads: expected a positive int"):
        at.set_num_threads(count)  # type: ignore[arg-type]


def ends_well_in_a_forked_child(work: Callable[[], object]) -> bool:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    for _ in range(1000):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status == 0
        threading.Event().wait(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return False


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


@forks
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_starts_workers_of_its_own() -> None:
    at.set_num_threads(2)
    threads.in_parts(lambda start, stop: None, 2, SHARED)
    assert ends_well_in_a_forked_child(
        lambda: threads.in_parts(lambda start, stop: None, 2, SHARED)
    )


@forks
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_draws_and_goes_backward_whatever_other_threads_held() -> None:
    at.manual_seed(5)
    at.rand(1)
    other = at.Generator().manual_seed(3)
    other.rng.random()
    place, other_place = at.get_rng_state(), other.get_state()
    expected, other_expected = at.rand(3), at.rand(3, generator=other)
    at.set_rng_state(place)
    other.set_state(other_place)
    leaf = at.ones(3, requires_grad=True)
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with (
            at.default_generator.rng.bit_generator.lock,
            other.rng.bit_generator.lock,
            threads.one_at_a_time[0],
        ):
            held.set()
            enough.wait(30)

    def child() -> None:
        assert at.rand(3).equal(expected)
        assert at.rand(3, generator=other).equal(other_expected)
        (leaf * 2).sum().backward()
        assert leaf.grad is not None

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        assert ends_well_in_a_forked_child(child)
    finally:
        enough.set()
        thread.join()


@pytest.mark.parametrize("shared", [False, True])
def test_no_gradient_is_lost_when_threads_come_to_the_same_leaf(shared: bool) -> None:
    leaf = at.ones(100_000, requires_grad=True)
    root = leaf * 1.0
    root.retain_grad()
    together = threading.Barrier(4, timeout=30)

    def work() -> None:
        together.wait()
        for _ in range(50):
            ((root if shared else leaf) * 2.0).sum().backward(retain_graph=shared)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for round in range(1, 4):
            workers = [threading.Thread(target=work) for _ in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            for tensor in (leaf, root)[: 1 + shared]:
                assert tensor.grad is not None
                assert (tensor.grad == 400 * round).all()
    finally:
        sys.setswitchinterval(before)


@pytest.mark.parametrize("shape", [(10,), (3, 5), (1, 9), (2, 1, 30)])
def test_pieces_cover_everything_once(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "BLOCK", 4)
    for order, other in itertools.product("CF", repeat=2):
        a, b = np.zeros(shape, order=order), np.zeros(shape, order=other)
        b[...] = np.arange(b.size).reshape(shape)

        def add(x: np.ndarray, y: np.ndarray) -> None:
            x += y

        threads.in_blocks(add, a, b)
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("axes", list(itertools.permutations(range(3))))
def test_equal_layouts_become_one_long_row(
    axes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "BLOCK", 7)
    at.set_num_threads(1)
    lengths: list[tuple[int, ...]] = []
    a, b = (np.zeros((2, 3, 5)).transpose(axes) for _ in range(2))
    threads.in_blocks(lambda x, y: lengths.append(x.shape), a, b)
    assert lengths == [(7,)] * 4 + [(2,)]


@pytest.mark.parametrize(("count", "longest"), [(1, 7), (2, 20)])
def test_pieces_are_longer_where_threads_share_them(
    count: int, longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, value in (("BLOCK", 7), ("SHARED_BLOCK", 20), ("HEAVY", -1), ("ALONE", -1)):
        monkeypatch.setattr(threads, limit, value)
    at.set_num_threads(count)
    lengths: list[int] = []
    threads.in_blocks(lambda x: lengths.append(len(x)), np.zeros(100))
    assert (max(lengths), sum(lengths)) == (longest, 100)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_functions_of_large_arrays_are_the_same_with_several_threads(
    name: str, dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "HEAVY", 0)
    draw = np.random.default_rng(0)
    array = draw.standard_normal(3 * threads.SHARED_BLOCK + 5).astype(dtype)
    array[::1000], array[1::1000] = np.nan, -0.0
    g = draw.standard_normal(array.shape).astype(dtype)
    found = []
    for count in (1, 2):
        at.set_num_threads(count)
        x = at.from_numpy(array).requires_grad_()
        y = getattr(at, name)(x)
        y.backward(at.from_numpy(g))
        assert x.grad is not None
        found.append((y.detach().numpy(), x.grad.numpy()))
    (alone, by_one), (shared, by_two) = found
    np.testing.assert_array_equal(alone, shared)
    np.testing.assert_array_equal(by_one, by_two)
    if name == "relu":
        np.testing.assert_array_equal(by_two, np.where(array > 0, g, 0))


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "sizes", [(1, 5, 9), (9, 5, 1), (4, 3, 4), (2, 1, 8), (3, 0, 2), (0, 2, 3)]
)
def test_a_product_in_parts(
    count: int, sizes: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("ALONE", "ALONE_BY_VECTOR", "HEAVY_PRODUCT"):
        monkeypatch.setattr(threads, limit, -1)
    at.set_num_threads(count)
    rows, inner, columns = sizes
    random = np.random.default_rng(0)
    for left, right in itertools.product([(), (5,), (1,), (4, 3), (2, 1)], [(), (5,), (3,)]):
        try:
            np.broadcast_shapes(left, right)
        except ValueError:
            continue
        a = random.standard_normal((*left, rows, inner))
        b = random.standard_normal((*right, columns, inner)).swapaxes(-1, -2)
        np.testing.assert_allclose(threads.product(a, b), a @ b, atol=1e-12)


@pytest.mark.parametrize("columns", [8, 9, 11, 30])
def test_a_product_in_slices(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in [("ALONE", 0), ("LINE", 2), ("UNPACKED", 65)]:
        monkeypatch.setattr(threads, name, value)
    at.set_num_threads(2)
    called = []
    by_slices = threads._by_slices
    monkeypatch.setattr(threads, "_by_slices", lambda a, b: called.append(1) or by_slices(a, b))
    random = np.random.default_rng(0)
    a, b = random.standard_normal((3, 5)), random.standard_normal((5, columns))
    np.testing.assert_allclose(threads.product(a, b), a @ b, atol=1e-12)
    assert called
    np.testing.assert_allclose(threads.product(a, b.astype(np.float32)), a @ b, atol=1e-5)


def train(count: int, steps: int = 3) -> list[np.ndarray]:
    """The parameters of a net of all kinds of layers after some steps with ``count`` threads."""
    at.set_num_threads(count)
    at.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 3, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 20, 3, stride=2), nn.Sigmoid(), nn.Flatten(), nn.Linear(180, 10),
    )  # fmt: skip
    optimizer = optim.Adam(model.parameters())
    images, labels = at.rand(64, 1, 28, 28), at.randint(0, 10, (64,))
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    return [parameter.detach().numpy().copy() for parameter in model.parameters()]


@pytest.mark.usefixtures("_shared")
def test_training_with_any_number_of_threads() -> None:
    one, again, two, three = train(1), train(1), train(2), train(3)
    for a, b, c, d in zip(one, again, two, three, strict=True):
        assert np.array_equal(a, b)
        np.testing.assert_allclose(a, c, atol=2e-4)  # Adam: a step is about lr whatever the size
        np.testing.assert_allclose(a, d, atol=2e-4)
    for a, b in zip(two, train(2), strict=True):
        assert np.array_equal(a, b)


@pytest.mark.usefixtures("_shared")
@pytest.mark.parametrize("count", [1, 2])  # more of BLAS's threads than cores take seconds
@pytest.mark.parametrize("stride", [1, 2])
def test_convolution_gives_the_same_bits_every_time(count: int, stride: int) -> None:
    at.set_num_threads(count)
    at.manual_seed(0)
    x, w = at.rand(32, 8, 28, 28, requires_grad=True), at.rand(16, 8, 5, 5, requires_grad=True)
    g = None
    first: list[np.ndarray] = []
    for _ in range(25):
        out = at.conv2d(x, w, stride=stride, padding=2)
        g = at.rand(*out.shape) if g is None else g
        found = [out.detach(), *at.grad(out, (x, w), g)]
        if not first:
            first = [one.numpy() for one in found]
        for one, expected in zip(found, first, strict=True):
            assert np.array_equal(one.numpy(), expected)
