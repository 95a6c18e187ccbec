"""Faults of the export to ONNX: sizes, weights, writes and branches that are read wrongly."""

from __future__ import annotations

from tests.faults import Fault, faults_in

TESTS = "tests/nn/test_onnx.py"
RUN = "tests/tools/test_onnx.py"
FROZEN = f"{RUN}::test_an_example_that_shows_little_freezes_nothing"
FOLLOWS = f"{RUN}::test_what_follows_from_whole_numbers_follows_in_the_graph"
METHODS = f"{RUN}::test_no_method_freezes_what_it_finds_in_the_example"
WHOLE = f"{RUN}::test_whole_numbers_that_onnx_runtime_does_not_take_are_written_otherwise"

FAULTS: list[Fault] = [
    *faults_in(
        "nn/onnx/sizes.py",
        TESTS,
        (
            "a rule for a size is read off two runs",
            "if found and len(set(one.values)) > 2:",
            "if found:",
        ),
        (
            "what is added to a multiple of a size is forgotten",
            "return Sum([(found[0], names), (found[1], ())])",
            "return Sum([(found[0], names)])",
        ),
    ),
    *faults_in(
        "nn/onnx/tracing.py",
        TESTS,
        (
            "a shared weight is there twice",
            "if id(one.array) not in self.numbers:",
            "if one is not None:",
        ),
        (
            "what is made of constants alone is computed anew each time",
            "alone = used <= self.constant and not",
            "alone = bool(used) and used <= self.constant and not",
        ),
        (
            "a write in place leaves the value as it was",
            "        call.result = Ref(number)\n        self.calls.append(call)\n",
            "        self.numbers[id(array)] = number - 1\n        self.calls.append(call)\n",
        ),
    ),
    *faults_in(
        "nn/onnx/aligning.py",
        TESTS,
        (
            "runs that do other things are taken for one program",
            "if kinds[0] != kinds[1]:",
            "if kinds[0] and kinds[1] and kinds[0] != kinds[1] and not place:",
        ),
        (
            "a size that differs is fixed as it is in the first run",
            "shape = tuple(map(size_of, zip(*(shape for shape, _ in kinds), strict=True)))",
            "shape = kinds[0][0]",
        ),
    ),
    *faults_in(
        "nn/onnx/inputs.py",
        TESTS,
        (
            "every first dimension is the batch",
            "[(at, 0) for at, size in sizes if size == first]",
            "[(at, 0) for at, size in sizes]",
        ),
    ),
    *faults_in(
        "nn/onnx/inputs.py",
        FROZEN,
        (
            "an example of one whole number shows nothing",
            "    if low == high and step:\n",
            "    if False:\n",
        ),
        (
            "truth values are those of the example in all runs",
            '        if step and array.dtype.kind == "b":',
            "        if False:",
        ),
        (
            "a list that is in order is so in all runs",
            "like.size > 1 and not step:",
            "like.size > 1:",
        ),
    ),
    *faults_in(
        "nn/onnx/exporting.py",
        FOLLOWS,
        (
            "what a mask has left nothing of counts",
            "        if step and _is_undefined(self.traces[-1])",
            "        if False and _is_undefined(self.traces[-1])",
        ),
    ),
    *faults_in(
        "nn/onnx/converters/pointwise.py",
        WHOLE,
        (
            "a shift to the right of what is below 0 is that of another number",
            'g.op("Where", below, g.op("BitwiseNot", x), x), by, "RIGHT")',
            'x, by, "RIGHT")',
        ),
    ),
    *faults_in(
        "nn/onnx/converters/reductions.py",
        METHODS,
        (
            "places that are looked for in the example are in the graph",
            "@converts(at.mode, at.cummax, at.cummin, at.nanmedian)\n",
            "",
        ),
    ),
]
