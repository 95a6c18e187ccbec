"""Faults of checkpoints: something is forgotten, or a file is trusted that should not be."""

from __future__ import annotations

from tests.faults import faults_in

CHECKPOINTS = "tests/nn/test_checkpoints.py"

FAULTS = [
    *faults_in(
        "nn/training/checkpoints/generators.py",
        CHECKPOINTS,
        (
            "a resumed run drops out other units: the default generator is forgotten",
            '"autotensor.default_generator": at.default_generator,',
            "",
        ),
        (
            "generators that functions enclose are not found",
            'yield f"{place}.{name}", cell.cell_contents',
            "pass",
        ),
    ),
    *faults_in(
        "nn/training/checkpoints/parts.py",
        CHECKPOINTS,
        (
            "a resumed run begins its optimizer anew",
            'run.optimizer.load_state_dict(state["optimizer"])',
            "pass",
        ),
        (
            "what was frozen is forgotten",
            "parameters[name].requires_grad_(wanted)",
            "pass",
        ),
        (
            "a checkpoint that is refused half-way has changed the model",
            "            self._take(before)\n",
            "",
        ),
        (
            "another loader is refused when model and optimizer are overwritten",
            "            self._take_loader(loader)\n            self._take(state)\n",
            "            self._take(state)\n            before = self.state()\n"
            "            self._take_loader(loader)\n",
        ),
    ),
    *faults_in(
        "nn/training/checkpoints/keeper.py",
        CHECKPOINTS,
        (
            "the means of an epoch begin anew with a resume",
            'measures.take_joint_state(place["measures"])',
            "pass",
        ),
        (
            "a resumed run begins its epoch anew",
            "rest = together.read_on(run.loader, 0)",
            "rest = iter(type(run.loader)(run.loader.dataset, run.loader.batch_size))",
        ),
        (
            "a full disk is told of at every checkpoint",
            "            self.warned = True\n",
            "",
        ),
    ),
    *faults_in(
        "nn/data/plans.py",
        "tests/nn/test_loader_state.py",
        (
            "a loader that went on counts what it skipped twice when it is left again",
            "self.walk.count + self.start - self.begun",
            "self.walk.count + self.start",
        ),
    ),
    *faults_in(
        "nn/training/checkpoints/folder.py",
        CHECKPOINTS,
        ("a flipped bit is not noticed", "if found != match[3]:", "if not found:"),
        ("one checkpoint too many stays", "*rest[self.keep :]", "*rest[self.keep + 1 :]"),
    ),
    *faults_in(
        "nn/training/interrupts.py",
        CHECKPOINTS,
        (
            "Ctrl-C stops within a step",
            "        self.asked = True\n        if",
            '        raise KeyboardInterrupt("Ctrl-C")\n        if',
        ),
        (
            "the handler of before is not restored",
            "            signal.signal(signal.SIGINT, self._before)\n",
            "            pass\n",
        ),
    ),
    *faults_in(
        "autotensor/machine/files.py",
        CHECKPOINTS,
        (
            "what a killed save has left stays",
            "                os.remove(path)\n",
            "                pass\n",
        ),
    ),
]
