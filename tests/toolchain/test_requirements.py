"""The policy's requirements, judged on a real host: in the order of the policy, for the interpreter that is named."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from gating.checks.optional import find
from gating.policy import load_policy
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.requirements import Survey
from gating.verdict import Evidence, Mode, Need, Outcome, State, Verdict
from tests.installs import Environment, tool

EDITABLE = '{"url": "file:///x", "dir_info": {"editable": true}}'


class Place:
    """A policy, a folder of tools, a virtual environment and a cache."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self.bin.mkdir()
        self.made = Environment(root / "venv")
        self.python = str(self.made.python)
        self.env = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(root)}
        self.policy("")

    def policy(self, text: str) -> None:
        (self.root / "gating.toml").write_text(dedent(text))

    def survey(self, *ids: str, executed: bool = False, may_start: bool = True) -> Survey:
        policy = load_policy(self.root, env=self.env)
        every = (*(f"tool:{name}" for name in policy.tools), *(f"optional:{name}" for name in policy.optional))
        return Survey(
            policy=policy,
            host=Host.of(self.env, python=self.python, root=str(policy.root)),
            cache=Cache(self.root / "cache", about=["here"]),
            find=find,
            ids=ids or every,
            executed=executed,
            may_start=may_start,
        )

    def judged(self, *ids: str, executed: bool = False, mode: Mode = Mode.LENIENT) -> dict[str, Verdict]:
        return {one.id: one for one in self.survey(*ids, executed=executed).judge(mode)}

    def plan9(self) -> None:
        """Let the judged interpreter be one of another system."""
        real = self.made.bin / "python-real"
        self.made.python.rename(real)
        tool(self.made.python, f'{real} "$@" | sed \'s/"sys_platform": "[a-z0-9]*"/"sys_platform": "plan9"/\'')


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_every_requirement_has_a_verdict_in_the_order_of_the_policy(place: Place) -> None:
    place.policy("""
        [tools]
        zz = { why = "the last of all" }
        python = ">=3.8"
        aa = ">=2"
        there = { distribution = "There.Is", version = ">=1" }
        [optional]
        thing = { requires = "thing>=2", need = "ci" }
    """)
    tool(place.bin / "zz", "echo zz 1.0")
    tool(place.bin / "aa", "echo aa 1.9")
    place.made.install("there-is", "1.5")
    found = place.judged()
    assert [(one.id, one.outcome, one.state) for one in found.values()] == [
        ("tool:zz", Outcome.PASS, State.OK),
        ("tool:python", Outcome.PASS, State.OK),
        ("tool:aa", Outcome.FAIL, State.OUTDATED),
        ("tool:there", Outcome.PASS, State.OK),
        ("optional:thing", Outcome.DEGRADED, State.ABSENT),
    ]
    assert found["tool:zz"].details["why"] == "the last of all"
    assert (found["tool:aa"].wanted, found["tool:aa"].found) == (">=2", "1.9")
    assert found["tool:there"].details["distribution"] == "There.Is"
    source = found["tool:aa"].source
    assert source is not None
    assert (source.line, source.column) == (5, 6)
    assert [one.outcome for one in place.survey("optional:thing").judge(Mode.STRICT)] == [Outcome.FAIL]


def test_a_tool_that_the_policy_lacks_is_wanted_in_any_version(place: Place) -> None:
    tool(place.bin / "extra", "echo no version at all")
    (verdict,) = place.judged("tool:extra").values()
    assert (verdict.outcome, verdict.state, verdict.source, verdict.need) == (
        Outcome.PASS,
        State.UNKNOWN,
        None,
        Need.ALWAYS,
    )


def test_only_what_is_unmet_has_a_remedy(place: Place) -> None:
    place.policy("""
        [tools]
        good = { remedy = "get good" }
        gone = { remedy = "get gone" }
        [optional]
        thing = {}
    """)
    tool(place.bin / "good", "echo 1.0")
    found = place.judged()
    assert found["tool:good"].remedy is None
    assert found["tool:gone"].remedy is not None
    assert found["tool:gone"].remedy.commands == (("get", "gone"),)
    thing = found["optional:thing"].remedy
    assert thing is not None
    assert thing.commands == ((place.python, "-m", "pip", "install", "thing"),)


class TestWhen:
    """Markers hold in the judged interpreter's environment, and in no other."""

    POLICY = """
        [tools]
        here = { when = "sys_platform == 'linux'" }
        there = { when = "sys_platform == 'plan9'" }
        [optional]
        ours = "ours>=1; sys_platform == 'linux'"
        theirs = "theirs>=1; sys_platform == 'plan9'"
        both = { requires = "both; sys_platform == 'plan9'", when = "os_name == 'nt'" }
    """

    @pytest.mark.skipif(sys.platform != "linux", reason="the policy is for Linux and Plan 9")
    @pytest.mark.parametrize("plan9", [False, True])
    def test_what_does_not_apply_there_is_skipped(self, place: Place, plan9: bool) -> None:
        place.policy(self.POLICY)
        if plan9:
            place.plan9()
        found = place.judged()
        skipped = {one.id for one in found.values() if one.outcome is Outcome.SKIP}
        assert skipped == (
            {"tool:here", "optional:ours", "optional:both"}
            if plan9
            else {"tool:there", "optional:theirs", "optional:both"}
        )
        assert found["optional:both"].reason == "does not apply here: os_name == 'nt'"
        assert all(found[one].state is None for one in skipped)

    def test_a_requirement_that_does_not_apply_has_not_passed(self, place: Place) -> None:
        place.policy("[optional]\ntomli = \"tomli>=2; python_version < '3'\"")
        (verdict,) = place.judged().values()
        assert (verdict.outcome, verdict.reason) == (Outcome.SKIP, "does not apply here: python_version < '3'")

    def test_a_broken_interpreter_skips_nothing(self, place: Place) -> None:
        place.policy("[tools]\nsh = { when = \"sys_platform == 'plan9'\" }\npython = '*'")
        place.made.python.unlink()
        found = place.judged()
        assert found["tool:sh"].outcome is not Outcome.SKIP
        assert found["tool:python"].state is State.BROKEN


def test_distributions_of_a_broken_interpreter_need_another_interpreter(place: Place) -> None:
    place.policy("[optional]\nthing = {}\n[tools]\nown = { distribution = 'own', remedy = 'make python' }")
    place.made.python.unlink()
    found = place.judged()
    assert {one.state for one in found.values()} == {State.BROKEN}
    remedies = {one.id: one.remedy for one in found.values() if one.remedy}
    assert remedies["optional:thing"].commands == ()  # nothing can be installed into it
    assert remedies["tool:own"].commands == (("make", "python"),)


class TestEvidence:
    def test_metadata_will_do_unless_an_execution_is_wanted(self, place: Place) -> None:
        place.policy("[tools]\nblack = '>=24'")
        place.made.install("black", "24.1", scripts=["black"], says="black 24.1.5")
        static = place.judged()["tool:black"]
        assert (static.evidence, static.found) == (Evidence.STATIC, "24.1")
        executed = place.judged(executed=True)["tool:black"]
        assert (executed.evidence, executed.found) == (Evidence.EXECUTED, "24.1.5")
        assert place.judged(executed=True)["tool:black"].cached


class TestPlan:
    def test_it_says_what_would_be_looked_at_and_starts_nothing(self, place: Place) -> None:
        place.policy(
            """
            [tools]
            run = { version = ">=1", command = ["run", "-V"] }
            gone = {}
            python = ">=3.8"
            later = { when = "sys_platform == 'plan9'" }
            [optional]
            thing = ">=2"
        """.replace('thing = ">=2"', 'thing = "thing>=2"')
        )
        tool(place.bin / "run", f"touch {place.root}/ran; echo run 1.0")
        tool(place.made.bin / "python2", "x")
        place.plan9()
        started = place.made.bin / "python"
        started.write_text(started.read_text() + f"touch {place.root}/ran\n")
        steps = {step["id"]: step for step in place.survey(may_start=False).plan()}
        assert {one: step["how"] for one, step in steps.items()} == {
            "tool:run": "execute",
            "tool:gone": "absent",
            "tool:python": "metadata",
            "tool:later": "absent",  # whether it applies can only be told by the interpreter
            "optional:thing": "metadata",
        }
        assert steps["tool:run"]["commands"] == [[str(place.bin / "run"), "-V"]]
        assert steps["tool:later"]["when"] == "sys_platform == 'plan9'"
        assert json.loads(json.dumps(list(steps.values()))) == list(steps.values())
        assert not (place.root / "ran").exists()

    def test_what_is_known_is_known_without_a_start(self, place: Place) -> None:
        place.policy("""
            [tools]
            run = ">=1"
            gone = {}
            old = ">=2"
            python = ">=3.8"
            [optional]
            thing = {}
        """)
        tool(place.bin / "run", f"touch {place.root}/ran; echo run 1.0")
        place.made.install("old", "1.0", scripts=["old"])
        planned = {one.id: one.state for one in place.survey(may_start=False).known(Mode.LENIENT)}
        assert planned == {"tool:gone": State.ABSENT, "tool:old": State.OUTDATED}
        assert not (place.root / "ran").exists()
        whole = place.judged()
        assert {one.id: one.state for one in place.survey(may_start=False).known(Mode.LENIENT)} == {
            one.id: one.state for one in whole.values()
        }


class TestSeen:
    """What a remembered answer depends on, and what is never remembered."""

    def lasts(self, place: Place) -> bool:
        survey = place.survey()
        seen = survey.seen(survey.judge(Mode.LENIENT))
        return seen is not None and seen.unchanged(survey.host)

    def test_an_answer_lasts_once_all_of_it_came_from_the_cache(self, place: Place) -> None:
        place.policy("[tools]\nrun = {}\ngone = {}\npython = '*'\n[optional]\nthing = {}")
        tool(place.bin / "run", "echo run 1.0")
        assert not self.lasts(place)
        assert self.lasts(place)

    @pytest.mark.parametrize("kind", ["broken", "shim", "editable", "impostor"])
    def test_what_must_be_looked_at_again_never_lasts(self, place: Place, kind: str) -> None:
        place.policy("[tools]\nrun = {}" if kind != "impostor" else "[optional]\nrun = {}")
        if kind == "broken":
            tool(place.bin / "run", "exit 1")
        elif kind == "shim":
            tool(place.bin / "run", 'exec /opt/asdf/bin/asdf exec run "$@"')
        elif kind == "editable":
            place.made.install("run", "1.0", scripts=["run"], origin=EDITABLE)
        else:
            place.made.install("run", "1.0")
            (place.made.site / "run.py").unlink()
        assert [self.lasts(place) for _ in range(3)] == [False] * 3

    def changed_by(self, place: Place, path: Path) -> bool:
        """Whether a remembered answer notices that a file was touched."""
        self.lasts(place)
        survey = place.survey()
        seen = survey.seen(survey.judge(Mode.LENIENT))
        assert seen is not None
        os.utime(path, ns=(1, path.stat().st_mtime_ns + 1))
        return not seen.unchanged(survey.host)

    def test_it_depends_on_the_tools(self, place: Place) -> None:
        place.policy("[tools]\nrun = {}")
        tool(place.bin / "run", "echo run 1.0")
        assert self.changed_by(place, place.bin / "run")

    def test_and_on_the_metadata_of_distributions(self, place: Place) -> None:
        place.policy("[optional]\nthing = {}")
        info = place.made.install("thing", "1.0")
        assert self.changed_by(place, info / "METADATA")

    def test_and_on_the_interpreter_where_a_marker_was_asked(self, place: Place) -> None:
        place.policy("[tools]\nrun = {}")
        tool(place.bin / "run", "echo run 1.0")
        assert not self.changed_by(place, place.made.config)
        place.policy("[tools]\nrun = { when = \"python_version >= '3'\" }")
        assert self.changed_by(place, place.made.config)

    def test_and_on_the_programs_that_a_remedy_names(self, place: Place) -> None:
        place.policy("[tools]\ngone = {}")
        self.lasts(place)
        survey = place.survey()
        seen = survey.seen(survey.judge(Mode.LENIENT))
        assert seen is not None
        tool(place.bin / "npm", "x")
        assert not seen.unchanged(survey.host)

    def test_it_is_of_the_moment_when_the_verdicts_were_read(self, place: Place) -> None:
        """A tool that is replaced while the survey goes on must not be remembered as what it was."""
        place.policy("[tools]\nrun = {}")
        tool(place.bin / "run", "echo run 1.0")
        self.lasts(place)
        survey = place.survey()
        verdicts = survey.judge(Mode.LENIENT)
        tool(place.bin / "run", "echo run 22.0")
        seen = survey.seen(verdicts)
        assert seen is not None
        assert not seen.unchanged(survey.host)
