"""What users get: the wheel's contents and metadata, and a README whose words are true."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest

import autotensor as at

ROOT = Path(__file__).resolve().parents[1]

# Building runs without NumPy: reading the version must not import the package.
BUILD = """
import sys
sys.modules["numpy"] = None
from setuptools import build_meta
getattr(build_meta, sys.argv[1])(sys.argv[2])
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree to build from, so that nothing is left behind in ours."""
    if importlib.util.find_spec("setuptools") is None:
        pytest.skip("building a wheel needs setuptools: pip install -e '.[test]'")
    copy = tmp_path_factory.mktemp("wheel") / "tree"
    unwanted = shutil.ignore_patterns(
        *(".git", ".venv", "venv", ".*cache*", ".hypothesis", "build", "dist", "out", "site"),
        *("__pycache__", "*.egg-info", "*.whl"),
    )
    shutil.copytree(ROOT, copy, ignore=unwanted)
    return copy


def made(tree: Path, hook: str) -> Path:
    """The folder with what setuptools makes, asked as pip asks it."""
    folder = tree.parent / hook
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", BUILD, hook, str(folder)],
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return folder


def built(tree: Path, hook: str) -> zipfile.ZipFile:
    (found,) = made(tree, hook).glob("*.whl")
    return zipfile.ZipFile(found)


@pytest.fixture(scope="module")
def wheel(tree: Path) -> zipfile.ZipFile:
    return built(tree, "build_wheel")


@pytest.fixture(scope="module")
def files(wheel: zipfile.ZipFile) -> set[str]:
    return set(wheel.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return BytesParser().parsebytes(wheel.read(name))


def test_every_module_is_in_the_wheel(files: set[str]) -> None:
    sources = {
        path.relative_to(ROOT).as_posix()
        for package in ("autotensor", "nn")
        for path in (ROOT / package).rglob("*.py*")
        if path.suffix in (".py", ".pyi")
    }
    assert {"autotensor/__init__.pyi", "nn/functional.pyi"} <= sources
    assert {"autotensor/__init__.py", "nn/__init__.py"} <= sources
    assert sources <= files


@pytest.mark.parametrize("package", ["autotensor", "nn"])
def test_the_wheel_says_that_it_is_typed(files: set[str], package: str) -> None:
    assert f"{package}/py.typed" in files


@pytest.mark.parametrize("folder", ["nn/data/mnist", "nn/data/sonnets"])
def test_the_data_and_its_readme_are_in_the_wheel(files: set[str], folder: str) -> None:
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).iterdir()}
    assert f"{folder}/README.md" in data
    assert data <= files


def test_nothing_else_is_in_the_wheel(files: set[str]) -> None:
    tops = {name.split("/")[0] for name in files}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"autotensor", "nn"}
    others = {
        name
        for name in files
        if not name.endswith((".py", ".pyi", "/py.typed", "/seeing/drawing/page.js"))
        and not name.startswith(
            ("nn/data/mnist/", "nn/data/sonnets/", "autotensor/examples/chapters/")
        )
        and ".dist-info/" not in name
    }
    assert not others


def test_the_course_runs_from_the_wheel(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "installed")
    command = [sys.executable, "-W", "error", "-m", "autotensor.examples"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for arguments in ([], ["plain_descent", "--short"]):
        done = subprocess.run(
            [*command, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").is_dir()
    chapters = {path.name for path in (ROOT / "examples").glob("[0-9]*")}
    installed = tmp_path / "installed" / "autotensor" / "examples" / "chapters"
    assert {path.name for path in installed.glob("[0-9]*")} == chapters != set()


def test_the_licence_is_in_the_wheel(files: set[str]) -> None:
    assert any(name.endswith("/LICENSE") and ".dist-info/" in name for name in files)


def test_checkers_can_follow_an_editable_install(tree: Path) -> None:
    """It is a path to the tree; type checkers and editors run no import hook."""
    editable = built(tree, "build_editable")
    (link,) = (name for name in editable.namelist() if ".dist-info/" not in name)
    assert link.endswith(".pth")
    assert editable.read(link).decode().strip() == str(tree)


# --- the source distribution --------------------------------------------------------------------


@pytest.fixture(scope="module")
def source(tree: Path) -> set[str]:
    """The files of the source distribution, without the folder they are in."""
    (found,) = made(tree, "build_sdist").glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = [one.name.partition("/")[2] for one in archive.getmembers() if one.isfile()]
    return set(names)


def test_the_source_distribution_is_the_repository(tree: Path, source: set[str]) -> None:
    """With the tests and what they read, the course, the documentation, licences of data."""
    made_by_setuptools = {"PKG-INFO", "setup.cfg"}
    here = {
        path.relative_to(tree).as_posix()
        for path in tree.rglob("*")
        if path.is_file()
        and not path.relative_to(tree).parts[0].startswith(("build", "autotensor.egg"))
    }
    assert {
        *(".ci/run", "tests/conftest.py", "examples/README.md", "docs/conf.py", "LICENSE"),
        *("nn/data/mnist/README.md", "benchmarks/__main__.py", "tests/faults/test_faults.py"),
    } <= source
    assert here - source == set()
    assert {
        name for name in source - here - made_by_setuptools if ".egg-info/" not in name
    } == set()


# --- metadata -----------------------------------------------------------------------------------


def required(metadata: Message) -> dict[str | None, set[str]]:
    """What is required, by extra; under None what is always required."""
    found: dict[str | None, set[str]] = {}
    for line in metadata.get_all("Requires-Dist", []):
        requirement, _, marker = (part.strip() for part in line.partition(";"))
        extra = re.fullmatch(r"extra == ['\"](\w+)['\"]", marker)
        assert extra or not marker, line
        found.setdefault(extra and extra[1], set()).add(requirement.replace(" ", ""))
    return found


def test_run_time_needs_three_packages(metadata: Message) -> None:
    assert required(metadata)[None] == {"numpy>=2.0", "pillow", "tqdm"}


def test_the_extras(metadata: Message) -> None:
    extras = required(metadata)
    assert set(extras) == {
        *(None, "plot", "einops", "mpi", "onnx", "safetensors", "scipy", "sklearn", "tensorboard"),
        *("test", "checkers", "docs", "tools", "peers"),
    }
    assert extras["plot"] == {"matplotlib"}
    assert "torch==2.13.0" in extras["tools"]
    for extra in (None, "plot", "test"):
        assert not [name for name in extras[extra] if name.startswith("torch")]


def test_name_version_and_python(metadata: Message) -> None:
    import autotensor

    assert metadata["Name"] == "autotensor"
    assert metadata["Version"] == autotensor.__version__
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT AND CC-BY-SA-3.0"


def test_the_changelog_knows_this_version(metadata: Message) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{metadata['Version']}]" in changelog


def relative_links(text: str) -> list[str]:
    return re.findall(r"\]\((?!https?:|#)([^)]*)\)", text)


def description(metadata: Message) -> str:
    return str(metadata.get_payload(decode=True).decode())  # type: ignore[union-attr]


def test_links_that_pypi_shows_lead_somewhere(metadata: Message) -> None:
    """No address of the repository is known, so what led into it is plain words."""
    text = description(metadata)
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "autotensor" in text
    assert relative_links(readme())
    assert relative_links(text) == []


def test_with_an_address_they_lead_into_the_repository(tree: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tree"
    shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    project = (copy / "pyproject.toml").read_text(encoding="utf-8")
    urls = '[project.urls]\nSource = "https://example.org/autotensor/"\n'
    (copy / "pyproject.toml").write_text(f"{project}\n{urls}", encoding="utf-8")
    folder = made(copy, "prepare_metadata_for_build_wheel")
    (found,) = folder.glob("*.dist-info/METADATA")
    text = description(BytesParser().parsebytes(found.read_bytes()))
    assert relative_links(text) == []
    assert "](https://example.org/autotensor/blob/main/docs/tables/operators.md)" in text
    assert "](https://example.org/autotensor/raw/main/docs/static/neuron.svg)" in text


# --- README -------------------------------------------------------------------------------------


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "runs"),
    [("example", "1_train_lenet.py"), ("tests", "pytest"), ("docs", "sphinx -W --keep-going")],
)
def test_readme_gives_the_commands_that_ci_runs(name: str, runs: str) -> None:
    blocks = re.findall(rf"^<!-- command: {name} -->\n```sh\n([^\n]+)\n```$", readme(), re.M)
    assert len(blocks) == 1
    assert blocks[0].startswith("python3 -m venv .venv && ")
    assert runs in blocks[0]


def test_the_extras_in_readme_exist(metadata: Message) -> None:
    named = {
        extra for extras in re.findall(r"\.\[([\w,]+)\]", readme()) for extra in extras.split(",")
    }
    assert named
    assert named <= set(metadata.get_all("Provides-Extra", []))


def test_files_named_in_readme_exist() -> None:
    linked = re.findall(r"\]\(([^)#:]+)\)", readme())
    assert linked
    missing = [path for path in linked if not (ROOT / path).exists()]
    assert not missing


def test_readme_quotes_what_explain_says() -> None:
    w, x = at.tensor(0.42, requires_grad=True), at.tensor(2.0)
    y = (w * x).tanh()
    (said,) = re.findall(r"it reads `(.*)`\.", readme())
    assert said in y.explain().text()


def test_the_python_in_readme_runs(tmp_path: Path) -> None:
    """All Python blocks of README run as they stand, one after the other, as one program; what
    needs another package is tried in ``tests/tools``."""
    needing = r"^<!-- needs: \w+ -->\n```python\n.*?^```$"
    alone = re.sub(needing, "", readme(), flags=re.M | re.S)
    blocks = re.findall(r"^```python\n(.*?)^```$", alone, re.M | re.S)
    assert len(blocks) >= 2
    program = tmp_path / "readme.py"
    program.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
