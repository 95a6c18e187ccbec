"""Faults of logs: lines lost, there twice, or half."""

from __future__ import annotations

from tests.faults import Fault, faults_in

LOGS = "tests/nn/test_logs.py"
EVENTS = "tests/autotensor/test_event_files.py"

FAULTS: list[Fault] = [
    *faults_in(
        "nn/training/logs.py",
        LOGS,
        (
            "CSVLog: what another run wrote is overwritten",
            "self._others = not (resumed or",
            "self._others = resumed and not (resumed or",
        ),
        (
            "CSVLog: a state holds for all later runs",
            "before, self._loaded = self._loaded, None",
            "before = self._loaded",
        ),
        (
            "CSVLog: lines stay where a run is resumed in its first epoch",
            "self._try_to_write(run, new=resumed)",
            "self._try_to_write(run)",
        ),
        (
            "CSVLog: lines of a killed run are taken for older ones",
            "for row in table.rows[:count]",
            "for row in table.rows",
        ),
        ("CSVLog: a vanished file is not made anew", " or _size(self.path) != self._size", ""),
        ("CSVLog: what a later callback measured is not written", " or latest != self._latest", ""),
        (
            "CSVLog: a new column is not written",
            "if names != self._names or",
            "if not self._names or",
        ),
        (
            "CSVLog: a full disk ends training",
            "        except OSError as error:\n            self._tr",
            "        except EOFError as error:\n            self._tr",
        ),
        ("Logs: trouble is said again and again", "            self.told = True\n", ""),
        (
            "LivePlot: a full disk ends training",
            "    except OSError as error:\n                self",
            "    except EOFError as error:\n                self",
        ),
    ),
    *faults_in(
        "nn/training/boards/callback.py",
        LOGS,
        (
            "TensorBoard: epochs after the resumed one are shown twice",
            "TRAIN: self._given + 1, VALIDATION",
            "TRAIN: 1000, VALIDATION",
        ),
        (
            "TensorBoard: batches after the resumed one are shown twice",
            "else self._batches + 1",
            "else 1000",
        ),
        (
            "TensorBoard: losses of batches that wait are lost in a kill",
            "        del self._late[: len(self._late) - writer.waiting]",
            "        self._late.clear()",
        ),
        (
            "TensorBoard: epochs that wait count as written",
            "if not any(writer.waiting for writer in self._writers.values()):",
            "if True:",
        ),
    ),
    *faults_in(
        "nn/training/csv_files.py",
        LOGS,
        (
            "History.load: half a line is a row",
            "text, cut_off = text[:end], text[end:]",
            "cut_off = text[end:]",
        ),
        (
            "History.save: numbers of NumPy lose digits",
            "        value = value.item()\n",
            "        value = str(value)\n",
        ),
    ),
    *faults_in(
        "nn/training/history.py",
        LOGS,
        (
            "History: a state shares its lists",
            "{name: list(column) for name, column in self.items()}\n\n    def load",
            "dict(self)\n\n    def load",
        ),
        (
            "History.load_state_dict: lists of unequal length are taken",
            "len(set(lengths.values())) > 1",
            "False",
        ),
    ),
    *faults_in(
        "nn/training/saying.py",
        LOGS,
        (
            "fit: a closed output ends training",
            "except (OSError, ValueError) as error",
            "except OSError as error",
        ),
        (
            "fit: a missing output for errors ends training",
            "except (AttributeError, ValueError):",
            "except ValueError:",
        ),
    ),
    *faults_in(
        "autotensor/machine/appending.py",
        LOGS,
        (
            "append: half a piece stays where the disk is full",
            "                os.ftruncate(number, size)",
            "                pass",
        ),
        ("append: a write in two pieces loses the second", "while rest:  #", "if rest:  #"),
    ),
    *faults_in(
        "autotensor/machine/appending.py",
        EVENTS,
        ("append: what others wrote is written behind", "!= size:", "< 0:"),
    ),
    *faults_in(
        "autotensor/utils/event_files.py",
        EVENTS,
        ("SummaryWriter: a wrong checksum", "rest >> 15 | rest << 17", "rest >> 17 | rest << 15"),
        (
            "SummaryWriter: files of one second in no order",
            "int(one[1]) + 1 for one",
            "int(one[1]) for one",
        ),
        ("SummaryWriter: what waits is unbounded", "if self.waiting and sum", "if False and sum"),
        (
            "SummaryWriter: a huge number is an error",
            '.astype("<f4").tobytes()',
            '.astype("<f4", casting="equiv").tobytes()',
        ),
        (
            "SummaryWriter: a later file hides this run",
            "self._path, self._purge_step = path, None",
            "self._path = path",
        ),
    ),
]
