"""Judging data that is there: found, read, combined, and said to be what it is where it cannot be judged."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gating.checks.coverage import Checked, check_coverage, look_at_coverage, plan_coverage
from gating.coverage.kept import Kept, digests, write_kept
from gating.coverage.keys import Keys
from gating.coverage.reach import Entry, FileReach, Reach, Reference, write_reach
from gating.coverage.surroundings import Surroundings
from gating.errors import PolicyError
from gating.toolchain.host import Host
from gating.verdict import Outcome, State

SOURCE = """\
try:
    import torch
except ImportError:
    torch = None


def plain():
    return 1


def heavy():
    return torch.zeros(1)
"""
ALL = frozenset({1, 2, 3, 4, 7, 8, 11, 12})
WITH, WITHOUT = frozenset({1, 2, 7, 8, 11, 12}), frozenset({1, 2, 3, 4, 7, 8, 11})
KEYS = Keys.of(SOURCE)
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"
MODULES = {"torch": ("torch",)}
HERE = Surroundings(python=PYTHON, platform=sys.platform, modules=MODULES)
TORCH = frozenset({"torch"})
LACKING = Surroundings(python=PYTHON, platform=sys.platform, absent=TORCH, missing=TORCH, modules=MODULES)


class Place:
    """A project with one source, and what was measured of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("pyproject.toml", '[tool.gating]\nledger = "off"\n[tool.gating.coverage]\nfail-under = 75\n')
        self.write("app/core.py", SOURCE)
        self.env = {"PATH": "", "HOME": str(root), "GATING_CACHE": str(root / "cache")}

    def write(self, name: str, text: str) -> Path:
        made = self.root / name
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text(text, encoding="utf-8")
        return made

    def policy(self, text: str) -> None:
        self.write("pyproject.toml", f'[tool.gating]\nledger = "off"\n{text}')

    def refer(self) -> None:
        one = FileReach(
            uncovered=KEYS.keys({3, 4}),
            entries={key: Entry(by=frozenset({TORCH})) for key in KEYS.keys({12})},
        )
        reference = Reference(python=PYTHON, platform=sys.platform)
        write_reach(self.root / ".gating" / "reach.json", Reach(reference=reference, files={"app/core.py": one}))

    def report(self, covered: frozenset[int], name: str = "report.json") -> Path:
        """A report as `coverage json` writes it."""
        file = {"executed_lines": sorted(covered), "missing_lines": sorted(ALL - covered)}
        document = {"meta": {"version": "7.13", "branch_coverage": False}, "files": {"app/core.py": file}}
        return self.write(name, json.dumps(document))

    def keep(self, label: str, covered: frozenset[int], here: Surroundings, *, unjudged: tuple[str, ...] = ()) -> Path:
        """What a session's tests leave."""
        made = self.report(covered, f".gating/coverage/report-{label}.json")
        kept = Kept(
            label=label,
            report=made.name,
            sha256=hashlib.sha256(made.read_bytes()).hexdigest(),
            surroundings=here,
            files=digests(["app/core.py"], self.root),
            unjudged=unjudged,
        )
        write_kept(made.parent, kept)
        return made

    def check(self, *data: str | Path, **asked: Any) -> Checked:
        host = Host.of(self.env, root=str(self.root))
        return check_coverage([str(one) for one in data], self.root, host=host, env=self.env, **asked)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def told(checked: Checked) -> dict[str, tuple[Outcome, str]]:
    assert checked.document["exit_code"] == checked.report.exit_code
    return {one.id: (one.outcome, one.reason) for one in checked.report.verdicts}


def test_without_data_there_is_nothing_to_judge_and_it_fails(place: Place) -> None:
    found = place.check()
    assert told(found) == {"coverage:total": (Outcome.FAIL, "unmeasured: there is no data in .gating/coverage")}
    assert (found.report.exit_code, found.document["figures"]) == (1, None)
    place.policy('[tool.gating.coverage]\nneed = "optional"\n')
    assert place.check().report.exit_code == 0


def test_what_a_run_has_left_is_judged_where_it_was_made(place: Place) -> None:
    place.refer()
    place.keep("tests", WITHOUT, LACKING)
    assert told(place.check()) == {
        "coverage:total": (
            Outcome.PASS,
            (
                "credited coverage is 100.00 % (8 of 8), not under the floor of 75 %; 87.50 % raw, 100.00 % of what is"
                " within reach"
            ),
        ),
        "coverage:reach": (Outcome.DEGRADED, "nothing lost; 1 line out of reach here without torch"),
    }


def test_a_lost_line_is_named_with_what_accepts_it(place: Place) -> None:
    place.refer()
    place.keep("tests", WITHOUT - {8}, LACKING)
    found = place.check()
    assert (found.report.exit_code, told(found)["coverage:reach"]) == (1, (Outcome.FAIL, "1 line lost: app/core.py:8"))
    assert found.document["lost"] == [
        {
            "path": "app/core.py",
            "line": 8,
            "to": None,
            "text": "return 1",
            "needs": ["torch"],
            "accept": ["gating", "coverage.learn", "--accept", "app/core.py", "--reason", "WHY"],
        }
    ]


def test_several_runs_are_judged_once_and_together(place: Place) -> None:
    place.refer()
    place.keep("with", WITH, HERE)
    place.keep("without", WITHOUT, LACKING)
    found = place.check()
    assert told(found) == {
        "coverage:total": (Outcome.PASS, "coverage is 100.00 % (8 of 8), not under the floor of 75 %"),
        "coverage:reach": (Outcome.PASS, "nothing lost"),
    }
    assert [one["name"] for one in found.document["data"]] == ["with", "without"]
    # the one that has torch does not run it: the other is no excuse
    place.keep("with", WITH - {12}, HERE)
    assert told(place.check())["coverage:reach"] == (Outcome.FAIL, "1 line lost: app/core.py:12")


def test_a_folder_of_another_machine_is_judged_too(place: Place) -> None:
    place.refer()
    place.keep("there", WITH, HERE)
    (place.root / ".gating" / "coverage").rename(place.root / "artifact")
    assert place.check(place.root / "artifact").report.exit_code == 0


def test_data_of_older_sources_is_named_and_left_out(place: Place) -> None:
    place.keep("old", frozenset(), HERE)
    place.write("app/core.py", SOURCE + "\nnew = 1\n")
    place.keep("new", WITH | {14}, HERE)
    found = told(place.check())
    assert found["coverage:data:old"] == (Outcome.DEGRADED, "left out, it is older than app/core.py")
    assert found["coverage:total"][0] is Outcome.PASS
    (place.root / ".gating" / "coverage" / "run-new.json").unlink()
    assert told(place.check())["coverage:total"] == (Outcome.FAIL, "unmeasured: none of the data can be judged")


def test_a_part_of_the_suite_is_not_judged(place: Place) -> None:
    place.refer()
    place.keep("a", frozenset(), HERE, unjudged=("-k used selects tests by name",))
    assert {outcome for outcome, _ in told(place.check()).values()} == {Outcome.DEGRADED}
    place.keep("b", WITH, HERE)
    assert told(place.check())["coverage:total"][1] == "not judged: a: -k used selects tests by name"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the coverage report is no JSON"),
        ("[" * 100_000, "the coverage report is no JSON"),
        ("{}", "the document is no report of coverage json"),
        ('{"meta": [], "files": {}}', "the document is no report of coverage json"),
    ],
)
def test_a_report_that_is_none_fails_in_words(place: Place, content: str, words: str) -> None:
    found = place.check(place.write("foreign.json", content))
    (data, total) = found.report.verdicts
    assert (data.id, data.outcome, data.state) == ("coverage:data:foreign.json", Outcome.FAIL, State.BROKEN)
    assert data.reason.startswith(words)
    assert total.reason == "unmeasured: none of the data can be judged"


def test_what_is_not_there_fails_in_words(place: Place) -> None:
    assert told(place.check(place.root / "nowhere"))[f"coverage:data:{place.root / 'nowhere'}"] == (
        Outcome.FAIL,
        "it cannot be read: No such file or directory",
    )


@pytest.mark.parametrize("content", ["", "null", '{"schema": "gating.measured/9"}', '{"schema": "gating.measured/1"}'])
def test_what_stands_beside_a_report_and_cannot_be_read_fails_in_words(place: Place, content: str) -> None:
    place.keep("tests", WITH, HERE)
    place.write(".gating/coverage/run-tests.json", content)
    outcome, reason = told(place.check())["coverage:data:run-tests.json"]
    assert (outcome, reason.partition(":")[0]) == (Outcome.FAIL, "run-tests.json")


def test_another_report_than_the_one_that_was_made_is_refused(place: Place) -> None:
    place.keep("tests", WITH, HERE)
    place.report(ALL, ".gating/coverage/report-tests.json")
    assert "its checksum is another" in told(place.check())["coverage:data:tests"][1]


def test_a_data_file_is_told_by_coverage_itself_and_stays_as_it_is(place: Place) -> None:
    place.write("run.py", "import sys\nsys.path.insert(0, '.')\nimport app.core\napp.core.plain()\n")
    argv = [sys.executable, "-m", "coverage", "run", "--data-file=some.data", "--source=app", "run.py"]
    subprocess.run(argv, cwd=place.root, env=place.env, check=True)
    before = (place.root / "some.data").read_bytes()
    found = place.check(place.root / "some.data")
    assert (found.document["files"][0]["covered"], found.document["files"][0]["total"]) == (7, 8)
    assert (place.root / "some.data").read_bytes() == before
    (place.root / "corrupt.data").write_bytes(before[:100] + b"\xff" * 500)
    (data, _) = place.check(place.root / "corrupt.data").report.verdicts
    assert (data.outcome, data.reason.startswith("coverage tells nothing of it: ")) == (Outcome.FAIL, True)
    assert "Traceback" not in data.reason


def test_a_floor_that_is_none_is_a_mistake(place: Place) -> None:
    place.keep("tests", WITH, HERE)
    with pytest.raises(PolicyError, match="fail-under"):
        place.check(fail_under="nan")
    assert told(place.check(fail_under="75.01"))["coverage:total"][0] is Outcome.FAIL


def test_the_same_data_comes_to_the_same(place: Place) -> None:
    place.refer()
    place.keep("with", WITH - {8}, HERE)
    place.keep("without", WITHOUT - {8}, LACKING)
    first, again = place.check().document, place.check().document
    assert first == again
    host = Host.of(place.env, root=str(place.root))
    shown = look_at_coverage((), place.root, env=place.env)
    assert {**first, "mode": ""} == {**shown.document, "mode": ""}
    assert host.root == str(place.root)


def test_a_reach_of_another_version_fails_and_the_raw_figure_stands(place: Place) -> None:
    place.keep("tests", WITH, HERE)
    place.write(".gating/reach.json", '{"schema": "gating.reach/2"}')
    found = told(place.check())
    assert found["coverage:reach"][0] is Outcome.FAIL
    assert found["coverage:reach"][1].startswith("not judged: reach.json: its schema is 'gating.reach/2'")
    assert found["coverage:total"] == (Outcome.PASS, "coverage is 75.00 % (6 of 8), not under the floor of 75 %")


def test_pages_show_every_line_as_it_was(place: Place) -> None:
    place.refer()
    place.keep("tests", WITHOUT - {8}, LACKING)
    index = place.check().write_pages(place.root / "html")
    assert "app/core.py" in index.read_text(encoding="utf-8")
    (page,) = [one for one in index.parent.iterdir() if one != index]
    text = page.read_text(encoding="utf-8")
    for line, word in ((2, "covered"), (8, "lost"), (12, "exempt")):
        assert f'<tr id="L{line}" class="{word}">' in text


def test_a_plan_starts_nothing(place: Place) -> None:
    made = plan_coverage(["-k", "a b"], place.root, env=place.env)
    (tests, after) = made["steps"][-2:]
    assert tests["commands"][0][-2:] == ["-k", "a b"]
    assert after["commands"][0][1:4] == ["-m", "coverage", "json"]
    assert "not judged: -k a b selects tests by name" in made["notes"]
    assert not (place.root / ".gating").exists()
