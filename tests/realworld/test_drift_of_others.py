"""Suites of others without their optional dependencies: by policy alone each runs to its end, and nothing is unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.projects import Project
from tests.realworld.packages import Adopted

pytestmark = [pytest.mark.realworld, pytest.mark.timeout(1800)]

# what each dependency of tablib makes unable to run: tests, where its imports are stood in for
TABLIB = {"odfpy": 14, "openpyxl": 32, "pandas": 0, "pyyaml": 12, "tabulate": 3, "xlrd": 14, "xlwt": 14, "all": 60}
# those that its test module imports at once: the whole module dies without them
AT_ONCE = {"odfpy": "ods", "openpyxl": "xlsx", "xlrd": "xls"}
# structlog has no extras: what its source and tests import if it is there; how many tests are not run without it
STRUCTLOG = {
    "twisted": 0,  # but a module
    "rich": 17,
    "greenlet": 1,
    "simplejson": 1,
    "colorama": 0,
    "better-exceptions": 3,
}


class Tried(Adopted):
    """A release whose suite is tried without its dependencies."""

    def drift(self, *words: str, code: int) -> dict[str, dict[str, Any]]:
        """The entries of a drift run, which ends so."""
        done = self.gating("optional.drift", "--format", "json", "--", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return {one["name"]: one for one in done.document["entries"]}

    def assert_all_is_accounted_for(self, entries: dict[str, dict[str, Any]]) -> None:
        for entry in entries.values():
            assert entry["outcome"] == "pass", entry
            assert entry["exit_code"] == 0, entry
            for part in ("broken", "skipped", "unsteady"):
                assert entry[part] == [], entry
            for row in entry["not_run"]:
                assert set(row["needs"]) & set(entry["without"]), row
        assert self.digest() == self.files, "nobody edited a test"


def not_run(entries: dict[str, dict[str, Any]]) -> dict[str, int]:
    return {name: sum("::" in row["id"] for row in entry["not_run"]) for name, entry in entries.items()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """tablib as `gating init` leaves it; its installation takes longer than its tests."""
    project = Project(tmp_path_factory.mktemp("tablib"))
    made = Tried(project, "tablib==3.10.0", "-r", "{root}/tests/requirements.txt", "pandas")
    done = made.gating("init")
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def tablib(installed: Tried) -> Iterator[Tried]:
    before = installed.policy.read_bytes()
    yield installed
    installed.policy.write_bytes(before)
    (installed.project.root / ".gating" / "drift.json").unlink()


def test_tablib_as_init_leaves_it(tablib: Tried) -> None:
    entries = tablib.drift("--no-cov", code=1)
    assert entries.keys() == TABLIB.keys()
    for name in (*AT_ONCE, "all"):
        (module,) = entries[name]["not_run"]
        assert module["id"] == "tests/test_tablib.py", "it dies of its imports, which is accounted for"
    assert tablib.gating("optional.learn").returncode == 0
    entries = tablib.drift("--no-cov", code=0)
    tablib.assert_all_is_accounted_for(entries)


def test_tablib_with_stand_ins_for_what_it_imports_at_once(tablib: Tried) -> None:
    text = tablib.policy.read_text(encoding="utf-8")
    lines = [
        line.replace(" }", ', fallback = "shim" }') if line.partition(" ")[0] in AT_ONCE else line
        for line in text.splitlines(keepends=True)
    ]
    tablib.policy.write_text("".join(lines), encoding="utf-8")
    entries = tablib.drift("--no-cov", code=1)
    broken = {name: len(entry["broken"]) for name, entry in entries.items()}
    assert broken == TABLIB
    assert tablib.gating("optional.learn").returncode == 0
    entries = tablib.drift("--no-cov", code=0)
    tablib.assert_all_is_accounted_for(entries)
    assert not_run(entries) == TABLIB, "no test more is left out than broke"
    again = tablib.gating("optional.learn")
    assert "nothing to add" in again.stderr


def test_structlog(project: Project) -> None:
    made = Tried(
        project,
        "structlog==26.1.0",
        *("pytest-asyncio", "pytest-randomly", "time-machine", *STRUCTLOG),
    )
    assert made.gating("init").returncode == 0
    with made.policy.open("a", encoding="utf-8") as file:
        file.write("\n[tool.gating.optional]\n" + "".join(f'{name} = "{name}"\n' for name in STRUCTLOG))
    entries = made.drift(code=0)
    made.assert_all_is_accounted_for(entries)
    assert not_run(entries) == {**STRUCTLOG, "all": sum(STRUCTLOG.values())}
    assert [row["id"] for row in entries["twisted"]["not_run"]] == ["tests/test_twisted.py"]
    assert "nothing to add" in made.gating("optional.learn").stderr
