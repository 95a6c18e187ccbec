"""A Module that was not run, as a picture: its tree of parts, with the shapes of parameters."""

from __future__ import annotations

from typing import Any

from autotensor.seeing.drawing import text
from autotensor.seeing.drawing.parts import (
    LONGEST,
    Card,
    Frame,
    Line,
    Picture,
    counted,
    room_of,
    shape_and_dtype,
)

__all__ = ["of_module"]

_MOST = 8
"""So many parameters of a Module are listed."""


def of_module(model: Any) -> Picture:
    """A card for each Module without parts, a frame for each with parts, in the order in which they
    are registered."""
    tree = _Tree()
    whole = Frame("whole", "")
    tree.add(model, "", "", whole)
    own = {id(one): one for one in model.parameters()}
    total = sum(_size(one) for one in own.values())
    modules = len(tree.seen)
    about = f"{counted(modules, 'module')}, {counted(total, 'parameter')}"
    return Picture(whole, [], f"Parts of {type(model).__name__}", about, tree.stacks)


def _size(parameter: Any) -> int:
    """How many numbers; none as long as a lazy layer has not seen its input."""
    return int(parameter.array.size) if hasattr(parameter, "numel") and _known(parameter) else 0


def _known(parameter: Any) -> bool:
    try:
        return parameter.shape is not None
    except RuntimeError:
        return False


class _Tree:
    def __init__(self) -> None:
        self.seen: dict[int, str] = {}
        self.named: dict[int, str] = {}
        self.stacks: list[tuple[Card | Frame, Card | Frame]] = []
        self.count = 0

    def add(self, module: Any, name: str, path: str, outer: Frame) -> Card | Frame:
        """Draws ``module``, called ``name`` in its frame."""
        kind = type(module).__name__
        title = f"{text.cut(name, LONGEST)}: {kind}" if name else kind
        self.count += 1
        if id(module) in self.seen:
            same = self.seen[id(module)] or "the whole"
            return self.card(title, [Line("fact", f"is {same}, once more")], path, outer)
        self.seen[id(module)] = path
        facts = self.facts(module, path)
        children = [(key, one) for key, one in module._modules.items() if one is not None]
        if not children:
            return self.card(title, facts, path, outer)
        frame = Frame(f"f{self.count}", title, path or kind, path, outer=outer, order=self.count)
        outer.parts.append(frame)
        before: Card | Frame | None = None
        if facts:
            before = self.card("", facts, path, frame)
        for key, child in children:
            part = self.add(child, key, f"{path}.{key}" if path else key, frame)
            if before is not None:
                self.stacks.append((before, part))
            before = part
        sizes = sum(_size(one) for one in {id(p): p for p in module.parameters()}.values())
        lines = [Line("title", title), Line("fact", counted(len(children), "part"))]
        if sizes:
            lines.append(Line("fact", counted(sizes, "parameter")))
        frame.closed_lines = lines
        across, down = room_of(lines)
        frame.width, frame.height = across + 30, down
        return frame

    def card(self, title: str, facts: list[Line], path: str, outer: Frame) -> Card:
        self.count += 1
        lines = [Line("title", text.cut(title, LONGEST))] if title else []
        about = "\n".join([path or title, *(line.text for line in facts)])
        card = Card(f"m{self.count}", "module", path, [*lines, *facts], about, self.count)
        card.frame = outer
        outer.parts.append(card)
        return card

    def facts(self, module: Any, path: str) -> list[Line]:
        """The settings of a Module and its own parameters."""
        lines = []
        settings = module.extra_repr() if not module._modules else ""
        if settings:
            lines.append(Line("formula", text.cut(" ".join(settings.split()), LONGEST)))
        own = [(key, one) for key, one in module._parameters.items() if one is not None]
        for key, one in own[:_MOST]:
            first = self.named.setdefault(id(one), f"{path}.{key}" if path else key)
            shared = first != (f"{path}.{key}" if path else key)
            size = "is not known yet"
            if _known(one):
                size = shape_and_dtype(one.array.shape, one.array.dtype)
            lines.append(Line("fact", f"{key}  is {first}" if shared else f"{key}  {size}"))
        if len(own) > _MOST:
            lines.append(Line("fact", f"and {len(own) - _MOST} more"))
        return lines
