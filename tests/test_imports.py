"""What imports what: quick to load, one way from `nn` to `autotensor`, no circles.

The rules are read off the syntax trees, so an import hidden in a function is seen as well. Only
libraries that load when first needed may be imported there.
"""

from __future__ import annotations

import ast
import graphlib
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from autotensor.importing import public_names

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("autotensor", "nn")
ALLOWED = {"numpy", "einops", "PIL", "tqdm", "matplotlib"}
COMPUTED_IN = "autotensor.importing"
"""Imports what ``on_demand`` was told; the calls of that count as imports."""


# --- reading imports off a file -----------------------------------------------------------------


def modules_of(package: str, root: Path = ROOT) -> dict[str, Path]:
    """The modules of a package by dotted name; a package's `__init__.py` has the package's name."""
    modules = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules


def is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
    return name == "TYPE_CHECKING"


def import_nodes(
    node: ast.AST, in_function: bool = False
) -> Iterator[tuple[ast.Import | ast.ImportFrom | ast.Call, bool]]:
    """Every import below `node`, and whether it is inside a function; not those only for types."""
    if isinstance(node, ast.If) and is_type_checking(node.test):
        children: list[ast.AST] = list(node.orelse)
    else:
        children = list(ast.iter_child_nodes(node))
    in_function |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    for child in children:
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, in_function
        elif isinstance(child, ast.Call):
            function = child.func
            called = getattr(function, "attr", getattr(function, "id", None))
            if called in ("import_module", "__import__", "on_demand", "_on_demand"):
                yield child, in_function
        yield from import_nodes(child, in_function)


def imports_of(module: str, path: Path, known: dict[str, Path]) -> Iterator[tuple[str, int, bool]]:
    """(imported module, line, inside a function?) for every import in a file.

    `from a import b` counts as an import of `a.b` where that is a module, else of `a`.
    """
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node, in_function in import_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str]
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            names = [
                submodule if (submodule := f"{base}.{alias.name}") in known else base
                for alias in node.names
            ]
        elif "on_demand" in ast.unparse(node.func):
            names = [f"{package}.{ast.literal_eval(one)}" for one in node.args[1:]]
            names += by_module(node)
        elif module == COMPUTED_IN:
            continue
        else:
            argument = node.args[0] if node.args else None
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                raise AssertionError(
                    f"{path}:{node.lineno}: an import whose name is computed cannot be checked"
                )
            names = [argument.value]
        for name in names:
            yield name, node.lineno, in_function


def waits_for_an_extra(path: Path) -> bool:
    """Whether a module imports, as it is loaded, a package of an extra that is not installed."""
    return any(
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "import_extra"
        and find_spec(ast.literal_eval(node.args[0]).partition(".")[0]) is None
        for statement in ast.parse(path.read_text(encoding="utf-8")).body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
    )


def by_module(call: ast.Call) -> dict[str, str | None]:
    """What a call of ``on_demand`` says that modules define; None where another package says it."""
    given = next((one.value for one in call.keywords if one.arg == "names"), None)
    if not isinstance(given, ast.Dict):
        return {}
    return {
        ast.literal_eval(module or ast.Constant("")): None
        if isinstance(listed, ast.Call)
        else ast.literal_eval(listed)
        for module, listed in zip(given.keys, given.values, strict=True)
    }


def circle_in(known: dict[str, Path]) -> list[str] | None:
    """One circle of imports among the given modules, or None."""
    graph = {
        module: {name for name, _, _ in imports_of(module, path, known) if name in known}
        for module, path in known.items()
    }
    itself = [module for module, imported in graph.items() if module in imported]
    if itself:
        return [itself[0], itself[0]]
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return None


def all_imports() -> list[tuple[str, Path, str, int, bool]]:
    known = {name: path for package in PACKAGES for name, path in modules_of(package).items()}
    return [
        (module, path, *found)
        for module, path in known.items()
        for found in imports_of(module, path, known)
    ]


# --- the packages -------------------------------------------------------------------------------


def loaded_after(code: str) -> set[str]:
    """The modules that a new interpreter has loaded after running `code`, warnings as errors."""
    code += "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "library", ["PIL", "tqdm", "matplotlib", "tensorboard", "einops", "torch", "scipy"]
)
def test_importing_both_packages_leaves_heavy_libraries_alone(
    loaded_by_import: set[str], library: str
) -> None:
    found = {name for name in loaded_by_import if name.split(".")[0] == library}
    assert not found, f"import autotensor, nn loads {library}"


@pytest.fixture(scope="module")
def loaded_by_import() -> set[str]:
    loaded = loaded_after("import autotensor, nn")
    assert {"autotensor", "nn", "numpy"} <= loaded
    return loaded


@pytest.mark.parametrize(
    "name",
    [
        "autotensor.autograd.functional.jacobian",
        "autotensor.distributions.normal.Normal",
        "autotensor.func.grad",
        "autotensor.linalg.matrix_norm",
        "autotensor.special.expit",
        "autotensor.utils.checkpoint.checkpoint",
        "autotensor.vmap",
        "nn.LSTM",
        "nn.LazyConv2d",
        "nn.MSELoss",
        "nn.layers.Transformer",
        "nn.optim.LBFGS",
        "nn.optim.RMSprop",
        "nn.optim.lr_scheduler.StepLR",
        "nn.optim.swa_utils.AveragedModel",
        "nn.summary",
        "nn.utils.clip_grad_norm_",
        "nn.utils.rnn.pack_sequence",
    ],
)
def test_what_is_imported_on_demand_is_there(name: str) -> None:
    package = re.match(r"nn\.(optim|layers)(?=\.)|\w+", name)[0]  # type: ignore[index]
    listed = name.removeprefix(f"{package}.").partition(".")[0]
    loaded_after(f"import autotensor, nn\nassert {listed!r} in dir({package})\n{name}\n{name}")


def test_on_demand_knows_all_names_of_a_module() -> None:
    """What type checkers see by ``from module import *`` is what ``on_demand`` was told."""
    listed = {
        module: names.split()
        for package in PACKAGES
        for path in modules_of(package).values()
        for node, _ in import_nodes(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for module, names in by_module(node).items()
        if names is not None and f"from {module} import *" in path.read_text(encoding="utf-8")
    }
    assert len(listed) > 10
    for module, names in listed.items():
        if waits_for_an_extra(modules_of("nn").get(module, Path(__file__))):
            continue
        shown = getattr(importlib.import_module(module), "__all__", None) or public_names(module)
        assert sorted(names) == sorted(shown), module


def test_what_few_need_is_imported_on_demand(loaded_by_import: set[str]) -> None:
    parts = {
        "autotensor.autograd", "autotensor.distributions", "autotensor.func", "nn.layers.linear",
        "nn.losses", "nn.optim", "nn.utils",
    }  # fmt: skip
    assert not parts & loaded_by_import


@pytest.mark.parametrize("name", ["amp", "distributed", "hub", "jit", "signal", "version"])
def test_completion_offers_what_a_module_publishes_and_not_what_it_imports(name: str) -> None:
    module = importlib.import_module(f"autotensor.{name}")
    offered = {one for one in dir(module) if not one.startswith("_")}
    assert offered == {one for one in module.__all__ if not one.startswith("_")}


@pytest.mark.parametrize("package", ["autotensor", "nn", "nn.optim"])
def test_a_name_that_is_not_there(package: str) -> None:
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nonsense'"):
        module.nonsense


def test_importing_the_engine_does_not_load_the_networks() -> None:
    loaded = loaded_after("import autotensor")
    assert "autotensor" in loaded
    assert not {name for name in loaded if name.split(".")[0] == "nn"}


def test_modules_load_in_any_order() -> None:
    """Forwards and backwards through the alphabet, each time from nothing."""
    names = sorted(
        name
        for package in PACKAGES
        for name, path in modules_of(package).items()
        if not waits_for_an_extra(path)
    )
    for order in (names, names[::-1]):
        loaded = loaded_after("\n".join(f"import {name}" for name in order))
        assert set(order) <= loaded


@pytest.mark.parametrize("package", PACKAGES)
def test_no_import_circles(package: str) -> None:
    known = modules_of(package)
    assert known, f"no modules found in {ROOT / package}"
    circle = circle_in(known)
    assert circle is None, f"import circle: {' -> '.join(circle or [])}"


def test_the_engine_does_not_import_the_networks() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for module, path, name, line, _ in all_imports()
        if module.split(".")[0] == "autotensor" and name.split(".")[0] == "nn"
    ]
    assert not wrong, "\n".join(wrong)


def private_uses(text: str) -> list[str]:
    """Private names of the engine that a file imports or reaches for, as `line: name`."""
    tree = ast.parse(text)
    engine = set()  # what the engine's modules are called in this file
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "autotensor":
            engine |= {alias.asname or alias.name for alias in node.names if alias.name.islower()}
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Import):
            own = [alias for alias in node.names if alias.name.split(".")[0] == "autotensor"]
            engine |= {alias.asname or "autotensor" for alias in own}
            names = [part for alias in own for part in alias.name.split(".")]
        else:
            continue
        found += [f"{node.lineno}: {name}" for name in names if is_private(name)]
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in engine
            and is_private(node.attr)
        ):
            found.append(f"{node.lineno}: {node.attr}")
    return found


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def test_the_networks_use_public_names_of_the_engine_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{use}"
        for path in modules_of("nn").values()
        for use in private_uses(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


PUBLISHED = {
    "autotensor", "autotensor.extend", "autotensor.extend.networks", "autotensor.extend.seeing",
}  # fmt: skip
"""What of the engine the networks may import from: what every user may."""


def test_the_networks_import_from_published_modules_only() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for module, path, name, line, _ in all_imports()
        if module.split(".")[0] == "nn"
        and name.split(".")[0] == "autotensor"
        and name not in PUBLISHED
        and name.partition(".")[2]
        not in ("linalg", "special", "func", "autograd", "utils", "utils.downloads")
    ]
    assert not wrong, "\n".join(wrong)


# Rooms from the ground up.  A file imports files of its own room and of those before it; modules
# not named here are the face, which stands on all of them.
FLOORS = (
    "autotensor.remedies",
    "autotensor.keywords",
    "autotensor.doors",
    "autotensor.importing",
    "autotensor.machine",
    "autotensor.kernels",
    "autotensor.overlaps",
    "autotensor.facts",
    "autotensor.foreign",
    "autotensor.array_likes",
    "autotensor.engine",
    "autotensor.hooks",
    "autotensor.nodes",
    "autotensor.type_info",
    "autotensor.device",
    "autotensor.sharing",
    "autotensor.operators.arguments",
    "autotensor.operators.faces",
    "autotensor.operators.methods",
    "autotensor.operators.settings",
    "autotensor.creation",
    "autotensor.parameter",
    "autotensor.random",
    "autotensor.operators.structure",
    "autotensor.operators.pointwise",
    "autotensor.operators.reductions",
    "autotensor.operators.linalg",
    "autotensor.operators.networks",
    "autotensor.operators.images",
    "autotensor.printing",
    "autotensor.protocols",
    "autotensor.seeing",
    "autotensor.extend",
    "autotensor.transforms",
)


def floor_of(module: str) -> int:
    """The number of the floor on which a module stands; the face is above all."""
    for number, room in enumerate(FLOORS):
        if module == room or module.startswith(room + "."):
            return number
    return len(FLOORS)


def test_rooms_stand_on_floors() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name} from above"
        for module, path, name, line, _ in all_imports()
        if module.split(".")[0] == name.split(".")[0] == "autotensor"
        and floor_of(name) > floor_of(module)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_floor_is_there() -> None:
    known = modules_of("autotensor")
    assert [room for room in FLOORS if room not in known] == []


def test_kernels_see_arrays_only() -> None:
    """They import NumPy, the machine and each other, and never speak of a Tensor."""
    own = ("numpy", "autotensor.machine", "autotensor.kernels")
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for module, path, name, line, _ in all_imports()
        if floor_of(module) == FLOORS.index("autotensor.kernels")
        and name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith(own)
    ]
    for path in (ROOT / "autotensor" / "kernels").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and node.id == "Tensor":
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} speaks of Tensor")
    assert not wrong, "\n".join(wrong)


def crossings(text: str) -> list[str]:
    """Private names that a file imports from modules of the two packages, or reaches for in them,
    as `line: name`."""
    tree = ast.parse(text)
    modules = set()  # what modules of the packages are called in this file
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PACKAGES:
            modules |= {alias.asname or alias.name for alias in node.names if alias.name.islower()}
            names = [alias.name for alias in node.names]
            found += [f"{node.lineno}: {name}" for name in names if is_private(name)]
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules
            and is_private(node.attr)
        ):
            found.append(f"{node.lineno}: {node.attr}")
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_no_private_name_crosses_a_module(package: str) -> None:
    """But into ``nn.modules``, which has PyTorch's private names that scripts ask for."""
    wrong = [
        f"{path.relative_to(ROOT)}:{use}"
        for module, path in modules_of(package).items()
        if not module.startswith("nn.modules.")
        for use in crossings(path.read_text(encoding="utf-8"))
        if not use.endswith(": _assert")  # PyTorch's as well
    ]
    assert not wrong, "\n".join(wrong)


def test_no_other_libraries() -> None:
    fine = ALLOWED | set(PACKAGES) | set(sys.stdlib_module_names)
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for _, path, name, line, _ in all_imports()
        if name.split(".")[0] not in fine
    ]
    assert not wrong, "\n".join(wrong)


def test_own_modules_are_not_imported_inside_functions() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for _, path, name, line, in_function in all_imports()
        if in_function and name.split(".")[0] in PACKAGES
    ]
    assert not wrong, "\n".join(wrong)


# --- the checks themselves can fail -------------------------------------------------------------


def package_in(folder: Path, **files: str) -> dict[str, Path]:
    (folder / "p").mkdir()
    for name, text in {"__init__": "", **files}.items():
        (folder / "p" / f"{name}.py").write_text(text, encoding="utf-8")
    return modules_of("p", folder)


@pytest.mark.parametrize(
    "files",
    [
        {"a": "import p.b", "b": "import p.a"},
        {"a": "from p import b", "b": "from p.a import x"},
        {"a": "from . import b", "b": "from .a import x"},
        {"a": "def f():\n    from p.b import x", "b": "import p.a"},
        {"a": "try:\n    import p.b\nexcept ImportError:\n    pass", "b": "import p.a"},
        {"a": "import importlib\nimportlib.import_module('p.b')", "b": "import p.a"},
        {"__init__": "from p.a import x", "a": "from p import x"},
        {"a": "import p.b", "b": "import p.c", "c": "import p.a"},
        {"a": "import p.a"},
    ],
)
def test_a_circle_is_found(tmp_path: Path, files: dict[str, str]) -> None:
    circle = circle_in(package_in(tmp_path, **files))
    assert circle is not None
    assert circle[0] == circle[-1]


@pytest.mark.parametrize(
    "files",
    [
        {"a": "import p.b\nimport p.c", "b": "import p.c", "c": "import os"},
        {"__init__": "from p.a import x\nfrom . import b", "a": "from p import b", "b": "x = 1"},
        {
            "a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.b import x",
            "b": "import p.a",
        },
        {
            "a": "import typing\nif typing.TYPE_CHECKING:\n    from p.b import x",
            "b": "import p.a",
        },
    ],
)
def test_no_circle_is_found_where_there_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert circle_in(package_in(tmp_path, **files)) is None


def test_an_import_in_the_else_of_type_checking_counts(tmp_path: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    import p.a"
    assert circle_in(package_in(tmp_path, a=text)) == ["p.a", "p.a"]


def test_imports_are_read_as_written(tmp_path: Path) -> None:
    text = "import PIL.Image\nfrom .b import x\nfrom . import b\ndef f():\n    import tqdm"
    known = package_in(tmp_path, a=text, b="")
    assert list(imports_of("p.a", known["p.a"], known)) == [
        ("PIL.Image", 1, False),
        ("p.b", 2, False),
        ("p.b", 3, False),
        ("tqdm", 5, True),
    ]


def test_imports_on_demand_are_read_as_imports(tmp_path: Path) -> None:
    text = "from x import on_demand\n__getattr__ = on_demand(__name__, 'a', names={'p.c': 'b'})"
    known = package_in(tmp_path, __init__=text, a="", c="import p")
    assert [name for name, _, _ in imports_of("p", known["p"], known)] == ["x", "p.a", "p.c"]
    assert circle_in(known) is not None


def test_a_computed_import_is_refused(tmp_path: Path) -> None:
    known = package_in(tmp_path, a="from importlib import import_module\nimport_module(name)")
    with pytest.raises(AssertionError, match="cannot be checked"):
        list(imports_of("p.a", known["p.a"], known))


@pytest.mark.parametrize(
    "text",
    [
        "from nn.layers.base import _secret",
        "from autotensor.kernels import pooling\npooling._secret",
        "def f():\n    from autotensor.engine.graph import _secret",
    ],
)
def test_a_private_name_that_crosses_is_found(text: str) -> None:
    assert [use.partition(": ")[2] for use in crossings(text)] == ["_secret"]


def test_floors_are_told_apart() -> None:
    assert floor_of("autotensor.kernels.pooling") < floor_of("autotensor.engine.tensor")
    assert floor_of("autotensor.operators.structure.shapes") < floor_of(
        "autotensor.operators.linalg"
    )
    assert floor_of("autotensor.linalg") == floor_of("autotensor") == len(FLOORS)


@pytest.mark.parametrize(
    "text",
    [
        "from autotensor import _secret",
        "from autotensor._secret import x",
        "import autotensor._secret",
        "import autotensor as at\nat._secret()",
        "from autotensor import graph\ngraph._secret",
    ],
)
def test_private_names_are_found(text: str) -> None:
    assert [use.partition(": ")[2] for use in private_uses(text)] == ["_secret"]


def test_public_names_are_not_private() -> None:
    text = "import autotensor as at\nfrom autotensor import Tensor\nat.__version__\nself._secret"
    assert private_uses(text) == []
