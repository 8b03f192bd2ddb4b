"""The floors: who imports whom, what `import gating` loads, and that every module says what it is for."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gating

PACKAGE = Path(gating.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

# a name belongs to the longest of these that it begins with; a smaller number is further down
FLOORS = {
    "gating": 0,  # the version alone; everything else it binds lazily
    "gating.lazy": 0,
    "gating.tuples": 0,
    "gating.words": 0,
    "gating.verdict": 0,
    "gating.errors": 0,
    "gating.environ": 0,
    "gating.policy": 1,
    "gating.process": 1,
    "gating.versions": 1,
    "gating.toolchain": 2,
    "gating.ledger": 2,
    "gating.snapshot": 2,
    "gating.metrics": 2,
    "gating.optional": 3,  # stands on toolchain's judged interpreter, metadata and remedies
    "gating.coverage": 3,
    "gating.checks": 4,
    "gating.report": 4,
    "gating.adopt": 4,
    "gating.testing": 5,  # what a pytest run says and records; pytest itself is imported in functions only
    "gating.front": 6,
    "gating.sessions": 7,
    "gating.tasking": 7,
    "gating.tasks": 7,
    "gating.tasks_coverage": 7,
    "gating.tasks_metrics": 7,
    "gating.pytest_plugin": 7,
    "gating.__main__": 8,
}
CAPABILITIES = (
    "gating.coverage",
    "gating.ledger",
    "gating.metrics",
    "gating.optional",
    "gating.snapshot",
    "gating.toolchain",
)
ON_TOOLCHAIN = ("gating.coverage", "gating.optional")  # they need its judged interpreter, metadata and remedies
HEAVY = (
    "psutil",
    "sqlite3",
    "packaging",
    "nox",
    "invoke",
    "pytest",
    "rich",
    "coverage",
    "psycopg",
    "tomlkit",
    "matplotlib",
)
# the modules whose one idea is that library; nothing imports them at once
DOORS = {
    "nox": {"gating.sessions"},
    "invoke": {"gating.tasking", "gating.tasks", "gating.tasks_coverage", "gating.tasks_metrics", "gating.__main__"},
    "pytest": {"gating.pytest_plugin"},
    "sqlite3": {"gating.ledger.sqlite", "gating.ledger.schema"},
}


def home(name: str) -> str:
    """The floor's name that a module belongs to."""
    while name not in FLOORS:
        name = name.rpartition(".")[0]
        assert name, "a module outside of gating"
    return name


@functools.cache
def imports(file: Path) -> tuple[tuple[str, bool], ...]:
    """Every module that a file imports, and whether that happens when the file itself is imported."""
    return tuple(_imports(file))


def _imports(file: Path) -> Iterator[tuple[str, bool]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    lazy: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            lazy |= set(ast.walk(node))
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            lazy |= {child for statement in node.body for child in ast.walk(statement)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node not in lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                is_module = (PACKAGE.parent / Path(*inner.split("."))).with_suffix(".py").exists()
                yield inner if is_module else str(node.module), node not in lazy


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("file", MODULES, ids=module_name)
def test_imports_go_downwards_only(file: Path) -> None:
    own = home(module_name(file))
    for name, _ in imports(file):
        if not name.startswith("gating") or name == "gating" or module_name(file) == "gating":
            continue  # `gating` itself names everything, and loads none of it
        other = home(name)
        assert FLOORS[other] <= FLOORS[own], f"{module_name(file)} imports {name}, which is above it"
        if own in CAPABILITIES and other in CAPABILITIES and not (own in ON_TOOLCHAIN and other == "gating.toolchain"):
            assert own == other, f"the capabilities {own} and {other} do not import each other"


@pytest.mark.parametrize("file", sorted(PACKAGE.glob("metrics/sampler/*.py")), ids=module_name)
def test_the_sampler_needs_nothing_of_ours_but_itself(file: Path) -> None:
    ours = {name for name, _ in imports(file) if name.startswith("gating")}
    assert all(name.startswith(("gating.metrics.sampler.", "gating.metrics.format")) for name in ours)


@pytest.mark.parametrize("file", MODULES, ids=module_name)
def test_what_is_heavy_is_imported_where_it_is_needed(file: Path) -> None:
    for name, at_once in imports(file):
        top = name.partition(".")[0]
        if top in HEAVY and at_once:
            assert module_name(file) in DOORS.get(top, set()), f"{module_name(file)} imports {name} at once"


@pytest.mark.parametrize("file", MODULES, ids=module_name)
def test_every_module_says_what_it_is_for(file: Path) -> None:
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    assert doc
    assert doc.splitlines()[0].strip()
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 350


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_gating_loads_nothing_but_itself() -> None:
    assert loaded_by("import gating") <= {"gating", "gating.lazy", "__future__"}


def test_importing_the_pytest_plugin_loads_nothing_heavy() -> None:
    loaded = {name.partition(".")[0] for name in loaded_by("import gating.pytest_plugin")}
    assert loaded.isdisjoint({*HEAVY, "subprocess", "tomllib", "json"})


def test_asking_what_is_there_loads_little() -> None:
    loaded = {name.partition(".")[0] for name in loaded_by("from gating import available; available('nothing-there')")}
    assert loaded.isdisjoint({*HEAVY, "subprocess", "dataclasses", "importlib.metadata", "re", "typing", "pathlib"})


def test_every_public_name_can_be_had() -> None:
    for name in gating.__all__:
        assert getattr(gating, name) is not None
    assert set(gating.__all__) <= set(dir(gating))
    with pytest.raises(AttributeError, match="nonsense"):
        _ = gating.nonsense  # type: ignore[attr-defined]
