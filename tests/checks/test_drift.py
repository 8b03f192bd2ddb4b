"""A drift run in this process, of a suite that a script stands for: what is judged, said and kept, whatever happens."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gating.checks.drift import Drift, drift
from gating.checks.drift_record import read
from gating.verdict import Outcome
from tests.installs import Environment

# stands for `python -m pytest`: what it writes for each set of absences stands in outcomes.json beside the project
SUITE = """#!{python}
import json, os, signal, sys
if "-I" in sys.argv or "-m" not in sys.argv:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
without = [two for one, two in zip(sys.argv, sys.argv[1:]) if one == "--gating-without"]
key = "+".join(without) + ("!" if sys.argv[-1].startswith("@") else "")
with open("calls", "a") as file:
    file.write(key + chr(10))
told = json.load(open("outcomes.json")).get(key, {{}})
if "signal" in told:
    os.kill(os.getpid(), told["signal"])
rows = [{{"id": one, "outcome": outcome}} for one, outcome in told.get("tests", {{}}).items()]
document = {{"schema": "gating.tests/1", "absent": without, "tests": rows, "modules": told.get("modules", [])}}
json.dump(document, open(os.environ["GATING_OUTCOMES"], "w"))
sys.exit(told.get("code", 0))
"""
POLICY = """
[tool.gating.optional]
aa = "aa"
bb = "bb"
gone = {{ requires = "gone", need = "ci" }}
never = {{ requires = "never", when = "sys_platform == 'plan9'" }}
[tool.gating]
ledger = "{ledger}"
"""
PASSES = {"t.py::x": "passed", "t.py::y": "passed"}

Try = Callable[..., Drift]


@pytest.fixture
def attempt(tmp_path: Path) -> Try:
    """Try a suite that is told as `{"": reference, "aa": without aa, "aa!": what broke then, once more, …}`."""
    environment = Environment(tmp_path / "venv")
    for name in ("aa", "bb"):
        info = environment.install(name, "1.0")
        (environment.site / f"{name}.py").write_text("x = 1\n")
        with (info / "RECORD").open("a") as record:
            record.write(f"{name}.py,,\n")
    environment.install("gating", "0.1.0")
    fake = tmp_path / "venv" / "bin" / "fake-python"
    fake.write_text(SUITE.format(python=str(environment.python)))
    fake.chmod(0o755)
    root = tmp_path / "project"
    root.mkdir()

    def tried(told: dict[str, object], *words: str, ledger: str = "off", **more: object) -> Drift:
        (root / "pyproject.toml").write_text(POLICY.format(ledger=ledger))
        (root / "outcomes.json").write_text(json.dumps(told))
        env = {**os.environ, "HOME": str(tmp_path)}
        return drift(words, root, python=str(fake), env=env, stdout=2, **more)  # type: ignore[arg-type]

    return tried


def outcomes(found: Drift) -> dict[str, str]:
    return {one.name: one.outcome.value for one in found.report.verdicts}


def test_each_is_judged_by_its_own_run(attempt: Try, tmp_path: Path) -> None:
    breaks = {"tests": {**PASSES, "t.py::x": "failed"}, "code": 1}
    told = {
        "": {"tests": PASSES},
        "aa": breaks,
        "aa!": breaks,
        "bb": {"tests": PASSES},
        "aa+bb": breaks,
        "aa+bb!": breaks,
    }
    found = attempt(told)
    assert outcomes(found) == {"aa": "fail", "bb": "pass", "gone": "degraded", "never": "skip", "all": "fail"}
    assert found.report.exit_code == 1
    calls = (tmp_path / "project" / "calls").read_text().splitlines()
    assert calls == ["", "aa", "aa!", "bb", "aa+bb", "aa+bb!"]
    verdicts = {one.name: one for one in found.report.verdicts}
    assert verdicts["aa"].reason == "1 test broken, and not accounted for"
    assert verdicts["aa"].remedy is not None
    assert verdicts["aa"].remedy.commands == (("gating", "optional.learn"),)
    assert verdicts["gone"].need == "ci"
    assert verdicts["gone"].remedy is not None
    assert "gone" in verdicts["gone"].remedy.commands[0]
    kept = read(tmp_path / "project")
    assert kept is not None
    assert [one["name"] for one in kept["entries"]] == ["aa", "bb", "all"]


def test_what_passes_when_it_is_tried_again_is_no_drift(attempt: Try) -> None:
    breaks = {"tests": {**PASSES, "t.py::x": "failed"}, "code": 1}
    found = attempt({"": {"tests": PASSES}, "aa": breaks, "aa!": {"tests": {"t.py::x": "passed"}}}, only=["aa"])
    assert outcomes(found) == {"aa": "pass"}
    assert found.report.verdicts[0].reason == "nothing breaks; 1 test unsteady"


def test_where_one_is_here_all_is_its_own_run(attempt: Try, tmp_path: Path) -> None:
    for path in (tmp_path / "venv").rglob("bb*"):
        if path.is_file():
            path.unlink()
    (next((tmp_path / "venv").rglob("bb-1.0.dist-info")) / "METADATA").unlink()
    found = attempt({"": {"tests": PASSES}, "aa": {"tests": PASSES}})
    assert outcomes(found)["all"] == "pass"
    assert (tmp_path / "project" / "calls").read_text().splitlines() == ["", "aa"]


def test_what_the_reference_says_of_an_absent_one_counts(attempt: Try) -> None:
    row = {"id": "g.py", "outcome": "failed", "undeclared": ["gone"]}
    found = attempt({"": {"tests": PASSES, "modules": [row], "code": 1}}, only=["gone"])
    assert outcomes(found) == {"gone": "fail"}
    assert found.report.verdicts[0].reason == (
        "absent here: the reference is already without it, and 1 module broken there for lack of it"
    )
    (entry,) = found.document["entries"]
    assert [one["id"] for one in entry["broken"]] == ["g.py"]
    assert found.report.notes[-1] == "1 module broken in the reference already, which is no drift"


def test_a_suite_that_crashes_without_it_fails_as_a_whole(attempt: Try) -> None:
    found = attempt({"": {"tests": PASSES}, "aa": {"signal": 11}}, only=["aa"])
    assert found.report.verdicts[0].outcome is Outcome.FAIL
    assert found.report.verdicts[0].reason == "the suite comes to no end without it: it was killed by SIGSEGV"


def test_without_a_reference_nothing_can_be_compared(attempt: Try, tmp_path: Path) -> None:
    found = attempt({"": {"code": 4}})
    assert outcomes(found) == {
        "aa": "degraded",
        "bb": "degraded",
        "gone": "degraded",
        "never": "skip",
        "all": "degraded",
    }
    assert found.report.exit_code == 0
    assert read(tmp_path / "project") is None


def test_what_was_found_out_is_kept_when_the_next_is_interrupted(attempt: Try, tmp_path: Path) -> None:
    def interrupt(line: str) -> None:
        if line == "drift: without bb":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempt({"": {"tests": PASSES}, "aa": {"tests": PASSES}}, say=interrupt)
    kept = read(tmp_path / "project")
    assert kept is not None
    assert [one["name"] for one in kept["entries"]] == ["aa"]


def test_a_record_that_cannot_be_written_changes_no_verdict(attempt: Try, tmp_path: Path) -> None:
    (tmp_path / "project" / ".gating").write_text("in the way")
    found = attempt({"": {"tests": PASSES}, "aa": {"tests": PASSES}}, only=["aa"])
    assert outcomes(found) == {"aa": "pass"}
    assert "cannot be written" in found.report.notes[-1]
