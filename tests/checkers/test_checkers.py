"""What users of type checkers and editors meet, on programs of theirs in a folder of theirs.

pyright and jedi are no part of what the tests need: without them these tests are skipped.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import autotensor as at
import nn
import nn.functional as F
from nn import optim
from tests.checkers import seen

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = sorted((HERE / "programs").glob("*.py"))

#: By file, the lines in which a checker finds an error, with what it says.
Findings = dict[str, dict[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a user, elsewhere, with the programs and the mistakes."""
    there = tmp_path_factory.mktemp("user")
    for path in [*PROGRAMS, HERE / "mistakes.py"]:
        shutil.copy(path, there)
    return there


def ran(command: list[str], folder: Path, **variables: str) -> str:
    """What a checker says; it must have come to a verdict."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def by_mypy(folder: Path) -> Findings:
    cache = ROOT / ".mypy_cache" / "users"
    # The packages stand in a path of imports, as an installed one does: only the user is judged.
    options = ["--strict", "--follow-imports=silent", "--no-error-summary", f"--cache-dir={cache}"]
    output = ran([sys.executable, "-m", "mypy", *options, "."], folder, MYPYPATH=str(ROOT))
    found: Findings = {}
    for file, line, words in re.findall(r"^([\w/]+\.py):(\d+): error: (.*)$", output, re.M):
        found.setdefault(file, {})[int(line)] = words
    return found


@pytest.fixture(scope="module")
def by_pyright(folder: Path) -> Findings:
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("needs pyright: pip install -e '.[checkers]'")
    settings = {"extraPaths": [str(ROOT)], "typeCheckingMode": "standard"}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    # Of itself pyright looks for NumPy where the first Python on PATH has it.
    python = ["--pythonpath", sys.executable]
    output = ran([sys.executable, "-m", "pyright", *python, "--outputjson"], folder)
    found: Findings = {}
    for one in json.loads(output)["generalDiagnostics"]:
        if one["severity"] == "error":
            line = one["range"]["start"]["line"] + 1
            found.setdefault(Path(one["file"]).name, {})[line] = one["message"]
    return found


@pytest.fixture(params=["by_mypy", "by_pyright"])
def findings(request: pytest.FixtureRequest) -> Findings:
    found: Findings = request.getfixturevalue(request.param)
    return found


# -- checkers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_the_programs_run(path: Path) -> None:
    runpy.run_path(str(path))["main"]()


def test_there_is_no_false_error_in_ordinary_programs(findings: Findings) -> None:
    assert len(PROGRAMS) > 10
    assert findings.keys() <= {"mistakes.py"}


def test_mistakes_are_found(findings: Findings) -> None:
    lines = (HERE / "mistakes.py").read_text(encoding="utf-8").splitlines()
    planted = {number for number, line in enumerate(lines, 1) if line.endswith("# mistake")}
    found = findings["mistakes.py"]
    assert len(planted) == 24
    assert not found.keys() - planted, "a false error"
    assert len(planted & found.keys()) >= 23, planted - found.keys()


@pytest.fixture(scope="module")
def files() -> dict[str, Any]:
    return seen.read()


def test_every_public_name_is_seen(files: dict[str, Any]) -> None:
    assert not seen.missing(files)


def test_every_method_of_a_tensor_is_seen(files: dict[str, Any]) -> None:
    info = files["autotensor"].names["Tensor"].node
    assert not [
        name for name in dir(at.Tensor) if name[0] != "_" and not info.has_readable_member(name)
    ]


def test_results_have_types(files: dict[str, Any]) -> None:
    everything = list(seen.signatures(files))
    assert len(everything) > 1500
    vague = seen.vague(everything)
    assert len(vague) <= 0.02 * len(everything), vague


# -- completion ------------------------------------------------------------------------------------

PLACES: dict[str, Any] = {
    "at": at,
    "at.linalg": at.linalg,
    "nn": nn,
    "F": F,
    "optim": optim,
    "x": at.Tensor,
    "(x + 1)": at.Tensor,
    "nn.Linear(2, 3)": nn.Linear,
}


@pytest.mark.parametrize("place", PLACES)
def test_an_editor_offers_the_names(place: str, tmp_path: Path) -> None:
    jedi = pytest.importorskip("jedi", reason="needs jedi: pip install -e '.[test]'")
    text = (
        "import autotensor as at\nimport nn\nimport nn.functional as F\nfrom nn import optim\n"
        f"x = at.randn(2, 3)\n{place}."
    )
    project = jedi.Project(tmp_path, added_sys_path=[str(ROOT)])
    offered = {one.name for one in jedi.Script(text, project=project).complete()}
    wanted = {name for name in dir(PLACES[place]) if name[0] != "_"}
    assert len(wanted & offered) >= 0.95 * len(wanted), wanted - offered


# -- dir() and help() ------------------------------------------------------------------------------


def public_modules() -> list[str]:
    # The types, and what ``extend`` shows on purpose, are partly Python's.
    return sorted(
        {*seen.MODULES, "nn.layers", "nn.modules"} - {"autotensor.types", "autotensor.extend"}
    )


@pytest.mark.parametrize("name", public_modules())
def test_dir_lists_nothing_imported_for_use_inside(name: str) -> None:
    module = importlib.import_module(name)
    shown = {one: getattr(module, one) for one in seen.shown(module)}
    assert shown
    foreign = [
        one
        for one, value in shown.items()
        if isinstance(value, type | ModuleType | Callable)
        and not _home(value).startswith(("autotensor", "nn"))
    ]
    assert not foreign
    assert not {"TYPE_CHECKING", "annotations"} & shown.keys()


def _home(value: Any) -> str:
    return str(value.__name__ if isinstance(value, ModuleType) else value.__module__)


def test_help_lists_the_functions_by_family() -> None:
    text = at.__doc__ or ""
    families = dict(re.findall(r"^(\w[\w ]*):\n((?:    .*\n?)+)", text, re.M))
    assert len(families) > 8
    assert {"inverse", "svd"} <= set(families["linear algebra"].split())
    listed = [name for names in families.values() for name in names.split()]
    assert sorted(listed) == seen.shown(at)


def test_in_place_methods_show_their_arguments() -> None:
    signature = inspect.signature(at.Tensor.add_)
    assert list(signature.parameters) == ["input", "other", "alpha"]
    for name in dir(at.Tensor):
        method = getattr(at.Tensor, name)
        if name[0] != "_" and name.endswith("_") and inspect.isfunction(method):
            kinds = {one.kind for one in inspect.signature(method).parameters.values()}
            assert inspect.Parameter.VAR_KEYWORD not in kinds, name
