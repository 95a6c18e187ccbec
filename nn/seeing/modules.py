"""Networks, optimizers, schedules and summaries in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autotensor.extend.seeing import Html, fold, head, note, page, table, tag, together
from nn.insight.summary import Summary
from nn.module import Module
from nn.optim import Optimizer
from nn.parameter import is_lazy
from nn.tables import in_bytes

__all__ = ["module_page", "optimizer_page", "schedule_page", "summary_page"]

MANY = 40
"""With more modules than so many the tree is folded at first."""
MOST, DEEPEST = 400, 30
"""So many modules are shown, in so many levels."""
MOST_GROUPS = 12
LONGEST = 200
"""Letters of the settings of a layer."""


# -- networks --------------------------------------------------------------------------------------


def module_page(module: Module) -> str:
    """A tree of the modules, to be folded in and out, with their settings, shapes and weights."""
    tree = _Tree(module)
    facts: list[object] = [_numbers(module)]
    known = [one for one in [*module.parameters(), *module.buffers()] if not is_lazy(one)]
    if known:
        facts.append(in_bytes(sum(one.array.nbytes for one in known)))
    facts.append("training" if module.training else "evaluation")
    settings = _settings(module)
    if settings:
        facts.insert(0, settings)
    parts = [*tree.own(module, ""), *tree.parts(module, "", 1)]
    if tree.left_out:
        parts.append(note(f"… and {tree.left_out:,} more modules"))
    return page(head(type(module).__name__, *facts), *parts)


def _numbers(module: Module) -> str:
    """How many there are in the parameters, and how many of them are frozen."""
    parameters = [*module.parameters()]
    known = [one for one in parameters if not is_lazy(one)]
    count = sum(one.array.size for one in known)
    frozen = sum(one.array.size for one in known if not one.requires_grad)
    text = f"{count:,} parameters" if known or not parameters else ""
    if frozen:
        text += " (frozen)" if frozen == count else f" ({frozen:,} frozen)"
    if len(known) < len(parameters):
        text += (
            f"{' and ' if text else ''}{len(parameters) - len(known)} parameters of unknown shape"
        )
    return text


def _settings(module: Module) -> str:
    """``extra_repr`` in one line; where that fails, as a user's may, nothing."""
    try:
        text = " ".join(str(module.extra_repr()).split())
    except Exception:
        return ""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


class _Tree:
    """Draws the modules below another, each of them once."""

    def __init__(self, root: Module) -> None:
        self.training = root.training
        self.places: dict[int, str] = {id(root): "the model"}
        """Where modules and Tensors that were drawn already are."""
        self.total = sum(1 for _ in root.modules())
        self.drawn = self.left_out = 0

    def own(self, module: Module, path: str) -> Iterator[Html]:
        """The parameters and buffers of a module itself, a line for each."""
        values = [*module._parameters.items(), *module._buffers.items()]
        for name, value in values:
            if value is None:
                continue
            shape = "of unknown shape" if is_lazy(value) else str(tuple(value.array.shape))
            words: list[object] = [name, " ", tag("span", shape, class_="at-mono")]
            words.append(f" {value.dtype.name}")
            if name in module._buffers:
                words.append(_mark("buffer"))
            elif not value.requires_grad:
                words.append(_mark("frozen"))
            earlier = self.places.setdefault(id(value), f"{path}{name}")
            if earlier != f"{path}{name}":
                words.append(_mark(f"shared with {earlier}"))
            yield tag("div", tag("span", *words, class_="at-dim"), class_="at-leaf")

    def parts(self, module: Module, path: str, depth: int) -> Iterator[Html]:
        """The modules in a module, each with what is in it."""
        for name, part in [*module._modules.items()]:
            if part is None:
                continue
            if self.drawn >= MOST or depth > DEEPEST:
                self.left_out += 1
                continue
            self.drawn += 1
            yield self._part(name, part, f"{path}{name}", depth)

    def _part(self, name: str, module: Module, path: str, depth: int) -> Html:
        settings = _settings(module)
        title: list[object] = [tag("span", f"{name} ", class_="at-dim")]
        title += [tag("b", type(module).__name__), f"({settings})" if settings else ""]
        earlier = self.places.setdefault(id(module), path)
        if earlier != path:
            return tag("div", *title, _mark(f"the same as {earlier}"), class_="at-leaf")
        if next(module.parameters(), None) is not None:
            title.append(tag("span", f" · {_numbers(module)}", class_="at-dim"))
        if module.training != self.training:
            title.append(_mark("training" if module.training else "evaluation"))
        parts = [*self.parts(module, f"{path}.", depth + 1)]
        lines = [*self.own(module, f"{path}."), *parts]
        if not lines:
            return tag("div", *title, class_="at-leaf")
        is_open = bool(parts) and self.total <= MANY
        return fold(together(*title), *lines, open=is_open)


def _mark(text: str) -> Html:
    return tag("span", text, class_="at-mark")


# -- summaries -------------------------------------------------------------------------------------


def summary_page(summary: Summary) -> str:
    """The table that ``print`` shows."""
    rows = [summary.cells(row) for row in summary.rows]
    left = 3 if summary.input_bytes is not None else 2
    cells = []
    for row, texts in zip(summary.rows, rows, strict=True):
        first, *others = texts.values()
        indent = f"padding-left:{1.2 * row.depth:.1f}em"
        cells.append([tag("span", first.strip(), style=indent), *others])
    return page(
        head("Summary", f"{len(rows):,} rows"),
        table(cells, [*rows[0]], left=left),
        *map(note, summary.totals()),
    )


# -- optimizers and schedules ----------------------------------------------------------------------


def optimizer_page(optimizer: Optimizer) -> str:
    """Its groups of parameters, with their settings."""
    groups = optimizer.param_groups
    held = [one for group in groups for one in group["params"]]
    count = sum(0 if is_lazy(one) else one.array.size for one in held)
    names = sorted(
        {
            name
            for group in groups
            for name, value in group.items()
            if name not in ("params", "param_names") and value is not None and value is not False
        }
    )
    shown = groups[:MOST_GROUPS]
    rows: list[list[object]] = [["parameters", *(f"{len(one['params']):,}" for one in shown)]]
    rows += [[name, *(str(one.get(name, ""))[:LONGEST] for one in shown)] for name in names]
    titles = ["", *(f"group {at}" for at in range(len(shown)))]
    left_out = len(groups) - len(shown)
    return page(
        head(type(optimizer).__name__, f"{count:,} numbers in {len(held):,} parameters"),
        table(rows, titles, left=1, labels=True),
        *([note(f"… and {left_out} more groups")] if left_out else []),
    )


def schedule_page(schedule: Any) -> str:
    """The learning rates of now, and the settings that are numbers or words."""
    rates = ", ".join(f"{rate:.4g}" for rate in schedule.get_last_lr()[:MOST_GROUPS])
    settings = [
        [name, str(value)[:LONGEST]]
        for name, value in sorted(vars(schedule).items())
        if not name.startswith("_") and isinstance(value, (bool, int, float, str, list, tuple))
    ]
    facts = [f"learning rate {rates}", f"step {schedule.last_epoch}"]
    return page(head(type(schedule).__name__, *facts), table(settings, left=1, labels=True))
