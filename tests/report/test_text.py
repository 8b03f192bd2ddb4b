from __future__ import annotations

import subprocess
import sys

import pytest

from gating.report import text
from gating.verdict import Evidence, Mode, Need, Outcome, Remedy, Report, RunInfo, Source, State, Verdict

GIT = Verdict(
    id="tool:git",
    outcome=Outcome.PASS,
    state=State.OK,
    found="2.39.5",
    wanted=">=2.30",
    evidence=Evidence.EXECUTED,
    path="/usr/bin/git",
    source=Source(file="pyproject.toml", line=10, column=8),
)
PRE_COMMIT = Verdict(
    id="tool:pre-commit",
    outcome=Outcome.FAIL,
    state=State.OUTDATED,
    found="2.9.0",
    wanted=">=3.7",
    evidence=Evidence.STATIC,
    reason="2.9.0 is older than >=3.7",
    path="/usr/local/bin/pre-commit",
    shadowed=("/opt/bin/pre-commit",),
    source=Source(file="pyproject.toml", line=11, column=14),
    remedy=Remedy(
        commands=(("python", "-m", "pip", "install", "-U", "pre-commit>=3.7"),),
        channel="pip",
        links=("https://pre-commit.com/#install",),
    ),
)
DOCKER = Verdict(
    id="tool:docker",
    outcome=Outcome.DEGRADED,
    state=State.ABSENT,
    need=Need.OPTIONAL,
    wanted=">=24",
    reason="not on the search path",
    source=Source(file="pyproject.toml", line=12, column=14),
    remedy=Remedy(commands=(("apt-get", "install", "docker.io"),), channel="apt", why="integration tests"),
)
HADOLINT = Verdict(id="tool:hadolint", outcome=Outcome.SKIP, reason="does not apply: sys_platform == 'win32'")


def report(*verdicts: Verdict, mode: Mode = Mode.STRICT, notes: tuple[str, ...] = ()) -> Report:
    return Report(run=RunInfo(id="r1"), mode=mode, verdicts=verdicts, notes=notes)


def test_a_report_reads_like_this() -> None:
    said = text.render(report(GIT, PRE_COMMIT, DOCKER, HADOLINT, notes=("the ledger is off",)))
    assert said == (
        """\
✓ pass      tool:git         2.39.5  >=2.30  executed
✗ fail      tool:pre-commit  2.9.0   >=3.7   static    2.9.0 is older than >=3.7  pyproject.toml:11:14
            at /usr/local/bin/pre-commit
            shadowed: /opt/bin/pre-commit
            python -m pip install -U 'pre-commit>=3.7'
            see https://pre-commit.com/#install
▲ degraded  tool:docker      -       >=24              not on the search path  pyproject.toml:12:14
            why: integration tests
            apt-get install docker.io
○ skip      tool:hadolint                              does not apply: sys_platform == 'win32'

note: the ledger is off
gating: FAIL  1 failed, 1 degraded, 1 passed, 1 skipped (strict)
"""
    )


def test_the_last_line_is_the_verdict_of_the_whole() -> None:
    def last(*verdicts: Verdict) -> str:
        return text.render(report(*verdicts, mode=Mode.LENIENT)).splitlines()[-1]

    assert last(GIT) == "gating: PASS  1 passed (lenient)"
    assert last(PRE_COMMIT, DOCKER) == "gating: FAIL  1 failed, 1 degraded (lenient)"
    assert last() == "gating: NOTHING CHECKED  no verdicts (lenient)"
    assert last(HADOLINT) == "gating: PASS  1 skipped (lenient)"


def test_a_degraded_run_says_that_it_is_not_a_full_one() -> None:
    last = text.render(report(GIT, DOCKER)).splitlines()[-1]
    assert last.startswith("gating: DEGRADED  1 degraded, 1 passed (strict); not a full run")


def test_a_narrow_terminal_cuts_no_failure_and_no_command() -> None:
    said = text.render(report(PRE_COMMIT, HADOLINT), width=60)
    lines = said.splitlines()

    words = " ".join(said.split())
    assert "2.9.0 is older than >=3.7 pyproject.toml:11:14" in words
    assert "            python -m pip install -U 'pre-commit>=3.7'" in lines
    (skip,) = [line for line in lines if line.startswith("○")]
    assert len(skip) <= 60
    assert skip.endswith("…")


@pytest.mark.parametrize("width", range(20, 140, 7))
def test_lines_fit_the_terminal_except_commands_and_words_that_cannot_be_broken(width: int) -> None:
    reason = "the tool was asked for its version and answered with words that hold none of its own " * 3
    failed = Verdict(id="tool:x", outcome=Outcome.FAIL, reason=reason, source=Source(file="a.toml", line=1, column=1))
    lines = text.render(report(failed), width=width).splitlines()[:-1]
    assert " ".join(reason.split()) in " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= max(width, 30)


def test_a_wide_id_does_not_push_the_others_away() -> None:
    wide = Verdict(id="tool:" + "x" * 200, outcome=Outcome.PASS)
    git = next(line for line in text.render(report(wide, GIT)).splitlines() if "tool:git" in line)
    assert git.index("2.39.5") < 60


def test_a_slow_probe_says_how_long_it_took() -> None:
    gate = Verdict(id="gate:docs", outcome=Outcome.PASS, reason="exit 0", duration_s=12.34)
    cached = Verdict(id="tool:git", outcome=Outcome.PASS, duration_s=12.34, cached=True)
    said = text.render(report(gate, cached))
    assert "exit 0  12.3 s" in said
    assert said.count("12.3") == 1


def test_an_unmet_verdict_without_a_reason_gives_its_state() -> None:
    broken = Verdict(id="tool:x", outcome=Outcome.FAIL, state=State.BROKEN)
    assert text.render(report(broken)).splitlines()[0] == "✗ fail      tool:x  broken"


def test_shadowed_candidates_and_paths_of_a_met_verdict_are_not_told() -> None:
    met = Verdict(id="tool:x", outcome=Outcome.PASS, path="/usr/bin/x", shadowed=("/opt/x",))
    assert text.render(report(met)).splitlines()[0] == "✓ pass      tool:x"


def test_no_line_ends_in_blanks() -> None:
    said = text.render(report(GIT, PRE_COMMIT, DOCKER, HADOLINT), colour=True, width=50)
    bare = said.replace("\x1b[0m", "").splitlines()
    assert [line for line in bare if line != line.rstrip()] == []


def test_the_text_report_loads_nothing_heavy() -> None:
    seen = "import sys; import gating.report.text; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True).stdout.split()
    assert {"json", "shlex", "textwrap", "shutil", "subprocess", "xml", "unicodedata"}.isdisjoint(loaded)
    assert [name for name in loaded if name.startswith("gating.report.")] == [
        "gating.report.terminal",
        "gating.report.words",
        "gating.report.text",
    ]
