"""What touches the process: each switch turns it off, and it goes without where it is missing."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autotensor.machine import error_state, memory, switches
from autotensor.machine.workers import LOCKED

ROOT = Path(__file__).resolve().parents[2]


def run(code: str, **variables: str) -> None:
    """Runs ``code`` in a new interpreter with these variables, warnings as errors."""
    inherited = {name: value for name, value in os.environ.items() if "AUTOTENSOR_" not in name}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env=inherited | variables,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


# --- switches -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "on"), [(None, True), ("", True), ("1", True), ("0", False)])
def test_a_switch(given: str | None, on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTOTENSOR_SWITCH", raising=False)
    if given is not None:
        monkeypatch.setenv("AUTOTENSOR_SWITCH", given)
    assert switches.switched_on("AUTOTENSOR_SWITCH") is on


@pytest.mark.parametrize("given", ["2", "-1", "no", "²"])
def test_a_switch_is_0_or_1(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOTENSOR_SWITCH", given)
    with pytest.raises(ValueError, match="AUTOTENSOR_SWITCH: expected"):
        switches.switched_on("AUTOTENSOR_SWITCH")


# --- NumPy's error state ------------------------------------------------------------------------

SILENT = """
import numpy as np, autotensor as at, nn
from nn import optim
infinite = at.full((1 << 17,), float("inf"), requires_grad=True)
assert (1 / at.zeros(2)).isinf().all() and (infinite - infinite).isnan().all()
((infinite * 0).exp() / 0).sum().backward()
assert at.linalg.slogdet(at.zeros(2, 2))[1].item() == -float("inf")
at.set_num_threads(2)
model = nn.Conv2d(4, 16, 5)
optimizer = optim.Adam(model.parameters())
model(at.full((16, 4, 28, 28), float("inf"))).sum().backward()
optimizer.step()
assert np.geterr() == {"divide": "warn", "over": "raise", "under": "ignore", "invalid": "warn"}
try:
    np.array(1.0) / np.array(0.0)
except RuntimeWarning:
    pass
else:
    raise SystemExit("the warnings of the user are gone")
"""


def test_infinity_and_nan_are_silent_and_the_user_keeps_warnings() -> None:
    run("import numpy; numpy.seterr(over='raise')" + SILENT)


def test_ufuncs_have_short_buffers_and_those_of_the_user_keep_theirs() -> None:
    before = np.getbufsize()
    assert error_state.silent().run(np.getbufsize) == error_state.BUFFER < before
    token = error_state.numpy_errors.set(error_state.ignored)
    try:
        assert np.getbufsize() == error_state.BUFFER
    finally:
        error_state.numpy_errors.reset(token)
    assert np.getbufsize() == before


def test_numpy_that_keeps_its_error_state_in_no_context() -> None:
    run(
        "import numpy\n"
        "numpy.seterr(over='raise')\n"
        "real = numpy.seterr\n"
        "numpy.seterr = lambda **errors: real()\n"
        "from autotensor.machine import error_state\n"
        "numpy.seterr = real\n"
        "assert error_state.numpy_errors.__class__.__name__ == '_ErrorState'" + SILENT
    )


def test_an_error_state_of_the_thread_is_left_as_it_was() -> None:
    run(
        "import numpy\n"
        "state = numpy.geterr()\n"
        "before = dict(state)\n"
        "numpy.geterr = lambda: dict(state)\n"
        "def seterr(all=None, **errors):\n"
        "    state.update(errors or dict.fromkeys(state, all))\n"
        "numpy.seterr = seterr\n"
        "from autotensor.machine import error_state\n"
        "assert state == before\n"
        "assert error_state.numpy_errors.__class__.__name__ == '_ErrorState'"
    )


def test_a_variable_that_is_not_numpys_is_passed_over() -> None:
    run(
        "import contextvars, numpy\n"
        "other = contextvars.ContextVar('other')\n"
        "real = numpy.seterr\n"
        "def seterr(**errors):\n"
        "    other.set(1)\n"
        "    return real(**errors)\n"
        "numpy.seterr = seterr\n"
        "from autotensor.machine import error_state\n"
        "assert error_state.numpy_errors is not other\n"
        "assert isinstance(error_state.numpy_errors, contextvars.ContextVar)"
    )


def test_numpys_error_state_left_alone() -> None:
    run(
        "import numpy as np, autotensor as at\n"
        "zero = at.zeros(2, requires_grad=True)\n"
        "for compute in (zero.log, zero.sqrt().sum().backward):\n"
        "    try:\n"
        "        compute()\n"
        "    except RuntimeWarning:\n"
        "        continue\n"
        "    raise SystemExit('silent')\n"
        "np.seterr(all='ignore')\n"
        "assert at.zeros(2).log().isinf().all()",
        AUTOTENSOR_SILENT="0",
    )


# --- memory -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "calls"),
    [
        (None, "", 2),
        ("AUTOTENSOR_KEEP_MEMORY", "1", 2),
        ("AUTOTENSOR_KEEP_MEMORY", "0", 0),
        ("MALLOC_TRIM_THRESHOLD_", "1000", 0),
        ("MALLOC_MMAP_THRESHOLD_", "1000", 0),
    ],
)
def test_memory_is_kept_unless_the_user_says_otherwise(
    variable: str | None, value: str, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []

    class Library:
        def __init__(self, name: None) -> None:
            self.mallopt = lambda *setting: told.append(setting)

    monkeypatch.setattr(ctypes, "CDLL", Library)
    for name in ("AUTOTENSOR_KEEP_MEMORY", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"):
        monkeypatch.delenv(name, raising=False)
    if variable is not None:
        monkeypatch.setenv(variable, value)
    memory.keep_freed_memory()
    assert len(told) == calls


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("keep", "most"), [("1", 280 << 20), ("0", 16 << 20)])
def test_what_is_kept_of_freed_memory_has_a_bound(keep: str, most: int) -> None:
    # Without Python's lock NumPy has the C library keep the shapes of arrays: a few bytes of one at
    # the end of the memory, in the thread's own store, would hold all before it.
    store = {} if LOCKED else {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
    run(
        "import os, numpy as np, autotensor as at\n"
        "def resident():\n"
        "    with open('/proc/self/statm') as file:\n"
        "        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')\n"
        "before = resident()\n"
        "for size in (1 << 17, 1 << 20, 9 << 20, 20 << 20):\n"
        "    blocks = [np.ones(size, np.uint8) for _ in range((400 << 20) // size)]\n"
        "    assert resident() - before > 390 << 20\n"
        "    del blocks\n"
        f"    assert resident() - before < {most}, (size, resident() - before)",
        AUTOTENSOR_KEEP_MEMORY=keep,
        **store,
    )


@pytest.mark.parametrize("problem", [AttributeError, OSError, TypeError])
def test_another_c_library_is_left_alone(
    problem: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: None) -> None:
        raise problem

    monkeypatch.setattr(ctypes, "CDLL", missing)
    memory.keep_freed_memory()


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(300,), (2, 257), (2, 3, 256), (3, 5), (2, 0), (0, 500)])
def test_lines_of_memory_begin_with_lines_of_the_cache(shape: tuple[int, ...], dtype: str) -> None:
    kind = np.dtype(dtype)
    for _ in range(4):  # NumPy's own memory may begin there by luck
        lines = memory.empty_lines(shape, kind)
        assert lines.dtype == kind
        assert lines.shape[:-1] == shape[:-1]
        assert shape[-1] <= lines.shape[-1] <= 1.25 * shape[-1]
        assert lines.flags.c_contiguous
        lines[...] = 1
        assert lines.ctypes.data % 64 == 0
        assert shape[-1] < 256 or lines.shape[-1] * kind.itemsize % 64 == 0


# --- threads ------------------------------------------------------------------------------------

TRAINS = """
import nn
out = nn.Conv2d(8, 64, 5)(at.rand(64, 8, 28, 28))
out.sum().backward()
"""


def test_the_number_of_threads_at_import() -> None:
    run(
        "import autotensor as at\n"
        "from autotensor.machine import threads\n"
        "known = threads._blas.get is not None\n"
        "assert at.get_num_threads() == (3 if known else 1)\n"
        "assert not known or threads._blas.get() == 3" + TRAINS,
        AUTOTENSOR_NUM_THREADS="3",
    )


def test_importing_leaves_blas_as_it_is() -> None:
    run(
        "import autotensor.machine.threads as threads\n"
        "read = threads._blas.get\n"
        "assert read is None or threads.get_num_threads() == read()"
    )


@pytest.mark.parametrize("why", ["told not to", "not OpenBLAS", "cannot be loaded"])
def test_blas_that_is_left_alone(why: str) -> None:
    hidden = {
        "told not to": "",
        "not OpenBLAS": "import os; os.listdir = lambda folder: []\n",
        "cannot be loaded": "import ctypes, numpy\n"
        "def refuse(name): raise OSError\n"
        "ctypes.PyDLL = refuse\n",
    }[why]
    run(
        "from autotensor.machine import threads as usual\n"
        "read, before = usual._blas.get, usual.get_num_threads()\n"
        "import sys\n"
        "for name in [name for name in sys.modules if name.startswith('autotensor')]:\n"
        "    del sys.modules[name]\n"
        "import os; os.environ['AUTOTENSOR_NUM_THREADS'] = "
        f"{'0' if why == 'told not to' else ''!r}\n{hidden}"
        "import autotensor as at\n"
        "from autotensor.machine import threads\n"
        "assert threads is not usual and threads._blas[:2] == (None, None)\n"
        "at.set_num_threads(2)\n"
        "assert at.get_num_threads() == 1" + TRAINS + "assert read is None or read() == before"
    )


def test_a_wrong_number_of_threads_in_the_environment() -> None:
    run(
        "try:\n"
        "    import autotensor\n"
        "except ValueError as error:\n"
        "    assert str(error) == \"AUTOTENSOR_NUM_THREADS: expected a whole number, got 'two'\"\n"
        "else:\n"
        "    raise SystemExit('accepted')",
        AUTOTENSOR_NUM_THREADS="two",
    )


def test_processors_left_to_the_system() -> None:
    run(
        "import autotensor as at, os\n"
        "from autotensor.machine import threads, workers\n"
        "assert workers.number_of_processor is None\n"
        "at.set_num_threads(2)" + TRAINS + "threads.in_parts(print, 2, threads.HEAVY + 1)\n"
        "if hasattr(os, 'sched_getaffinity'):\n"
        "    everywhere = os.sched_getaffinity(0)\n"
        "    assert all(os.sched_getaffinity(one.thread.native_id) == everywhere\n"
        "               for one in workers.workers.all)",
        AUTOTENSOR_AFFINITY="0",
    )
