"""What `optional.show` tells of real environments, and that reading leaves nothing behind."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.installs import Environment, tool
from tests.optional.places import Site
from tests.projects import Project

POLICY = """
    [project.optional-dependencies]
    fancy = ["py-good>=2", "gone"]
    plain = ["py-good"]

    [tool.gating.optional]
    good = { requires = "py-good>=2", import = "good", extra = "fancy" }
    bad = {}
    gone = { extra = "fancy", why = "pictures" }
    later = { when = "sys_platform == 'plan9'" }
"""


def judged(project: Project, root: Path) -> str:
    made = Environment(root / "venv")
    tool(made.bin / "pip", "exit 0")
    site = Site(made.site)
    site.install("py-good", "2.5", {"good/__init__.py": "print('loud')"})
    site.install("bad", "1.0", {"bad.py": "import surely_missing"})
    project.policy(POLICY)
    return str(made.python)


def test_every_dependency_and_extra_of_another_interpreter(project: Project, tmp_path: Path) -> None:
    python = judged(project, tmp_path)
    shown = project.gating("optional.show", "--python", python, "--format", "json").document
    assert {one["name"]: (one["state"], one["evidence"], one["found"]) for one in shown["optional"]} == {
        "good": ("ok", "static", "2.5"),
        "bad": ("ok", "static", "1.0"),
        "gone": ("absent", "absent", None),
        "later": (None, None, None),
    }
    assert shown["optional"][3]["skipped"] == "sys_platform == 'plan9'"
    assert shown["optional"][2]["remedy"]["commands"] == [[python, "-m", "pip", "install", "-e", ".[fancy]"]]
    assert shown["extras"] == {
        "fancy": {"complete": False, "missing": ["gone"]},
        "plain": {"complete": True, "missing": []},
    }
    assert (shown["python"], shown["policy"]) == (python, "pyproject.toml")


def test_a_deep_look_imports_what_is_there(project: Project, tmp_path: Path) -> None:
    python = judged(project, tmp_path)
    done = project.inv("optional.show", "--deep", "--python", python)
    assert (done.returncode, done.stderr) == (0, "")
    assert "bad: bad needs the module surely_missing, which cannot be found" in done.stdout
    assert f"{python} -m pip install --force-reinstall bad" in done.stdout
    assert "loud" not in done.stdout


def test_reading_is_no_run(project: Project) -> None:
    project.policy(POLICY)
    project.gating("optional.show")
    assert project.gating("ledger.runs", "--format", "json").document["runs"] == []
    assert not (project.root / ".gating").exists()


def test_an_interpreter_that_does_not_answer(project: Project) -> None:
    project.policy(POLICY)
    gone = str(project.root / "python-of-nobody")
    shown = project.gating("optional.show", "--deep", "--python", gone, "--format", "json").document
    assert {one["state"] for one in shown["optional"]} == {"broken"}
    assert shown["extras"] is None
    assert len(shown["notes"]) == 1


def test_without_a_policy_there_is_nothing_to_show(project: Project) -> None:
    done = project.gating("optional.show")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "the policy has no optional dependencies")
    assert sys.executable in project.gating("optional.show", "--format", "markdown").stdout
