"""Faults of what draws graphs, of reading them, and of who says what parts are called."""

from __future__ import annotations

from tests.faults import faults_in

FAULTS = [
    *faults_in(
        "autotensor/seeing/reading.py",
        "tests/seeing/test_reading.py",
        (
            "draw: what a module was given counts as recorded by it",
            "younger = {call for call in here if parent.number > call.number}",
            "younger = set(here)",
        ),
        (
            "draw: two arguments that share a rule are both called by the name of the first",
            "start = places[0] + 1",
            "pass",
        ),
    ),
    *faults_in(
        "nn/naming.py",
        "tests/seeing/test_reading.py",
        (
            "draw: a layer that two networks share is named after the one that was not called",
            "sorted(found, key=len, reverse=True)",
            "found",
        ),
    ),
    *faults_in(
        "nn/naming.py",
        "tests/seeing/test_drawing.py",
        (
            "draw: a drawn network has counted a batch more in its running means",
            "with left_as_it_was(model), at.enable_grad():",
            "with at.enable_grad():",
        ),
    ),
    *faults_in(
        "autotensor/seeing/drawing/placing.py",
        "tests/seeing/test_drawing.py",
        (
            "draw: an unfolded module covers what stands beside it",
            "            if need > 0:",
            "            if need > 1e9:",
        ),
        (
            "draw: arrows do not end at their cards",
            "across += link.leaves if is_start else link.enters",
            "across += 500",
        ),
    ),
    *faults_in(
        "autotensor/seeing/drawing/layout.py",
        "tests/seeing/test_drawing.py",
        (
            "draw: the first order of a layer is kept, however many arrows cross",
            "        if crossings < fewest:",
            "        if crossings < 0:",
        ),
    ),
]
