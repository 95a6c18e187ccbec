"""Faults of what Tensors share: memory with other libraries and processes, copies, pickles."""

from __future__ import annotations

from tests.faults import faults_in

FAULTS = [
    *faults_in(
        "autotensor/protocols/dlpack.py",
        "tests/autotensor/protocols/test_dlpack.py",
        (
            "dlpack: a Tensor that requires grad is given away",
            "    if tensor.requires_grad:\n",
            "    if False:\n",
        ),
        (
            "dlpack: what is shared may be laid out anew",
            "return tensor.detach().array  #",
            "return tensor.array  #",
        ),
        (
            "dlpack: a capsule with a copy is on the same memory",
            "        array = array.copy()\n",
            "        array = array[:]\n",
        ),
        (
            "frombuffer: count is not heeded",
            "np.frombuffer(buffer, kind, max(count, -1), offset)",
            "np.frombuffer(buffer, kind, -1, offset)",
        ),
    ),
    *faults_in(
        "autotensor/foreign.py",
        "tests/autotensor/protocols/test_dlpack.py",
        (
            "from_dlpack: the memory of a device is read",
            "if kind not in _REACHABLE:",
            "if False:",
        ),
        (
            "from_dlpack: copy=True shares",
            'return np.array(array, order="C") if copy else array',
            "return array",
        ),
    ),
    *faults_in(
        "autotensor/sharing.py",
        "tests/autotensor/test_sharing.py",
        (
            "share_memory_: views stay where they were",
            "groups[id(one._storage)].append(one)",
            "pass",
        ),
        (
            "share_memory_: all views begin where the memory does",
            "start = old.__array_interface__[\"data\"][0] - low + offset if old.size else offset",
            "start = offset",
        ),
        (
            "a queue: what an operator made loses its history in silence",
            "if tensor.requires_grad and not tensor.is_leaf:",
            "if False:",
        ),
    ),
    *faults_in(
        "autotensor/machine/shared_memory.py",
        "tests/autotensor/test_sharing.py",
        (
            "share_memory_: small Tensors lie in the same place",
            "            _known.used += -(-max(count, 1) // _ALIGNMENT) * _ALIGNMENT\n",
            "",
        ),
        (
            "share_memory_: a forked process gives out the same places",
            "os.register_at_fork(after_in_child=_known.begin)",
            "pass",
        ),
    ),
    *faults_in(
        "autotensor/machine/sending.py",
        "tests/autotensor/test_sharing.py",
        (
            "a queue: a process ends before what it sent has arrived",
            "        while office.waiting and",
            "        while False and",
        ),
    ),
    *faults_in(
        "autotensor/pickling.py",
        "tests/autotensor/test_pickling.py",
        (
            "copy.deepcopy: Tensors on the same memory come apart",
            "if storage is None or not storage.shared:",
            "if True:",
        ),
        (
            "copy.copy: a write to it is not noticed",
            "    copied._storage = alike._storage\n",
            "",
        ),
        (
            "pickle: a view that has come to require grad does not",
            '{"array": self.array, "requires_grad": self.requires_grad}',
            '{"array": self.array, "requires_grad": self._requires_grad}',
        ),
    ),
]  # fmt: skip
