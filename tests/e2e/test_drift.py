"""The drift run and what is learned from it, with the real pytest, in a project with three optional dependencies."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.e2e.test_documents import mistakes
from tests.projects import Done, Project

FILES = {
    # a bare import: the module cannot be imported without it
    "tests/frames/test_frames.py": """
        import alpha

        def test_one():
            assert alpha.x

        def test_two():
            assert alpha.y
    """,
    # imports inside tests
    "tests/test_mixed.py": """
        import pytest

        def test_plain():
            pass

        @pytest.mark.parametrize("kind", ["a", "[b]"])
        def test_kinds(kind):
            from beta import x

        class TestBoth:
            def test_alpha(self):
                import alpha

            def test_both(self):
                import alpha, beta

        def test_skips_itself():
            pytest.importorskip("gamma")

        def test_is_broken_anyway():
            import beta
            raise ValueError("always")

        def test_either():
            try:
                import alpha
            except ImportError:
                try:
                    import gamma
                except ImportError:
                    raise RuntimeError("neither is there") from None
    """,
    "tests/test_marked.py": """
        import pytest

        @pytest.mark.needs("alpha")
        def test_marked():
            import alpha

        def test_flaky(pytestconfig):
            import os
            seen = pytestconfig.rootpath / f"seen-{len(pytestconfig.option.gating_without or [])}"
            if pytestconfig.option.gating_without and not seen.exists():
                seen.touch()
                raise OSError("once")
    """,
}
POLICY = """
    [tool.pytest.ini_options]
    pythonpath = ["site"]
    addopts = ["--strict-markers", "-x", "-p", "no:hypothesispytest"]

    [tool.gating.optional]
    alpha = "alpha>=1"
    beta = { requires = "Beta-Dist", why = "boxes" }
    gamma = "gamma"
    delta = "no-such-distribution-delta"
    elsewhere = { requires = "no-such-distribution-elsewhere", when = "sys_platform == 'plan9'" }

    # the end
"""


def install(site: Path, name: str, module: str) -> None:
    """A distribution with one module, as pip would have put it into a folder of the search path."""
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"{module}.py,,\n{info.name}/METADATA,,\n{info.name}/RECORD,,\n")
    (site / f"{module}.py").write_text("x = y = 1\n")


def made(project: Project) -> Project:
    project.policy(POLICY)
    for name, text in FILES.items():
        project.write(name, text)
    for name, module in (("alpha", "alpha"), ("Beta-Dist", "beta"), ("gamma", "gamma")):
        install(project.root / "site", name, module)
    project.env["PYTHONPATH"] = str(project.root / "site")
    return project


@pytest.fixture
def suite(project: Project) -> Project:
    return made(project)


class Tried(NamedTuple):
    """A project whose drift run is over: what it printed, and what it kept."""

    project: Project
    done: Done
    kept: dict[str, Any]

    def ids(self, name: str, part: str) -> list[str]:
        (entry,) = [one for one in self.kept["entries"] if one["name"] == name]
        return [one["id"].removeprefix("tests/test_") for one in entry[part]]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    project = made(Project(tmp_path_factory.mktemp("drift")))
    done = project.inv("optional.drift", "--format", "json")
    return Tried(project, done, json.loads((project.root / ".gating/drift.json").read_text()))


def outcomes(kept: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["outcome"] for one in kept["entries"]}


def test_what_breaks_without_which_dependency(tried: Tried) -> None:
    assert tried.done.returncode == 1, tried.done.stdout + tried.done.stderr
    assert mistakes(tried.done.document) == []
    assert tried.kept == tried.done.document
    assert outcomes(tried.kept) == {"alpha": "fail", "beta": "fail", "gamma": "pass", "all": "fail"}
    kinds = ["mixed.py::test_kinds[[b]]", "mixed.py::test_kinds[a]"]
    both = ["mixed.py::TestBoth::test_alpha", "mixed.py::TestBoth::test_both"]
    assert tried.ids("alpha", "broken") == both
    assert tried.ids("alpha", "not_run") == ["tests/frames/test_frames.py", "marked.py::test_marked"]
    assert tried.ids("alpha", "unsteady") == ["marked.py::test_flaky"]
    assert tried.ids("beta", "broken") == [both[1], *kinds]
    assert tried.ids("gamma", "broken") == []
    assert tried.ids("gamma", "not_run") == ["mixed.py::test_skips_itself"]
    assert tried.ids("all", "broken") == [*both, "mixed.py::test_either", *kinds]
    (reference,) = tried.kept["references"].values()
    assert [one["id"] for one in reference["broken"]] == ["tests/test_mixed.py::test_is_broken_anyway"]
    assert sorted(reference["absent"]) == ["delta", "elsewhere"]


def test_the_runs_of_the_suite_stand_under_the_drift_run(tried: Tried) -> None:
    project = tried.project
    listed = project.gating("ledger.runs", "--format", "json").document["runs"]
    run = next(one for one in listed if one["command"] == "drift" and one["id"] in tried.kept["references"])
    nested = [one["command"] for one in listed if one["parent"] == run["id"]]
    assert nested == ["pytest"] * 8, "the reference, four without, and what broke in three of them once more"
    shown = project.gating("ledger.show", "--run", run["id"], "--format", "json").document
    verdicts = {one["id"]: one for one in shown["verdicts"]}
    assert verdicts["drift:delta"]["outcome"] == "degraded"
    assert verdicts["drift:delta"]["reason"] == "absent here: the reference is already without it"
    assert verdicts["drift:elsewhere"]["outcome"] == "skip"
    assert verdicts["drift:alpha"]["details"]["broken_count"] == 2


def test_what_is_learned_accounts_for_it(tried: Tried) -> None:
    project, file = tried.project, tried.project.root / "pyproject.toml"
    before = file.read_text()
    shown = project.inv("optional.learn", "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert file.read_text() == before
    learned = project.inv("optional.learn")
    assert learned.returncode == 0, learned.stderr
    assert learned.stdout == shown.stdout
    after = file.read_text()
    assert tomllib.loads(after)["tool"]["gating"]["needs"] == {
        "tests/frames/test_frames.py::*": ["alpha"],
        "tests/test_mixed.py::TestBoth::*": ["alpha"],
        "tests/test_mixed.py::TestBoth::test_both": ["beta"],
        "tests/test_mixed.py::test_kinds": ["beta"],
    }
    lines = iter(after.splitlines())
    assert all(line in lines for line in before.splitlines()), "every line of the file stands, in its order"
    assert "breaks only where several are away at once: tests/test_mixed.py::test_either" in learned.stderr

    again = project.inv("optional.drift", "--only", "alpha", "--only", "Beta-Dist")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing breaks" in again.stdout
    kept = json.loads((project.root / ".gating/drift.json").read_text())
    assert outcomes(kept) == {"alpha": "pass", "beta": "pass", "gamma": "pass", "all": "fail"}
    assert len(kept["references"]) == 2, "gamma and all are still those of the first run"
    once_more = project.inv("optional.learn")
    assert file.read_text() == after
    assert "nothing to add" in once_more.stderr


def test_the_plan_is_printed_and_nothing_is_started(suite: Project) -> None:
    done = suite.gating("optional.drift", "--dry-run", "--format", "json", "--", "-k", "a b")
    assert mistakes(done.document) == []
    steps = {one["id"]: one for one in done.document["steps"]}
    assert {name: one["how"] for name, one in steps.items()} == {
        "drift:reference": "execute",
        "drift:alpha": "execute",
        "drift:beta": "execute",
        "drift:gamma": "execute",
        "drift:delta": "without",
        "drift:elsewhere": "skip",
        "drift:all": "execute",
    }
    (command,) = steps["drift:alpha"]["commands"]
    assert command[-4:] == ["--gating-without", "alpha", "-k", "a b"]
    assert not (suite.root / ".gating").exists()
    assert "absent here: the reference is already without it" in suite.gating("optional.drift", "--dry-run").stdout


def test_a_name_that_the_policy_lacks_is_a_wrong_use(suite: Project) -> None:
    done = suite.gating("optional.drift", "--only", "alhpa")
    assert done.returncode == 2
    assert "did you mean 'alpha'?" in done.stderr
    assert suite.gating("optional.learn").returncode == 2


def test_a_suite_that_does_not_start_gives_nothing_to_compare_with(suite: Project) -> None:
    done = suite.gating("optional.drift", "--only", "alpha", "--", "--no-such-option")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the reference gives nothing to compare with: pytest was used wrongly" in " ".join(done.stdout.split())
    assert not (suite.root / ".gating/drift.json").exists()


def test_a_suite_that_dies_without_it_is_drift(suite: Project) -> None:
    suite.write("tests/conftest.py", "import alpha\n")
    suite.write("tests/test_mixed.py", "def test(): pass\n")
    done = suite.gating("optional.drift", "--only", "alpha", "--format", "markdown")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the suite comes to no end without it" in done.stdout
    assert "(exit 4)" in done.stdout


@pytest.mark.needs("nox")
def test_a_session_judges_its_own_python(suite: Project) -> None:
    suite.write("tests/test_mixed.py", "import alpha\n\ndef test_a():\n    pass\n")
    suite.write(
        "noxfile.py",
        """
        import nox
        from gating import sessions

        @nox.session(venv_backend="none")
        def drift(session):
            sessions.drift(session, "-k", "test_a or test_b", only=["gamma"])
        """,
    )
    done = suite.nox("-s", "drift", "--", "-p", "no:randomly")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "drift: without gamma" in done.stderr
    (reference,) = json.loads((suite.root / ".gating/drift.json").read_text())["references"].values()
    assert reference["arguments"] == ["-k", "test_a or test_b", "-p", "no:randomly"]
    assert reference["partial"] == ["-k test_a or test_b selects tests by name"]
