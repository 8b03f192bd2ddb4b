"""A project whose warning filters name a class of its own: pytest imports it before it loads any plugin."""

from __future__ import annotations

import json

import pytest

from tests.projects import Project

POLICY = """
    [tool.gating.optional]
    alpha = {{ requires = "tools-of-alpha", fallback = "{fallback}" }}

    [tool.gating.coverage]
    source = ["src/mine"]

    [tool.pytest.ini_options]
    pythonpath = ["src"]
    testpaths = ["tests"]
    filterwarnings = ["error", "ignore::mine.Mine"]
    """
MINE = """
    try:
        import alpha
    except ImportError:
        alpha = None


    class Mine(UserWarning):
        pass


    def answer():
        if alpha is None:
            return "plain"
        return alpha.ONE
    """
TEST = """
    import os
    import sys
    import mine

    def test_answer():
        with open(os.environ["TOLD"], "a", encoding="utf-8") as file:
            file.write(f"{mine.answer()} ")
    """


@pytest.fixture
def early(project: Project) -> Project:
    project.unmeasured()
    project.policy(POLICY.format(fallback="skip"))
    project.write("src/mine/__init__.py", MINE)
    project.write("tests/test_mine.py", TEST)
    site = project.home / "site"
    info = site / "tools_of_alpha-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "alpha.py").write_text("ONE = 1\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tools-of-alpha\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"alpha.py,,\n{info.name}/METADATA,,\n")
    project.env |= {"PYTHONPATH": str(site), "TOLD": str(project.home / "told")}
    return project


def told(project: Project) -> list[str]:
    return (project.home / "told").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("fallback", ["skip", "shim"])
def test_what_a_run_is_to_lack_is_hidden_before_that(early: Project, fallback: str) -> None:
    early.policy(POLICY.format(fallback=fallback))
    done = early.inv("optional.drift")
    assert done.returncode == 0, done.stdout + done.stderr
    assert told(early) == ["1", "plain"], "the reference, then the run without it"


def test_it_is_measured_from_before_that_and_learned_from(early: Project) -> None:
    done = early.inv("coverage.learn", "--without", "any", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert told(early) == ["1", "1", "plain"]
    plan = done.verdict("coverage:learn")["details"]["plan"]
    why = "mine is imported, for a class that pytest's warning filters name, before pytest-cov could measure it"
    assert (plan["tool"], plan["why"][0]) == ("coverage", why)
    assert done.verdict("coverage:without:alpha")["reason"] == "nothing more out of reach without it"
    files = json.loads((early.root / ".gating" / "reach.json").read_text(encoding="utf-8"))["files"]
    let_go = {row["at"][1] for row in files["src/mine/__init__.py"]["uncovered"]}
    assert let_go == {"except ImportError:", "alpha = None", 'return "plain"'}, "and no line of the module itself"
    ran = early.inv("coverage.run", "--format", "json", "--", "-q")
    assert ran.verdict("coverage:reach")["reason"] == "nothing lost"
