"""What is known of networks here, where nothing imports ``nn``: it says so when it is loaded.

Kept small, for it is loaded with ``autotensor.extend``; the rest of this room is loaded on demand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

__all__ = ["Networks", "names_of", "networks", "see_networks"]

Names = Mapping[int, tuple[Any, str]]
"""By the identity of a Tensor or Module: the outermost Module that it is in, and its dotted name
there, which is empty for that Module itself."""


class Networks(NamedTuple):
    """What ``nn`` tells those who show graphs."""

    module: type
    """The class of all Modules."""
    names: Callable[[Iterable[Any], Iterable[Any]], Names]
    """Of Tensors and of Modules, those that are found; it may take a moment."""
    run: Callable[..., tuple[Any, Mapping[str, Any]]]
    """``run(model, inputs)`` is one forward pass with its graph, and the model afterwards as it
    was: what it gives, and by name of the argument the Tensors that it was given."""


networks: list[Networks] = []
"""What was told: nothing, or one thing."""


def see_networks(
    module: type,
    names: Callable[[Iterable[Any], Iterable[Any]], Names],
    run: Callable[..., tuple[Any, Mapping[str, Any]]],
) -> None:
    """Tells those who show graphs how to look at networks; see ``Networks``."""
    networks[:] = [Networks(module, names, run)]


def names_of(leaves: Iterable[Any], modules: Iterable[Any] = ()) -> dict[int, str]:
    """By identity, the dotted names of Tensors and Modules from the outermost living Module on.

    Where several outermost Modules take part, each name begins with the class of its own, numbered
    if there are several of a class.  What is in no living Module is left out.

    Example:

        >>> from autotensor.extend import names_of
        >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
        >>> sorted(names_of(model.parameters()).values())
        ['0.bias', '0.weight']
    """
    found = networks[0].names(leaves, modules) if networks else {}
    roots = list({id(root): root for root, _ in found.values()}.values())
    return {key: dotted(title_of(root, roots), name) for key, (root, name) in found.items()}


def title_of(root: Any, roots: list[Any]) -> str:
    """What names below ``root`` begin with: nothing if it is the only one."""
    if len(roots) == 1:
        return ""
    title = type(root).__name__
    alike = [one for one in roots if type(one).__name__ == title]
    at = next(at for at, one in enumerate(alike, 1) if one is root)
    return title if len(alike) == 1 else f"{title}#{at}"


def dotted(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix and name else prefix or name
