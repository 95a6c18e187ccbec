"""Faults of files: what is written, what shares memory, what reading makes of it."""

from __future__ import annotations

from tests.faults import Fault

TESTS = "tests/autotensor/test_serialization.py"
MEMORY = "autotensor/serialization/memory.py"
VALUES = "autotensor/serialization/values.py"
FILE = "autotensor/serialization/__init__.py"
HOSTILE = "tests/autotensor/test_hostile_files.py"
ARCHIVE = "autotensor/serialization/archive.py"
CONTENTS = "autotensor/serialization/contents.py"
ARRAYS = "autotensor/serialization/arrays.py"
BUDGET = "autotensor/serialization/budget.py"
LOADING = "nn/loading.py"
MODULE = "tests/nn/test_module_state.py"
FUZZ = "tests/fuzz/test_files.py"
ENTRIES = "autotensor/serialization/entries.py"

OTHERS = "tests/autotensor/test_files_of_others.py"
MACHINE = "autotensor/serialization/unpickling.py"
TORCH = "autotensor/serialization/torch_reading.py"
WRITING = "autotensor/serialization/torch_writing.py"
DTYPES = "autotensor/serialization/foreign_dtypes.py"

FAULTS = [
    Fault(
        "save: an archive counts its places from the beginning of what is open",
        FILE, "here: Any = FromHere(f)", "here: Any = f", TESTS,
    ),
    Fault(
        "save: what only appends is written to as if it could go back",
        FILE, 'and "a" not in str(getattr(f, "mode", ""))', "", TESTS,
    ),
    Fault(
        "load: what is open is read from its beginning",
        "autotensor/serialization/opened.py",
        "self.begin = here.begin", "here.begin = self.begin = 0", TESTS,
    ),
    Fault(
        "load: the older format leaves a file where it read last, ahead of its end",
        TORCH, "opened.file.seek(opened.size - source.left)", "opened.file.seek(0)", OTHERS,
    ),
    Fault(
        "save: memory that Tensors share is stored for each",
        VALUES, "                packed[word] = names[id(whole)]", "                pass", TESTS,
    ),
    Fault(
        "load: Tensors on the same memory do not know of each other's writes",
        VALUES, "another._storage = storage_of(known)", "pass", TESTS,
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
    Fault(
        "load: the header of an array is believed",
        ARRAYS, "    if needed != content.left:", "    if needed < content.left:", HOSTILE,
    ),
    Fault(
        "load: an array of objects is read",
        ARRAYS, "    if dtype.hasobject:", "    if False:", HOSTILE,
    ),
    Fault(
        "load: one more copy of an array costs nothing",
        ARCHIVE, "        if times_read[entry]:", "        if False:", HOSTILE,
    ),
    Fault(
        "load: entries that nothing speaks of are let pass",
        ARCHIVE, "if not times_read[name]]", "if False]", HOSTILE,
    ),
    Fault(
        "load: what is no array costs nothing",
        ARCHIVE, "    budget.take(structure_cost(text), ", "    budget.take(0, ", HOSTILE,
    ),
    Fault(
        "load: brackets cost too little", BUDGET,
        "72 * text.count(b\"[\")", "20 * text.count(b\"[\")", HOSTILE,
    ),
    Fault(
        "load: a second entry of a name takes the place of the first",
        ENTRIES, "        if entry.name in found:", "        if False:", HOSTILE,
    ),
    Fault(
        "load: entries may overlap",
        ENTRIES, "        if entry.place != place:", "        if entry.place > place:", HOSTILE,
    ),
    Fault(
        "load: bytes between the entries are let pass",
        ENTRIES, "    if place != end:", "    if False:", HOSTILE,
    ),
    Fault(
        "load: an entry that is longer than it says is cut",
        ENTRIES, "self._some(1) or self.waiting or (self.inflate and not self.inflate.eof)",
        "False", HOSTILE,
    ),
    Fault(
        "load: the checksum of an entry is not compared",
        ENTRIES, "        if self.crc != self.entry.crc and", "        if False and", TESTS,
    ),
    Fault(
        "load: a pipe is waited for", FILE,
        "        if not os.path.isfile(path) and not os.path.isdir(path):", "        if False:",
        HOSTILE,
    ),
    Fault(
        "load: an entry need not agree with the table",
        ENTRIES, "    if not same or _at(", "    if _at(", HOSTILE,
    ),
    Fault(
        "load: a Tensor that was not there yet is asked for",
        VALUES, "if 0 <= number < len(self.tensors):", "if number < len(self.tensors):", HOSTILE,
    ),
    Fault(
        "load: the message does not name the file",
        CONTENTS, "        raise ValueError(f\"load: {name} {problem}\") from None",
        "        raise ValueError(f\"load: {problem}\") from None", FUZZ,
    ),
    Fault(
        "load: nesting too deep is a RecursionError",
        CONTENTS, "    except RecursionError:", "    except ZeroDivisionError:", HOSTILE,
    ),
    Fault(
        "load_state_dict: keys that are no names are met half way",
        LOADING, "if not isinstance(key, str)]:", "if False]:", MODULE,
    ),
    Fault(
        "load_state_dict: a message lists a million names",
        LOADING, "for key in keys[:MOST])", "for key in keys)", MODULE,
    ),
    Fault(
        "load: the other byte order is refused for a Tensor",
        VALUES, "            if not array.dtype.isnative:", "            if False:", HOSTILE,
    ),
    Fault(
        "load: a pickle may call what it names",
        MACHINE, "            raise self.refuse(full)", "            return self.push(full)",
        OTHERS,
    ),
    Fault(
        "load: a Tensor of PyTorch's may lie beyond its storage",
        TORCH, "last >= memory.size if", "last > memory.size if", OTHERS,
    ),
    Fault(
        "load: elements repeated without end cost nothing",
        TORCH, "self.budget.take(max(0, more),", "self.budget.take(0,", OTHERS,
    ),
    Fault(
        "load: a pickle may hold itself", MACHINE, "        if id(one) in inside:",
        "        if False:", OTHERS,
    ),
    Fault(
        "load: containers of a pickle cost nothing", MACHINE,
        "        self.budget.take(cost, VALUES)", "        self.budget.take(0, VALUES)", OTHERS,
    ),
    Fault(
        "load: bfloat16 is taken for the lower half of float32",
        DTYPES, "<< np.uint32(16)", "<< np.uint32(0)", OTHERS,
    ),
    Fault(
        "load: a mapped file is written to",
        "autotensor/serialization/opened.py", "access=mmap.ACCESS_COPY",
        "access=mmap.ACCESS_WRITE", OTHERS,
    ),
    Fault(
        "load: Tensors of PyTorch's on one storage do not know of each other's writes",
        TORCH, "made._storage = storage_of(storage.first)", "pass", OTHERS,
    ),
    Fault(
        "save: strides are lost in a file of PyTorch's", WRITING,
        "strides = array.strides if _is_dense(array) else _in_order(array)",
        "strides = _in_order(array)", OTHERS,
    ),
    Fault(
        "save: the attributes of a state dict are lost",
        VALUES, "if word == \"ordered_dict\" and vars(value):", "if False:", OTHERS,
    ),
    Fault(
        "load_state_dict: a masked array fills in what is masked",
        LOADING, "isinstance(value, np.ma.MaskedArray)", "False", MODULE,
    ),
    Fault(
        "load_state_dict: bfloat16 of PyTorch's is not widened",
        LOADING, "        value = value.float()", "        pass", MODULE,
    ),
]  # fmt: skip
