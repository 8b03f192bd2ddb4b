"""`inv coverage.learn` with the real pytest and coverage, in a project that has two optional dependencies."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.projects import Done, Project

POLICY = """
    [tool.gating.optional]
    alpha = "alpha"
    beta = "beta"

    [tool.gating.needs]
    "tests/test_beta.py" = ["alpha", "beta"]

    [tool.gating.coverage]
    source = ["src/app"]

    [tool.pytest.ini_options]
    pythonpath = ["src"]
    testpaths = ["tests"]
    """
APP = """
    try:
        import alpha
    except ImportError:
        alpha = None


    def plain(x):
        if x:
            return 1
        return 2


    def with_alpha():
        return helper() + alpha.ONE


    def helper():
        return 1


    def never():
        return 0
    """
BOTH = """
    import beta


    def with_both():
        return beta.ONE
    """
# every start of pytest and every test leaves a line in a file
CONFTEST = """
    import os
    import pytest

    def told(word):
        with open(os.environ["TOLD"], "a", encoding="utf-8") as file:
            file.write(word + "\\n")

    def pytest_configure(config):
        told("start" if not hasattr(config, "workerinput") else "worker")

    @pytest.fixture(autouse=True)
    def _told(request):
        told(request.node.nodeid)
    """
PLAIN = """
    import app
    import pytest

    @pytest.mark.parametrize("x", [0, 1, "a b::c[d]/e"])
    def test_plain(x):
        assert app.plain(x)

    class TestAlpha:
        @pytest.mark.needs("alpha")
        def test_alpha(self):
            assert app.with_alpha() == 2
    """
USES_BETA = """
    from app import both

    def test_both():
        assert both.with_both() == 1
    """


@pytest.fixture
def taught(project: Project) -> Project:
    project.unmeasured()
    project.policy(POLICY)
    project.write("src/app/__init__.py", APP)
    project.write("src/app/both.py", BOTH)
    project.write("tests/conftest.py", CONFTEST)
    project.write("tests/test_plain.py", PLAIN)
    project.write("tests/test_beta.py", USES_BETA)
    site = project.home / "site"
    for name in ("alpha", "beta"):
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").write_text("ONE = 1\n")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text(f"{name}.py,,\n{info.name}/METADATA,,\n")
    project.env |= {"PYTHONPATH": str(site), "TOLD": str(project.home / "told")}
    return project


def learn(project: Project, *arguments: str, env: dict[str, str] | None = None) -> Done:
    project.write("tasks.py", "from gating.tasks import ns\n")
    command = (sys.executable, "-m", "invoke", "coverage.learn", "--format", "json")
    return project.run(*command, *arguments, env=env, timeout=300)


def told(project: Project) -> Counter[str]:
    try:
        return Counter((project.home / "told").read_text(encoding="utf-8").splitlines())
    except FileNotFoundError:
        return Counter()


def reach(project: Project) -> Path:
    return project.root / ".gating" / "reach.json"


def points(project: Project, path: str, kind: str) -> dict[str, Any]:
    rows = json.loads(reach(project).read_text(encoding="utf-8"))["files"][path].get(kind, [])
    return {row["at"][1]: row.get("by", []) for row in rows}


def test_each_test_runs_once_in_a_pass_and_what_it_needs_is_learned(taught: Project) -> None:
    taught.write("tests/test_apart.py", "from conftest import told\n\ntold('imported')\n\ndef test_apart(): ...\n")
    done = learn(taught)
    assert done.returncode == 0, done.stderr
    ran = told(taught)
    assert ran.pop("start") == 6  # three need-sets, two passes
    assert ran.pop("imported") == 2, "a file is imported where its tests are run"
    assert len(ran) == 6
    assert set(ran.values()) == {2}
    assert points(taught, "src/app/__init__.py", "uncovered").keys() == {
        "except ImportError:",
        "alpha = None",
        "return 0",
    }
    assert points(taught, "src/app/__init__.py", "needs") == {
        "return helper() + alpha.ONE": [["alpha"]],
        "return 1": [["alpha"]],
    }
    both = [["alpha", "beta"]]
    assert points(taught, "src/app/both.py", "needs") == {
        "import beta": both,
        "def with_both():": both,
        "return beta.ONE": both,
    }
    found = done.verdict("coverage:learn")
    assert (found["outcome"], found["reason"]) == ("pass", "14 of 17 covered, by 3 need-sets of tests")
    assert [(one["needs"], one["tests"]) for one in found["details"]["passes"][0]] == [
        ([], 4),
        (["alpha"], 1),
        (["alpha", "beta"], 1),
    ]
    # nothing that would pass for the suite's own data stays
    assert list((taught.root / ".gating" / "coverage").iterdir()) == []
    runs = taught.gating("ledger.runs", "--format", "json").document["runs"]
    assert "coverage.learn" in {one["command"] for one in runs}


@pytest.mark.realworld  # for its half a minute
def test_workers_and_hash_seeds_change_nothing_but_times(taught: Project) -> None:
    (taught.root / "tests" / "test_beta.py").unlink()
    first = learn(taught)
    assert first.returncode == 0, first.stderr
    content = reach(taught).read_bytes()
    reach(taught).unlink()
    told_first = told(taught)
    again = learn(taught, "--", "-n", "2", env={"PYTHONHASHSEED": "7"})
    assert again.returncode == 0, again.stderr
    assert reach(taught).read_bytes() == content
    first_details, details = (one.verdict("coverage:learn")["details"] for one in (first, again))
    assert {**first_details, "plan": None} == {**details, "plan": None}
    tests = {name: count for name, count in (told(taught) - told_first).items() if "::" in name}
    assert set(tests.values()) == {2}


def test_a_run_without_a_dependency_shows_what_it_leaves(taught: Project) -> None:
    """The plugin cannot know that a test skips itself quietly; only the run without beta shows what that leaves."""
    taught.write(
        "tests/test_beta.py",
        """
        import app
        import importlib.util
        import pytest

        @pytest.mark.skipif(importlib.util.find_spec("beta") is None, reason="quietly")
        def test_quiet():
            assert app.helper() == 1
        """,
    )
    taught.policy(POLICY.replace('"tests/test_beta.py" = ["alpha", "beta"]', ""))
    taught.write(
        "tests/test_plain.py",
        """
        def test_plain():
            import app
            assert app.plain(1) and app.plain(0)
        """,
    )
    done = learn(taught, "--without", "beta")
    assert done.returncode == 0, done.stderr
    found = done.verdict("coverage:without:beta")
    assert found["reason"] == "1 line more out of reach without it"
    rows = json.loads(reach(taught).read_text(encoding="utf-8"))["files"]["src/app/__init__.py"]["needs"]
    assert rows == [
        {"at": ["helper", "return 1", 0], "without": [["beta"]], "reason": "not run by the suite without beta"}
    ]


EITHER = """
    import importlib.util
    import app
    import pytest

    @pytest.mark.parametrize("name", ["alpha", "beta"])
    def test_either(name):
        if importlib.util.find_spec(name) is not None:
            assert app.helper() == 1
    """


def without(project: Project) -> dict[str, Any]:
    files = json.loads(reach(project).read_text(encoding="utf-8"))["files"]
    rows = files["src/app/__init__.py"].get("needs", [])
    return {row["at"][1]: row["without"] for row in rows if "without" in row}


def starts(project: Project) -> int:
    return told(project).get("start", 0)


@pytest.fixture
def either(taught: Project) -> Project:
    """A helper that either of two dependencies reaches, which nobody says and no run without one of them shows."""
    taught.write("tests/test_beta.py", EITHER)
    taught.policy(POLICY.replace('"tests/test_beta.py" = ["alpha", "beta"]', ""))
    taught.write("src/app/both.py", "")
    taught.write("tests/test_plain.py", PLAIN.partition("class TestAlpha")[0])
    return taught


def test_runs_without_several_show_what_either_of_them_reaches(either: Project) -> None:
    done = learn(either, "--without", "alpha", "--without", "beta")
    assert done.returncode == 0, done.stderr
    assert without(either) == {}
    either.write("tests/test_beta.py", EITHER.replace('["alpha", "beta"]', "[]"))  # as where both are absent
    assert either.inv("coverage.run", "--", "-q").returncode == 1
    either.write("tests/test_beta.py", EITHER)
    done = learn(either, "--without", "beta,alpha", "--without", "alpha")
    assert done.returncode == 0, done.stderr
    assert done.verdict("coverage:without:alpha,beta")["reason"] == "1 line more out of reach without them"
    assert without(either) == {"return 1": [["alpha", "beta"]]}
    ran = either.inv("coverage.run", "--format", "json", "--", "-q", "--gating-without", "alpha,beta")
    assert ran.returncode == 0, ran.stderr
    assert ran.verdict("coverage:reach")["details"]["exempt_by"]["absence run"] == 1
    one = either.inv("coverage.run", "--format", "json", "--", "-q", "--gating-without", "alpha")
    assert "absence run" not in one.verdict("coverage:reach")["details"]["exempt_by"]


def test_exploring_finds_every_absence_by_itself(either: Project) -> None:
    assert learn(either, "--without", "alpha").returncode == 0
    content = json.loads(reach(either).read_text(encoding="utf-8"))
    files = content["files"]["src/app/__init__.py"]
    files["needs"] = [*files.get("needs", []), {"at": ["plain", "if x:", 0], "without": [["alpha"]], "reason": "once"}]
    reach(either).write_text(json.dumps(content))
    before = starts(either)
    done = learn(either, "--without", "any")
    assert done.returncode == 0, done.stderr
    assert starts(either) - before == 5, "two passes, without each, and without both"
    found = done.verdict("coverage:without:any")
    assert found["reason"] == "every absence of 2 dependencies is known by 3 runs"
    assert found["details"]["tried"] == [["alpha"], ["beta"], ["alpha", "beta"]]
    assert without(either) == {"return 1": [["alpha", "beta"]]}, "what an earlier run is said to have shown is gone"


def test_a_run_that_fails_leaves_open_what_it_would_have_shown(either: Project) -> None:
    broken = """
        import importlib.util

        def test_one_of_them():
            assert importlib.util.find_spec("alpha") or importlib.util.find_spec("beta")
        """
    either.write("tests/test_one_of_them.py", broken)
    done = learn(either, "--without", "any")
    assert done.returncode == 1
    assert done.verdict("coverage:without:alpha,beta")["outcome"] == "fail"
    found = done.verdict("coverage:without:any")
    assert found["outcome"] == "degraded"
    assert found["reason"].startswith("not every absence is known of ")
    assert found["reason"].endswith(" lines and branches after 3 runs")


def test_nothing_is_learned_from_a_run_that_fails_and_the_reference_stays(taught: Project) -> None:
    taught.write("tests/test_plain.py", PLAIN + "\n    def test_broken():\n        assert False\n")
    reach(taught).parent.mkdir()
    reach(taught).write_text("as it was")
    done = learn(taught)
    assert done.returncode == 1
    reason = done.verdict("coverage:learn")["reason"]
    why = "tests that need nothing: tests/test_plain.py::test_broken failed"
    assert reason == f"nothing learned: {why}; what was known stays as it is"
    assert told(taught)["start"] == 1
    assert reach(taught).read_text() == "as it was"


def test_what_was_there_and_cannot_be_read_is_replaced_and_that_is_said(taught: Project) -> None:
    reach(taught).parent.mkdir()
    reach(taught).write_text('{"schema": "gating.reach/9"}')
    done = learn(taught)
    assert done.returncode == 0
    reason = done.verdict("coverage:learn")["reason"]
    assert "; what was accepted before is lost: reach.json: its schema is 'gating.reach/9'" in reason
    assert json.loads(reach(taught).read_text(encoding="utf-8"))["schema"] == "gating.reach/1"
    assert "is lost" not in learn(taught).verdict("coverage:learn")["reason"]


def test_an_interrupted_run_leaves_no_data_that_would_pass_for_the_suites(taught: Project) -> None:
    # `coverage run` keeps its data at an interrupt, and measures what pytest itself imports
    taught.policy(POLICY + '\n    filterwarnings = ["ignore::app.Mine"]\n')
    taught.write("src/app/__init__.py", APP + "\n    class Mine(UserWarning): ...\n")
    both = "for one in (os.getppid(), os.getpid()):\n            os.kill(one, signal.SIGINT)\n"
    last = f"\n    def test_last():\n        import os, signal, time\n        {both}        time.sleep(60)\n"
    taught.write("tests/test_plain.py", PLAIN + last)
    assert learn(taught).returncode != 0
    assert told(taught)["start"] == 1
    kept = taught.root / ".gating" / "coverage"
    assert [path.name for path in kept.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--", "-k", "plain and not x y"), "a part of the suite only: -k plain and not x y selects tests by name"),
        (("--", "tests/test_plain.py"), "a part of the suite only: only tests/test_plain.py is run"),
    ],
)
def test_nothing_is_started_for_a_part_of_the_suite(taught: Project, arguments: tuple[str, ...], reason: str) -> None:
    done = learn(taught, *arguments)
    assert done.returncode == 1
    assert done.verdict("coverage:learn")["reason"] == f"nothing learned: {reason}"
    assert not told(taught)


def test_nothing_is_started_where_a_dependency_is_absent(taught: Project) -> None:
    done = learn(taught, env={"PYTHONPATH": ""})
    assert done.returncode == 1
    found = done.verdict("coverage:learn")
    assert found["reason"] == "nothing learned: degraded: alpha is absent, beta is absent"
    assert found["remedy"]["commands"]
    assert not told(taught)
    assert not reach(taught).exists()


def test_the_plan_starts_nothing(taught: Project) -> None:
    done = taught.inv("coverage.learn", "--dry-run", "--without", "alpha", "--", "-k", "a and b")
    assert done.returncode == 0, done.stderr
    assert "-k 'a and b'" in done.stdout
    assert "--gating-without alpha" in done.stdout
    assert "nothing would be learned: a part of the suite only" in done.stdout
    assert not told(taught)
    assert not (taught.root / ".gating").exists()


def test_a_name_that_the_policy_lacks_is_a_mistake(taught: Project) -> None:
    done = taught.inv("coverage.learn", "--without", "alpah")
    assert done.returncode == 2
    assert "did you mean 'alpha'?" in done.stderr


def test_lost_lines_are_accepted_with_a_reason_and_are_lost_no_more(taught: Project) -> None:
    (taught.root / "tests" / "test_beta.py").unlink()
    assert learn(taught).returncode == 0
    taught.write("tests/test_plain.py", PLAIN.replace("[0, 1, ", "[1, "))  # nobody gives a 0 any more
    lost = taught.inv("coverage.run", "--", "-q")
    assert lost.returncode == 1
    assert "src/app/__init__.py:10" in lost.stdout
    before = reach(taught).read_bytes()
    place = ("--accept", "src/app/__init__.py:8-12")
    planned = taught.inv("coverage.learn", *place, "--reason", "it goes", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert "no longer required: src/app/__init__.py:10: return 2" in planned.stdout
    for wrong, why in (
        (place, "--accept wants a --reason"),
        (("--reason", "it goes"), "--reason belongs to --accept"),
        (("--accept", "src/app/__init__.py:1-3", "--reason", "x"), "nothing is lost in src/app/__init__.py:1-3"),
    ):
        done = taught.inv("coverage.learn", *wrong)
        assert done.returncode == 2
        assert why in done.stderr
    assert reach(taught).read_bytes() == before
    accepted = taught.inv("coverage.learn", *place, "--reason", "it goes")
    assert accepted.returncode == 0, accepted.stderr
    assert '"reason": "it goes"' in reach(taught).read_text(encoding="utf-8")
    checked = taught.inv("coverage.check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_reach_that_is_none_is_said_to_be(taught: Project) -> None:
    place = ("--accept", "src/app/__init__.py", "--reason", "x")
    done = taught.inv("coverage.learn", *place)
    assert done.returncode == 2
    assert "there is no .gating/reach.json" in done.stderr
    reach(taught).parent.mkdir(exist_ok=True)
    reach(taught).write_text("{}")
    done = taught.inv("coverage.learn", *place)
    assert done.returncode == 2
    assert "its schema is None" in done.stderr


def test_a_module_that_nobody_imports_any_more_is_lost_where_coverage_has_no_source(taught: Project) -> None:
    """Then it is in no data at all; with a dependency absent, what that kept from being imported is no loss."""
    taught.policy(POLICY.replace('source = ["src/app"]', "fail-under = 0"))
    taught.write("src/app/used.py", "def used():\n    return 1\n")
    taught.write("tests/test_used.py", "from app import used\n\ndef test_used():\n    assert used.used() == 1\n")
    done = learn(taught, "--without", "beta")
    assert done.returncode == 0, done.stderr
    assert "src/app/used.py" in json.loads(reach(taught).read_text(encoding="utf-8"))["files"]
    taught.write("tests/test_used.py", "def test_used():\n    pass\n")
    hidden = ("--", "-q", "--gating-without", "beta")
    for words in (("--", "-q"), hidden):
        lost = taught.inv("coverage.run", "--format", "json", *words)
        assert lost.returncode == 1
        found = lost.verdict("coverage:reach")
        assert [(one["path"], one["line"]) for one in found["details"]["lost"]] == [
            ("src/app/used.py", 1),
            ("src/app/used.py", 2),
        ]
        assert found["details"]["stale"] == []
        total = lost.verdict("coverage:total")["details"]
        assert total["raw"]["total"] > total["raw"]["covered"]
    checked = taught.inv("coverage.check", "--format", "json")
    assert checked.returncode == 1
    rows = {one["path"]: one["covered"] for one in checked.document["files"]}
    assert rows["src/app/used.py"] == 0
    pages = taught.inv("coverage.show", "--html", "pages")
    assert pages.returncode == 0, pages.stderr
    assert "used.py" in (taught.root / "pages" / "index.html").read_text(encoding="utf-8")
