"""Runs array-api-tests, the suite of the array API standard, from a checkout of the user's.

    git clone --recurse-submodules https://github.com/data-apis/array-api-tests
    pip install -r array-api-tests/requirements.txt
    python -m tests.tools.array_api_suite array-api-tests --max-examples 50

What follows the folder is for pytest.  The suite is on no package index, so nothing here holds it;
it is told which dtypes there are not, and which of its tests are known to fail, with the reasons.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from autotensor.array_api.info import LEFT_OUT

ROOT = Path(__file__).parents[2]

_ZERO_D = "operators of Python let a Tensor without dimensions widen no other, as PyTorch does"
_NEGATIVE_STEP = "PyTorch refuses slices that go backwards"

_ELEMENTWISE = "array_api_tests/test_operators_and_elementwise_functions.py"

#: What cannot pass, by the suite's own name of a test or of all in a file or function, and why.
EXPECTED = {
    "array_api_tests/test_has_names.py::test_has_names[elementwise-imag]": LEFT_OUT["imag"],
    "array_api_tests/test_has_names.py::test_has_names[linalg-eig]": LEFT_OUT["linalg.eig"],
    "array_api_tests/test_has_names.py::test_has_names[linalg-eigvals]": LEFT_OUT["linalg.eigvals"],
    "array_api_tests/test_has_names.py::test_has_names[fft": LEFT_OUT["fft"],
    "array_api_tests/test_signatures.py::test_func_signature[imag]": LEFT_OUT["imag"],
    "array_api_tests/test_signatures.py::test_extension_func_signature[fft": LEFT_OUT["fft"],
    "array_api_tests/test_signatures.py::test_extension_func_signature[linalg.eig]": LEFT_OUT[
        "linalg.eig"
    ],
    "array_api_tests/test_fft.py": LEFT_OUT["fft"],
    "array_api_tests/test_array_object.py::test_getitem": _NEGATIVE_STEP,
    "array_api_tests/test_array_object.py::test_setitem": _NEGATIVE_STEP,
    f"{_ELEMENTWISE}::test_imag": LEFT_OUT["imag"],
    **{
        f"{_ELEMENTWISE}::test_{name}[{symbol}(x1, x2)]": _ZERO_D
        for name, symbol in {
            "add": "__add__", "bitwise_and": "__and__", "bitwise_left_shift": "__lshift__",
            "bitwise_or": "__or__", "bitwise_right_shift": "__rshift__", "bitwise_xor": "__xor__",
            "divide": "__truediv__", "floor_divide": "__floordiv__", "multiply": "__mul__",
            "pow": "__pow__", "remainder": "__mod__", "subtract": "__sub__",
        }.items()
    },
}  # fmt: skip


def main(folder: str, *options: str) -> int:
    """Runs the suite and gives pytest's exit status."""
    with tempfile.TemporaryDirectory() as temporary:
        expected = Path(temporary) / "expected.txt"
        lines = (f"# {reason}\n{test}" for test, reason in EXPECTED.items())
        expected.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run(
            [
                sys.executable, "-m", "pytest", "array_api_tests", "-q", "--disable-extension",
                "fft", "--xfails-file", str(expected), *options,
            ],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                "ARRAY_API_TESTS_MODULE": "autotensor.array_api",
                "ARRAY_API_TESTS_SKIP_DTYPES": ",".join(
                    name for name in LEFT_OUT if name.startswith(("complex", "uint"))
                ),
            },
        )  # fmt: skip
    return done.returncode


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
