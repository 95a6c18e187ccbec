"""Memory for time: what ``backward`` needs is computed again instead of kept.

The nodes that a checkpointed call records stay in the graph, but what they saved is taken away.
When ``backward`` comes to the first of them, the function runs once more, and each node gets back
the saved values of its twin, the node that was recorded in its place this time.

Chen et al., Training deep nets with sublinear memory cost, 2016.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import zip_longest
from typing import Any, TypeVar

from autotensor.engine.graph import Node
from autotensor.engine.modes import enable_grad, is_grad_enabled
from autotensor.engine.storage import clock
from autotensor.engine.tensor import Tensor, wrap
from autotensor.hooks import add_hook
from autotensor.random import get_rng_state, set_rng_state
from autotensor.transforms.trees import tree_leaves

Result = TypeVar("Result")

__all__ = [
    "CheckpointError", "checkpoint", "checkpoint_sequential", "get_device_states",
    "noop_context_fn", "set_checkpoint_debug_enabled", "set_checkpoint_early_stop",
    "set_device_states",
]  # fmt: skip


class CheckpointError(RuntimeError):
    """The second run of a checkpointed function recorded other operators than the first.

    Example:

        >>> from autotensor.utils.checkpoint import CheckpointError, checkpoint
        >>> steps = iter([at.sin, at.exp])
        >>> x = at.ones(2, requires_grad=True)
        >>> try:
        ...     checkpoint(lambda x: next(steps)(x), x).sum().backward()
        ... except CheckpointError as error:
        ...     print("the function did something else" in str(error))
        True
    """


def checkpoint(
    function: Callable[..., Result],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    context_fn: Callable[[], Any] | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Result:
    """``function(*args, **kwargs)``, of which ``backward`` finds nothing kept but the arguments.

    The values and all derivatives, of any order, are those of the plain call.  The function must do
    the same when it runs again; a layer that counts its calls, such as batch normalization in
    training, counts both.

    Args:
        function: takes and returns Tensors, alone or nested in tuples, lists and dicts.
        use_reentrant: PyTorch's choice between two implementations; here there is one, which works
            as its ``use_reentrant=False`` does.
        preserve_rng_state: let the second run draw the same numbers from the default generator.
        context_fn: ``noop_context_fn``; there is nothing like selective checkpointing here.
        determinism_check: ``'default'`` or ``'none'``; the operators of both runs are always
            compared, for the second run gives its values to the nodes of the first.
        debug, early_stop: accepted and without effect.

    Raises:
        ValueError: a ``context_fn``, or an unknown ``determinism_check``.
        RuntimeError: the function writes to an argument in place; or, in ``backward``, an argument
            has been written since.
        CheckpointError: in ``backward``, the second run recorded other operators.

    Example:

        >>> from autotensor.utils.checkpoint import checkpoint
        >>> layer = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        >>> x = at.ones(2, 4, requires_grad=True)
        >>> checkpoint(layer, x).sum().backward()  # the layer is computed a second time here
        >>> gradient, x.grad = x.grad, None
        >>> layer(x).sum().backward()
        >>> at.equal(gradient, x.grad)
        True
    """
    if context_fn not in (None, noop_context_fn):
        raise ValueError("checkpoint: context_fn is not supported; everything is computed again")
    if determinism_check not in ("default", "none"):
        raise ValueError(
            f"checkpoint: determinism_check must be 'default' or 'none', got {determinism_check!r}"
        )
    if not is_grad_enabled():
        return function(*args, **kwargs)
    call = _CheckpointedCall(function, args, kwargs, preserve_rng_state)
    result = call.run()
    call.refuse_writes("the function has modified")
    nodes = _recorded(result, call.began)
    for index, node in enumerate(nodes):
        _take_saved(node, call, index)
    call.titles = _titles(nodes)
    return result


def checkpoint_sequential(
    functions: Iterable[Callable[[Any], Any]],
    segments: int,
    input: Tensor,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Tensor:
    """A chain of functions cut into ``segments`` of equal length, each but the last checkpointed.

    ``functions`` may be an ``nn.Sequential``.  With √n segments for n functions, about 2 √n of
    their results are in memory at once instead of n.

    Raises:
        ValueError: less than one segment, or more than there are functions.

    Example:

        >>> from autotensor.utils.checkpoint import checkpoint_sequential
        >>> layers = nn.Sequential(*(nn.Linear(3, 3) for _ in range(9)))
        >>> x = at.ones(1, 3, requires_grad=True)
        >>> y = checkpoint_sequential(layers, 3, x)
        >>> at.equal(y, layers(x))
        True
    """
    chain = list(functions)
    if not 1 <= segments <= max(1, len(chain)):
        raise ValueError(
            f"checkpoint_sequential: segments must be between 1 and {len(chain)}, the number of "
            f"functions, got {segments}"
        )
    length = len(chain) // segments
    last = length * (segments - 1)
    for start in range(0, last, length):
        segment = partial(_one_after_another, chain[start : start + length])
        input = checkpoint(segment, input, preserve_rng_state=preserve_rng_state)
    return _one_after_another(chain[last:], input)


def _one_after_another(chain: list[Callable[[Any], Any]], input: Any) -> Any:
    for function in chain:
        input = function(input)
    return input


class _CheckpointedCall:
    """One checkpointed call: how to repeat it, and the nodes of the repetition."""

    def __init__(self, function: Any, args: Any, kwargs: Any, preserve_rng_state: bool) -> None:
        self.run = partial(function, *args, **kwargs)
        given = tree_leaves([args, kwargs])
        self.versions = [(one, one._version) for one in given if isinstance(one, Tensor)]
        self.rng_state = get_rng_state() if preserve_rng_state else None
        self.began = self.again = next(clock)
        self.titles: list[tuple[str, Any]] = []
        self.twins: list[Node | None] = []

    def refuse_writes(self, who: str) -> None:
        for tensor, version in self.versions:
            if tensor._version != version:
                raise RuntimeError(
                    f"checkpoint: {who} an argument (shape {tensor.shape}) in place, so the "
                    "function cannot be run again; write to a clone() instead"
                )

    def repeat(self) -> None:
        self.refuse_writes("something has since modified")
        self.again = next(clock)
        with _drawing_from(self.rng_state), enable_grad():
            twins = _recorded(self.run(), self.again)
        found = _titles(twins)
        if found != self.titles:
            pairs = zip_longest(self.titles, found)
            before, after = next((old, new) for old, new in pairs if old != new)
            raise CheckpointError(
                "checkpoint: the function did something else when it ran again: at first it "
                f"recorded {len(self.titles)} operators, now {len(found)}; the first that differs "
                f"was {before}, now {after}"
            )
        self.twins = list(twins)

    def twin_of(self, index: int) -> Node | None:
        """The node recorded in the repetition in place of number ``index``; given out once."""
        if not self.twins:
            self.repeat()
        twin, self.twins[index] = self.twins[index], None
        return twin

    def current(self, value: Any) -> Any:
        """A saved value such that a write within the repetition does not count as one after it."""
        if not isinstance(value, Tensor):
            return value
        if value._storage is None or value._storage.written < self.again:
            return value
        alias = wrap(value.array)
        alias.node = value.node
        alias._requires_grad = value._requires_grad
        return alias


@contextmanager
def _drawing_from(state: Any) -> Iterator[None]:
    """Inside it the default generator goes on from ``state``, afterwards from where it was."""
    if state is None:
        yield
        return
    now = get_rng_state()
    set_rng_state(state)
    try:
        yield
    finally:
        set_rng_state(now)


def _recorded(result: Any, began: int) -> list[Node]:
    """The nodes behind ``result`` that were made after the clock showed ``began``, oldest first."""
    found: set[Node] = set()
    stack = [one.made_by for one in tree_leaves(result) if isinstance(one, Tensor)]
    while stack:
        node = stack.pop()
        if node.__class__ is Node and node.number > began and node not in found:
            found.add(node)
            stack += node.parents
    return sorted(found, key=lambda node: node.number)


def _titles(nodes: list[Node]) -> list[tuple[str, Any]]:
    return [(node.name, node.shape) for node in nodes]


def _take_saved(node: Node, call: _CheckpointedCall, index: int) -> None:
    """Takes away what ``node`` saved, and lets it ask ``call`` for it when it is needed."""
    node.edges = tuple((parent, _missing, ()) for parent, _, _ in node.edges or ())
    node.output = None
    hooks = node.note("hooks", {})
    for key in [key for key, hook in hooks.items() if isinstance(hook, _Refill)]:
        del hooks[key]  # of a call within this one, which will be repeated with it
    add_hook(hooks, _Refill(node, call, index))


def _missing(g: Any) -> Any:
    raise RuntimeError("checkpoint: a node was used before its saved values were there again")


class _Refill:
    """Gives a node its saved values back; runs as a hook, before the node's rules, or when somebody
    hangs hooks around them."""

    fills = True

    def __init__(self, node: Node, call: _CheckpointedCall, index: int) -> None:
        self.node = weakref.ref(node)
        self.call = call
        self.index = index
        self.done = False

    def __call__(self, gradient: Any = None) -> None:
        node = self.node()
        if self.done or node is None or node.edges is None:
            return
        self.done = True
        twin = self.call.twin_of(self.index)
        assert twin is not None
        for hook in (twin.notes or {}).get("hooks", {}).values():
            if isinstance(hook, _Refill):
                hook()
        node.edges = tuple(
            (parent, partial(_kept, rule, twin), tuple(map(self.call.current, saved)))
            for (parent, _, _), (_, rule, saved) in zip(node.edges, twin.edges or (), strict=True)
        )
        node.output = twin.output
        node.storage = None  # the values are new: what was written to the old ones is no matter


def _kept(rule: Callable[..., Any], node: Node, g: Any, *saved: Any) -> Any:
    """A rule with the node it comes from, kept alive: a Function's backward asks for that."""
    return rule(g, *saved)


def noop_context_fn() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """Two contexts that do nothing, for the two runs: the ``context_fn`` that there is.

    Example:

        >>> from autotensor.utils.checkpoint import checkpoint, noop_context_fn
        >>> checkpoint(at.sin, at.zeros(1), context_fn=noop_context_fn)
        tensor([0.])
    """
    return nullcontext(), nullcontext()


def set_checkpoint_early_stop(enable: bool) -> AbstractContextManager[None]:
    """A context without effect: the second run goes to the end of the function.

    Example:

        >>> from autotensor.utils.checkpoint import set_checkpoint_early_stop
        >>> with set_checkpoint_early_stop(False):
        ...     pass
    """
    return nullcontext()


def set_checkpoint_debug_enabled(enabled: bool | None) -> AbstractContextManager[None]:
    """A context without effect: errors name the first operator that differs, always.

    Example:

        >>> from autotensor.utils.checkpoint import set_checkpoint_debug_enabled
        >>> with set_checkpoint_debug_enabled(True):
        ...     pass
    """
    return nullcontext()


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """Which devices the Tensors in ``args`` live on, and the states of these devices' random
    generators: none, for there is the CPU only, whose state ``autotensor.get_rng_state`` gives.

    Example:

        >>> at.utils.checkpoint.get_device_states(at.ones(2))
        ([], [])
    """
    return [], []


def set_device_states(
    devices: Sequence[int], states: Sequence[Tensor], *, device_type: str | None = None
) -> None:
    """Gives devices back what ``get_device_states`` found: there is nothing to do.

    Raises:
        ValueError: states of devices that are not here.

    Example:

        >>> at.utils.checkpoint.set_device_states([], [])
    """
    if len(devices) or len(states):
        raise ValueError(
            f"set_device_states: there is no device besides the CPU, got states of "
            f"{list(devices)}; use autotensor.set_rng_state"
        )
