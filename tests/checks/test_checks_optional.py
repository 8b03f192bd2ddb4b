"""Verdicts on optional dependencies in a preflight: by their files, or by an import in the judged interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import gating
from gating.checks import optional
from gating.checks.preflight import plan_preflight
from gating.verdict import Evidence, Outcome, State, Verdict
from tests.installs import Environment
from tests.optional.places import Site
from tests.projects import Project


class Place:
    """A project and the virtual environment that is judged."""

    def __init__(self, project: Project, root: Path) -> None:
        self.project = project
        self.made = Environment(root / "venv")
        self.site = Site(self.made.site)

    def look(self, **asked: Any) -> dict[str, Verdict]:
        asked = {"evidence": "static", **asked}
        report = gating.preflight(self.project.root, env=self.project.env, python=str(self.made.python), **asked)
        return {verdict.name: verdict for verdict in report.verdicts}


@pytest.fixture
def place(project: Project, tmp_path: Path) -> Place:
    return Place(project, tmp_path)


POLICY = """
    [tool.gating.optional]
    good = { requires = "py-good>=2", import = "good", extra = "fancy", fallback = "shim", why = "pictures" }
    bad = { need = "ci" }
    gone = { need = "always" }
    later = { when = "sys_platform == 'plan9'" }
    odd = ">=1"
"""


def test_each_has_a_verdict(place: Place) -> None:
    place.project.policy(POLICY.replace('odd = ">=1"', 'odd = "odd>=1"'))
    place.site.install("py-good", "2.5", {"good/__init__.py": "__version__ = '3.0'"})
    place.site.install("bad", "1.0", {"bad.py": "import surely_missing"})
    place.site.write("odd/data.txt")
    found = place.look()
    assert {name: (one.outcome, one.state, one.evidence) for name, one in found.items()} == {
        "good": (Outcome.PASS, State.OK, Evidence.STATIC),
        "bad": (Outcome.PASS, State.OK, Evidence.STATIC),
        "gone": (Outcome.FAIL, State.ABSENT, Evidence.ABSENT),
        "later": (Outcome.SKIP, None, None),
        "odd": (Outcome.DEGRADED, State.IMPOSTOR, Evidence.PRESENT),
    }
    good = found["good"]
    assert (good.found, good.wanted, good.remedy) == ("2.5", ">=2", None)
    assert good.path == str(place.made.site / "good" / "__init__.py")
    note = "the metadata says 2.5, good.__version__ says 3.0"
    assert good.reason == note
    assert good.details == {
        "why": "pictures",
        "module": "good",
        "extra": "fancy",
        "fallback": "shim",
        "notes": [note],
        "distribution": "py-good",
        "environment": str(place.made.prefix),
    }


def test_with_evidence_of_an_execution_each_is_imported(place: Place) -> None:
    place.project.policy(POLICY.replace('odd = ">=1"', 'odd = "odd>=1"'))
    place.site.install("py-good", "2.5", {"good/__init__.py": "print('loud')"})
    place.site.install("bad", "1.0", {"bad.py": "import surely_missing"})
    place.site.write("odd.py", "__version__ = '.'.join('12')")
    found = place.look(evidence="executed", strict=True)
    assert {name: (one.outcome, one.state, one.evidence) for name, one in found.items()} == {
        "good": (Outcome.PASS, State.OK, Evidence.EXECUTED),
        "bad": (Outcome.FAIL, State.BROKEN, Evidence.EXECUTED),
        "gone": (Outcome.FAIL, State.ABSENT, Evidence.ABSENT),
        "later": (Outcome.SKIP, None, None),
        "odd": (Outcome.PASS, State.OK, Evidence.EXECUTED),
    }
    assert found["bad"].reason == "bad needs the module surely_missing, which cannot be found"
    assert found["bad"].remedy is not None
    assert found["bad"].remedy.commands[0][-2:] == ("--force-reinstall", "bad")
    assert found["odd"].found == "1.2"


def test_the_remedy_is_the_projects_extra(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.project.policy(POLICY.replace('odd = ">=1"', 'odd = "odd>=1"'))
    monkeypatch.chdir(place.project.root)
    remedy = place.look(refresh=True)["good"].remedy
    assert remedy is not None
    assert remedy.commands[0][-2:] == ("-e", ".[fancy]")
    monkeypatch.chdir(place.project.home)
    remedy = place.look(refresh=True)["good"].remedy
    assert remedy is not None
    assert remedy.commands[0][-2:] == ("-e", f"{place.project.root}[fancy]")


def test_what_was_found_is_remembered_while_its_files_stay_the_same(place: Place) -> None:
    place.project.policy("[tool.gating.optional]\ngood = 'good>=2'")
    log = place.project.root / "imports"
    body = f"open({str(log)!r}, 'a').write('x')"
    place.site.install("good", "2.5", {"good.py": body})
    assert [place.look(evidence="executed")["good"].cached for _ in range(3)] == [False, True, True]
    assert log.read_text() == "x"
    assert place.look(evidence="static")["good"].evidence is Evidence.STATIC  # another question, another answer
    file = place.site.write("good.py", "raise OSError('libx.so')")
    assert place.look(evidence="executed")["good"].state is State.BROKEN
    assert not place.look(evidence="executed")["good"].cached  # what is broken is looked at every time
    file.write_text(body)
    assert place.look(evidence="executed")["good"].state is State.OK


def test_a_plan_says_what_would_be_imported_and_imports_nothing(place: Place) -> None:
    place.project.policy("[tool.gating.optional]\ngood = 'py-good>=2'\ngone = {}")
    log = place.project.root / "imports"
    place.site.install("py-good", "2.5", {"good.py": f"open({str(log)!r}, 'a').write('x')"})
    place.look()  # the interpreter is known from here on
    plan = plan_preflight(place.project.root, env=place.project.env, python=str(place.made.python), evidence="executed")
    commands = {step["id"]: step["commands"] for step in plan["steps"]}
    assert commands == {
        "optional:good": [[str(place.made.python), "-I", "-c", "import good"]],
        "optional:gone": [],
    }
    assert not log.exists()


def test_an_import_that_hangs_is_ended(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optional, "DEADLINE", 0.5)
    place.project.policy("[tool.gating.optional]\nslow = {}")
    place.site.install("slow", "1.0", {"slow.py": "import time\ntime.sleep(60)"})
    slow = place.look(evidence="executed")["slow"]
    assert (slow.state, slow.reason) == (State.BROKEN, "importing slow did not end within 0.5 s")
    assert slow.duration_s >= 0.5
