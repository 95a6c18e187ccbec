"""Makes a program that differs as small as it can be, and prints it as a script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from tests.fuzz.judging import Bench, Verdict, quietly, without
from tests.fuzz.sides import PRELUDE, Side, Step, array_of, is_tensor


def smaller_inputs(step: Step) -> Iterator[Step]:
    """An input with fewer or with simpler numbers."""
    assert step.array is not None
    for dim, size in enumerate(step.array.shape):
        if size > 1:
            yield replace(step, array=step.array.take(range(size // 2), axis=dim))
    if step.array.ndim > 1 and step.array.size:
        yield replace(step, array=step.array[0])
    if step.gaps:
        yield replace(step, gaps=False)
    if step.grad:
        yield replace(step, grad=False)
    if step.array.dtype in ("float32", "float16"):
        yield replace(step, array=step.array.astype("float64"))
    simple = np.ones_like(step.array)
    if not np.array_equal(simple, step.array):
        yield replace(step, array=simple)


def fewer_names(step: Step) -> Iterator[Step]:
    """A line without one of the Tensors of its lists."""
    for found in re.finditer(r"(?<=[(\[, ])(t\d+), |, (t\d+)(?=[)\]])", step.text):
        yield replace(step, text=step.text[: found.start()] + step.text[found.end() :])


def candidates(bench: Bench, steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Programs of as many lines, one of them simpler."""
    side = Side(bench.theirs)
    for number, step in enumerate(steps):
        side.run(step)
        if step.family == "graph":
            for simpler in fewer_names(step):
                yield [*steps[:number], simpler, *steps[number + 1 :]]
        if step is steps[-1]:
            return
        if step.array is not None:
            for smaller in smaller_inputs(step):
                yield [*steps[:number], smaller, *steps[number + 1 :]]
        elif len(step.makes) == 1 and is_tensor(side.names.get(step.makes[0])) and step.needs:
            tensor = side.names[step.makes[0]]
            constant = Step(
                "", step.makes, "input", "", array_of(tensor).copy(), bool(tensor.requires_grad)
            )
            yield [*steps[:number], constant, *steps[number + 1 :]]


@quietly()
def shrunk(bench: Bench, verdict: Verdict) -> Verdict:
    """The smallest program found that differs in the same respect at the same operator."""
    tries = 0

    def better(steps: Sequence[Step] | None) -> bool:
        nonlocal verdict, tries
        tries += 1
        found = None if steps is None or tries > 1000 else bench.replay(steps)
        same = found is not None and found.why is None and found.kind == verdict.kind
        if found is not None and same:
            verdict = found
        return same

    improved = True
    while improved:
        for number in reversed(range(len(verdict.steps) - 1)):
            if number < len(verdict.steps) - 1:
                better(without(verdict.steps, number))
        improved = any(better(steps) for steps in candidates(bench, verdict.steps))
    return verdict


def script(verdict: Verdict) -> str:
    """The program as a script for either library."""
    lines = [step.line() for step in verdict.steps]
    body = "\n".join(lines)
    functions = {
        found[1]: found[0].strip()
        for found in re.finditer(r"def (\w+)\(.*?(?=\ndef |\Z)", PRELUDE, re.DOTALL)
    }
    used: dict[str, str] = {}
    text = body
    while more := [n for n in functions if n not in used and re.search(rf"\b{n}\(", text)]:
        for name in more:
            used[name] = functions[name]
            text += functions[name]
    what, name, mine, other = verdict.difference
    shown = {"gradient": f"{name}.grad", "value": name}.get(what, f"{name}.{what}")
    head = (
        "# The argument says in which library: autotensor or torch.\n"
        "import math\nimport sys\n\nimport numpy as np\n\n"
        'if sys.argv[1:] == ["torch"]:\n'
        "    import torch as lib\n    import torch.nn.functional as F\n"
        "else:\n    import autotensor as lib\n    import nn.functional as F\n\n"
    )
    tail = f"\nprint({shown})" if name else ""
    notes = f"\n# {what}: {mine!r}\n# should be: {other!r}"
    return head + "\n\n".join([*used.values(), body]) + tail + notes.replace("\n ", "\n#  ")
