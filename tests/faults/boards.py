"""Faults of what watches a training: boards, loggers, the words beside checkpoints, the doctor."""

from __future__ import annotations

from tests.faults import Fault, faults_in

BOARDS = "tests/nn/test_boards.py"
LOGGERS = "tests/nn/test_loggers.py"
ABOUT = "tests/nn/test_about_checkpoints.py"

FAULTS: list[Fault] = [
    *faults_in(
        "nn/training/boards/judging.py",
        BOARDS,
        (
            "TensorBoard: targets that are ignored count in PR curves",
            "            counts &= right != ignored\n",
            "            pass\n",
        ),
        (
            "TensorBoard: PR curves of the last batch alone",
            "            self.counts[row] += found",
            "            self.counts[row] = found",
        ),
        (
            "TensorBoard: chances of labels are put through a sigmoid twice",
            "values if isinstance(reading.loss, BCELoss) else _sigmoid(values)",
            "_sigmoid(values)",
        ),
    ),
    *faults_in(
        "nn/training/loop.py",
        BOARDS,
        (
            "fit: a callback takes the last batch of the validation for one of training",
            "(run.inputs, run.targets), run.scores = before, None",
            "run.scores = None",
        ),
        (
            "fit: rates of other groups are not recorded",
            "rates[1:] if len(set(rates)) > 1 else []",
            "[]",
        ),
    ),
    *faults_in(
        "nn/training/loop.py",
        LOGGERS,
        (
            "fit: checkpoints look for generators in what loggers call",
            "kept = [one for one in callbacks if not isinstance(one, Logger)]",
            "kept = callbacks",
        ),
    ),
    *faults_in(
        "nn/training/loggers.py",
        LOGGERS,
        (
            "Logger: what was not measured is logged as NaN",
            " if not math.isnan(value)}",
            "}",
        ),
        (
            "Logger: epochs and batches on two axes",
            'self._log(metrics | {"epoch": float(run.epoch)}, run.step, run)',
            'self._log(metrics | {"epoch": float(run.epoch)}, run.epoch, run)',
        ),
        ("Logger: errors do not say whose", "            error.add_note(", "            str("),
    ),
    *faults_in(
        "nn/training/checkpoints/about.py",
        ABOUT,
        (
            "CheckpointFolder: a newer format is read",
            'if about["format"] > FORMAT:',
            "if False:",
        ),
        (
            "CheckpointFolder: somebody else's about.json is overwritten",
            'isinstance(before, Mapping) and "format" not in before',
            "False",
        ),
        (
            "CheckpointFolder: versions with other numbers are not told apart",
            'return parts[:2] if parts[0] == "0" else parts[:1]',
            "return parts[:1]",
        ),
    ),
    *faults_in(
        "nn/training/callbacks.py",
        "tests/nn/test_callbacks.py",
        ("fit: run.stop = True hides the method", "    def __set__(", "    def _set("),
    ),
    *faults_in(
        "nn/insight/doctor.py",
        "tests/nn/test_doctor.py",
        (
            "Doctor: the first steps of what begins as zeros are too large",
            "if id(weight) not in self._from_nothing:",
            "if True:",
        ),
    ),
    *faults_in(
        "autotensor/utils/event_files.py",
        "tests/autotensor/test_event_files.py",
        (
            "SummaryWriter: a wrong checksum of long entries",
            "        rest ^= own\n",
            "        rest = own\n",
        ),
    ),
]
