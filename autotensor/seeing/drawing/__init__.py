"""Graphs and networks as pictures: ``draw``.

``parts.py`` and ``modules.py`` say what is in a picture, ``layout.py`` and ``placing.py`` where it
stands, ``svg.py`` and ``page.py`` write it down.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from autotensor.engine.tensor import Tensor
from autotensor.machine.files import replacing
from autotensor.remedies import type_name
from autotensor.seeing.drawing.modules import of_module
from autotensor.seeing.drawing.page import fragment, page
from autotensor.seeing.drawing.parts import Frame, Picture, of_graph
from autotensor.seeing.drawing.placing import DIRECTIONS, Plan, place, plan
from autotensor.seeing.drawing.svg import svg
from autotensor.seeing.networks import networks
from autotensor.seeing.reading import checked_names, read

__all__ = ["Drawing", "draw"]

MANY = 150
"""With more cards than these, inner modules are folded at first."""

Where: TypeAlias = str | os.PathLike[str]
Given: TypeAlias = Tensor | Sequence[Any] | Mapping[str, Any]
"""Inputs of a Module: one, several in their order, or by the names of its arguments."""


class Drawing:
    """A picture of a graph or of a network, as ``draw`` makes it.

    In a notebook it shows itself.  There, and in the file ``.html``, a module can be folded and
    unfolded with a click on its title, the picture is pulled with the mouse and enlarged with the
    wheel, with two fingers or with ``+`` and ``-``; what is known of a card, its derivatives above
    all, shows when the mouse is on it.
    """

    def __init__(self, made: Plan) -> None:
        self._plan = made

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, complete without scripts."""
        return svg(self._plan)

    @cached_property
    def html(self) -> str:
        """A page with the picture and what it takes to fold, pull and enlarge it."""
        return page(self._plan)

    def save(self, path: Where) -> Path:
        """Writes the picture to a file, whose ending says which: ``.svg`` or ``.html``.

        Raises:
            TypeError: ``path`` is no path.
            ValueError: another ending.
            FileNotFoundError: the folder is not there.
        """
        where = _file(path, "save")
        text = self.svg if where.suffix.lower() == ".svg" else self.html
        with replacing(str(where)) as file:
            file.write(text.encode("utf-8"))
        return where

    @property
    def width(self) -> float:
        """Of the picture, in pixels."""
        return self._plan.width

    @property
    def height(self) -> float:
        """Of the picture, in pixels."""
        return self._plan.height

    def __repr__(self) -> str:
        picture = self._plan.picture
        return f"<Drawing: {picture.title}; {picture.about}; {self.width:.0f} × {self.height:.0f}>"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return fragment(self._plan)


def draw(
    what: Any,
    path: Where | Given | None = None,
    *,
    inputs: Given | None = None,
    names: Mapping[str, Any] | None = None,
    direction: str = "down",
    depth: int | None = None,
) -> Drawing:
    """The recorded graph as a picture: operators, formulas, shapes, values and gradients.

    Each operator has a card with its formula, the shape and dtype of what it gives, the numbers if
    they are at most 8, and after ``backward`` the gradient that came there; parameters and inputs
    have theirs, with ``grad`` or its norm.  What a Module recorded is in a box with its name, which
    can be folded in a notebook or browser.  Arrows go the way of the data; gradients go back.

    A Module with ``inputs`` is run once, in the mode it is in, and left as it was, as for
    ``nn.summary``; without inputs its tree of parts is drawn, with the shapes of parameters.

    Leaves are called by ``names``, by their attribute ``name`` if they have one, by the dotted name
    in the outermost living Module, or by the variable of the caller that holds them.

    Args:
        what: a Tensor, or several in a list, tuple or dict, or an ``nn.Module``.
        path: a file to write, ``.svg`` or ``.html``.  The SVG is a picture for documents; the page
            needs nothing else and no network.  For a Module its inputs may stand here too.
        inputs: for a Module: a Tensor, a tuple or list of arguments, or a dict of keywords.
        names: Tensors and Modules by the names to show them under.
        direction: where the data go: ``'down'``, ``'right'``, ``'up'`` or ``'left'``.
        depth: how many levels of modules are unfolded at first, 0 for none.  If None, as many as
            leave about 150 cards to see.

    Raises:
        TypeError: ``what`` is neither Tensors nor a Module, or something is no path or name.
        ValueError: another ending of the file, an unknown direction, a negative ``depth``, inputs
            for something that is no Module.
        FileNotFoundError: the folder of ``path`` is not there.

    Example:
        >>> w = at.tensor([0.5, -0.25], requires_grad=True)
        >>> x = at.tensor([1.0, 3.0], requires_grad=True)
        >>> y = (w * x).sum().tanh()
        >>> y.backward()
        >>> picture = at.draw(y)  # in a notebook it shows itself
        >>> picture
        <Drawing: Graph of y = tanh; 3 operators, 0 parameters; 311 × 457>
        >>> [text in picture.svg for text in ("w", "input · other", "[0.5, −0.75]")]
        [True, True, True]
    """
    if not isinstance(direction, str) or direction not in DIRECTIONS:
        known = ", ".join(map(repr, DIRECTIONS))
        raise ValueError(f"draw: direction must be one of {known}, got {direction!r}")
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int)):
        raise TypeError(f"draw: depth must be an int or None, got {type_name(depth)}")
    if depth is not None and depth < 0:
        raise ValueError(f"draw: depth must not be negative, got {depth}")
    model = bool(networks) and isinstance(what, networks[0].module)
    if model and inputs is None and isinstance(path, (Tensor, tuple, list, Mapping)):
        inputs, path = path, None
    if not isinstance(inputs, (Tensor, tuple, list, Mapping, type(None))):
        raise TypeError(
            "draw: inputs must be a Tensor, a tuple or list of arguments, or a dict of keywords, "
            f"got {type_name(inputs)}"
        )
    where = None if path is None else _file(path, "draw")
    if inputs is not None and not model:
        raise ValueError(f"draw: inputs go with a Module, got {type_name(what)}")
    drawing = Drawing(_laid_out(_picture(what, inputs, names, model), direction, depth))
    if where is not None:
        drawing.save(where)
    return drawing


def _picture(what: Any, inputs: Any, names: Mapping[str, Any] | None, model: bool) -> Picture:
    own = checked_names(names, "draw")
    if model and inputs is None:
        return of_module(what)
    if not model:
        return of_graph(read(what, own, caller="draw"))
    result, given = networks[0].run(what, inputs)
    several = result if isinstance(result, Mapping) else {}
    known = {name: one for name, one in several.items() if isinstance(one, Tensor)}
    outputs = _tensors(result)
    # Positions and the like have no graph.
    outputs = [one for one in outputs if one.requires_grad] or outputs
    named = {**given, **{str(name): one for name, one in known.items()}, **own}
    return of_graph(read(outputs, named, start=given.values(), caller="draw"))


def _tensors(result: Any) -> list[Tensor]:
    """The Tensors in what a Module gives, whatever else is there."""
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, Mapping):
        result = list(result.values())
    if isinstance(result, Sequence) and not isinstance(result, str):
        return [one for part in result for one in _tensors(part)]
    return [] if not hasattr(result, "__dict__") else _tensors(list(vars(result).values()))


def _file(path: Any, caller: str) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{caller}: path must be a str or os.PathLike, got {type_name(path)}")
    where = Path(path)
    if where.suffix.lower() not in (".svg", ".html", ".htm"):
        raise ValueError(f"{caller}: the file must end with .svg or .html, got {str(where)!r}")
    if not where.parent.is_dir():
        raise FileNotFoundError(f"{caller}: the folder {where.parent} does not exist")
    return where


def _laid_out(picture: Picture, direction: str, depth: int | None) -> Plan:
    """The plan of a picture whose modules are unfolded down to ``depth``."""
    deepest = max((len(frame.path) for frame in picture.whole.all_frames()), default=1) - 1
    if depth is None:
        levels = range(deepest, 1, -1)
        depth = next((one for one in levels if _seen(picture.whole, one) <= MANY), 1)
    for frame in picture.whole.all_frames():
        frame.open = len(frame.path) - 1 <= depth
    made = plan(picture, direction)
    place(made)
    for level in made.levels.values():  # no circles are left, which would wait for the collector
        for item in (one for layer in level.layers for one in layer):
            item.before.clear()
            item.after.clear()
    return made


def _seen(frame: Frame, depth: int) -> int:
    """How many cards and folded modules are seen if modules are unfolded down to ``depth``."""
    if depth < 0:
        return 1
    return sum(_seen(part, depth - 1) if isinstance(part, Frame) else 1 for part in frame.parts)
