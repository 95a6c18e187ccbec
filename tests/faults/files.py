"""Faults of files: what is written, what shares memory, what reading makes of it."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/autotensor/test_serialization.py"
MEMORY = "autotensor/serialization/memory.py"
VALUES = "autotensor/serialization/values.py"
FILE = "autotensor/serialization/__init__.py"

FAULTS = [
    Fault(
        "save: memory that Tensors share is stored for each",
        VALUES, "                packed[word] = names[id(whole)]", "                pass", TESTS,
    ),
    Fault(
        "load: Tensors on the same memory do not know of each other's writes",
        VALUES, "another.storage = storage_of(known)", "pass", TESTS,
    ),
    Fault(
        "load: the same Tensor twice is two",
        VALUES, "return {\"same\": self.tensors[id(value)][0]}", "pass", TESTS,
    ),
    Fault(
        "save: the lowest memory of a group is that of its first Tensor",
        MEMORY, "min(one.low for one in group)", "group[0].low", TESTS,
    ),
    Fault(
        "save: the first element is taken for the lowest",
        MEMORY, "extent.low - low + _first_element(array)", "extent.low - low", TESTS,
    ),
    Fault(
        "save: a set is written in the order Python has it",
        VALUES,
        "return {word: sorted((self.pack_key(one, path) for one in value), key=repr)}",
        "return {word: [self.pack_key(one, path) for one in value]}", TESTS,
    ),
    Fault(
        "load: a defaultdict comes back without its factory",
        VALUES, "defaultdict(factory and FACTORIES[factory],", "defaultdict(None,", TESTS,
    ),
    Fault(
        "load: a device is taken for a function, for it can be called",
        FILE,
        "if isinstance(map_location, (str, device)):", "if isinstance(map_location, str):", TESTS,
    ),
]  # fmt: skip
