"""Probes: what came of running a candidate, read by its exit status first and by its words second."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.process import Captured, Ending
from gating.toolchain.candidates import Candidate, candidates
from gating.toolchain.host import Host
from gating.toolchain.probe import Ask, Probe, defective, execute, read
from gating.verdict import Evidence, State
from tests.installs import tool

HOST = Host(path=("/usr/bin", "/bin"), env={"PATH": "/usr/bin:/bin"})
SOMETHING = Candidate(path="/bin/tool", real="/bin/tool", identity=("/bin/tool", 1, 1, 1, 1))


def candidate(path: Path) -> Candidate:
    (found,) = candidates(str(path), HOST)
    return found


def said(stdout: str = "", stderr: str = "", code: int = 0, ending: Ending = Ending.EXITED) -> Captured:
    return Captured(ending=ending, code=code, stdout=stdout, stderr=stderr, duration_s=0.5)


def of(answer: Captured, **asked: object) -> Probe:
    return read(Ask(name="tool", **asked), SOMETHING, answer)  # type: ignore[arg-type]  # the fields of an Ask


def test_a_tool_is_run_and_its_words_are_read(tmp_path: Path) -> None:
    made = candidate(tool(tmp_path / "tool", 'echo "tool 1.2 [$1] [$GREETING]"'))
    host = HOST._replace(env={**HOST.env, "GREETING": "from its environment"})
    (probe,) = execute([(Ask(name="tool", arguments=("--about", "x y")), made)], host)
    assert (probe.state, probe.evidence, probe.version) == (State.OK, Evidence.EXECUTED, "1.2")
    assert probe.candidate == made
    assert probe.duration_s > 0
    (probe,) = execute([(Ask(name="tool", arguments=("a b",), pattern=r"\[(.*?)\]"), made)], host)
    assert probe.version == "a b"
    (probe,) = execute([(Ask(name="tool", pattern=r"\[(f.*)\]"), made)], host)
    assert probe.version == "from its environment"


def test_many_are_run_at_once_and_answered_in_order(tmp_path: Path) -> None:
    asks = [(Ask(name=str(n)), candidate(tool(tmp_path / f"t{n}", f"sleep 1; echo t{n} 1.{n}"))) for n in range(8)]
    started = time.monotonic()
    assert [probe.version for probe in execute(asks, HOST)] == [f"1.{n}" for n in range(8)]
    assert time.monotonic() - started < 8


def test_those_still_running_are_told_and_none_at_the_end(tmp_path: Path) -> None:
    seen: list[tuple[str, ...]] = []
    ask = (Ask(name="sluggish"), candidate(tool(tmp_path / "tool", "sleep 0.4; echo 1.0")))
    execute([ask], HOST, progress=lambda names: seen.append(tuple(names)))
    assert ("sluggish",) in seen
    assert seen[-1] == ()


def test_nothing_to_run_says_nothing() -> None:
    """A warm preflight must not load what draws a live line."""
    seen: list[object] = []
    assert execute([], HOST, progress=seen.append) == []
    assert seen == []


def test_a_defect_is_broken_without_a_try(tmp_path: Path) -> None:
    made = candidate(tool(tmp_path / "tool", "echo 1", mode=0o644))
    probe = defective(made)
    assert (probe.state, probe.evidence, probe.reason, probe.keep) == (
        State.BROKEN,
        Evidence.PRESENT,
        "is not executable",
        False,
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said("tool 1.0", ending=Ending.TIMED_OUT, code=-9), "no answer within 10 s"),
        (said("1.0", code=-11, ending=Ending.SIGNALLED), "SIGSEGV"),
        (said("1.0", code=-99, ending=Ending.SIGNALLED), "signal 99"),
        (said("tool 1.0", ending=Ending.FLOODED, code=-9), "without end"),
        (said("1.0", code=126), "126 (what it wraps cannot be executed)"),
        (said("1.0", code=127), "127 (what it wraps or stands for is not there)"),
        (said("1.0", code=49), "49 (a stub"),
        (said("1.0", code=1), "it ends with 1: 1.0"),
        (said("out", "err\nmore", code=3), "it ends with 3: err"),
        (said(code=3), "it ends with 3"),
        (Captured(ending=Ending.NOT_STARTED, error="Exec format error"), "cannot be started: Exec format error"),
    ],
)
def test_what_did_not_end_well_is_broken_and_not_to_be_kept(answer: Captured, words: str) -> None:
    probe = of(answer)
    assert (probe.state, probe.keep) == (State.BROKEN, False)
    assert words in probe.reason


def test_what_never_ran_is_only_present() -> None:
    assert of(Captured(ending=Ending.NOT_STARTED, error="x")).evidence is Evidence.PRESENT
    assert of(said(code=1)).evidence is Evidence.EXECUTED


def test_what_was_printed_before_an_end_by_force_counts() -> None:
    assert of(said("tool 4.2", ending=Ending.TIMED_OUT, code=-9)).version == "4.2"
    assert of(said("tool 4.2", ending=Ending.FLOODED, code=-9)).version == "4.2"
    assert of(said("tool 4.2", code=1)).version is None


def test_a_long_error_is_told_by_its_beginning() -> None:
    assert len(of(said(stderr="x" * 9999, code=1)).reason) < 300


def test_exit_codes_that_are_normal_are_so_beside_0() -> None:
    assert of(said("tool 1.0", code=1), ok_codes=(0, 1)).state is State.OK
    assert of(said("tool 1.0", code=0), ok_codes=(1,)).state is State.OK
    assert of(said("tool 1.0", code=127), ok_codes=(127,)).state is State.OK
    assert of(said("tool 1.0", code=2), ok_codes=(1,)).state is State.BROKEN


def test_exit_0_without_a_version_is_unknown_and_can_be_kept() -> None:
    probe = of(said("usage: tool [options]"))
    assert (probe.state, probe.version, probe.keep) == (State.UNKNOWN, None, True)
    assert "no version" in probe.reason


def test_a_part_of_a_program_goes_by_the_name_that_the_policy_has_for_it() -> None:
    assert of(said("plugin 0.3")).version is None  # of a plugin, and `tool` was asked for
    assert read(Ask(name="plugin"), SOMETHING, said("plugin 0.3")).version == "0.3"


class TestPattern:
    """The policy's own way to read a version."""

    @pytest.mark.parametrize(
        ("pattern", "stdout", "stderr", "version"),
        [
            (r"Linter (\d\S+)", "Haskell Dockerfile Linter 2.12.0", "", "2.12.0"),
            (r"Linter (\d\S+)", "", "Linter 2.12.0", "2.12.0"),
            (r"^b (\S+)$", "a 1.0\nb 2.0\nc 3.0", "", "2.0"),
            (r"version=(\S+)", "version=v1.2.3", "", "1.2.3"),
            (r"version=(\S+)", "version=vim", "", "vim"),
            (r"Maven (\S+)", "\x1b[1mApache Maven \x1b[36m3.9.6\x1b[m (abc)", "", "3.9.6"),
            (r"version(?: (\d+))?", "version", "", None),
            (r"version (\d*)", "version ", "", None),
            (r"nothing (\d)", "tool 1.0", "", None),
            (r"(?s)(.*)", "a\nb", "", None),
            (r"(x+)", "x" * 101, "", None),
            (r"(\S+)", "1.0\x1b]0;title\x07", "", None),
        ],
    )
    def test_its_group_is_the_version(self, pattern: str, stdout: str, stderr: str, version: str | None) -> None:
        probe = of(said(stdout, stderr), pattern=pattern)
        assert probe.version == version
        assert probe.state is (State.OK if version else State.UNKNOWN)

    @given(st.text(max_size=200), st.sampled_from([r"(\d\S*)", r"^v(.*)$", r"(\S+)\s*\Z", r"()", r"(?:x|(y))"]))
    def test_whatever_it_finds_is_one_calm_word_or_nothing(self, text: str, pattern: str) -> None:
        version = of(said(text), pattern=pattern).version
        assert version is None or (version.isprintable() and version == version.strip() and 0 < len(version) <= 100)


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(list(Ending)), st.integers(-70, 255))
def test_any_answer_is_a_probe_and_no_error(stdout: str, stderr: str, ending: Ending, code: int) -> None:
    probe = of(said(stdout, stderr, code, ending))
    assert probe.state in {State.OK, State.UNKNOWN, State.BROKEN}
    assert (probe.state is State.OK) == (probe.reason == "")
    if probe.state is State.OK:
        assert ending in {Ending.EXITED, Ending.SIGNALLED}
        assert code == 0
