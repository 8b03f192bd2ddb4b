"""Tools that do their worst: each gets the right state, within bounds of time and memory, and leaves no process."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import gating
from gating.environ import PROBE_MARK
from gating.verdict import Evidence, Outcome, State, Verdict
from tests.projects import Project

SLACK = 2.0  # seconds that a busy two-core machine may add to a bound
MEMORY = 64 * 1024  # KiB


def probed(folder: Path) -> list[str]:
    """Every process that still carries the mark of a probe of this test's, whose folder stands in its PATH."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environ = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
            if f"\0{PROBE_MARK}=".encode() in environ and os.fsencode(folder) in environ:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


@pytest.fixture(autouse=True)
def no_process_is_left_behind(tmp_path: Path) -> Iterator[None]:
    yield
    until = time.monotonic() + 2
    while probed(tmp_path) and time.monotonic() < until:
        time.sleep(0.02)  # a killed orphan is reaped by init in its own time
    assert probed(tmp_path) == []


def judged(project: Project, body: str = "", *, asked: str = "{ timeout = 2 }", shebang: str = "#!/bin/sh") -> Verdict:
    """What a preflight says of a tool with this body."""
    if body:
        project.tool("tool", body, shebang=shebang)
    project.policy(f"[tool.gating.tools]\ntool = {asked}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    report = gating.preflight(project.root, env=project.env)
    assert time.monotonic() - started < 2 + SLACK
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY
    (verdict,) = report.verdicts
    return verdict


def test_one_that_hangs(project: Project) -> None:
    verdict = judged(project, "sleep 600")
    assert (verdict.outcome, verdict.state) == (Outcome.FAIL, State.BROKEN)
    assert "within 2 s" in verdict.reason


def test_one_that_prints_its_version_and_hangs_keeps_it(project: Project) -> None:
    verdict = judged(project, "echo tool 4.2; sleep 600")
    assert (verdict.state, verdict.found) == (State.BROKEN, "4.2")


def test_one_that_floods(project: Project) -> None:
    assert judged(project, "exec yes").state is State.BROKEN


def test_one_that_reads_stdin(project: Project) -> None:
    verdict = judged(project, "cat; echo tool 2.0")
    assert (verdict.state, verdict.found) == (State.OK, "2.0")


@pytest.mark.parametrize("leave", ["sleep 600 &", "setsid sleep 600 &", "setsid sleep 600 >/dev/null 2>&1 &"])
def test_one_that_leaves_a_grandchild(project: Project, leave: str) -> None:
    started = time.monotonic()
    verdict = judged(project, f"{leave}\necho tool 3.1")
    assert (verdict.state, verdict.found) == (State.OK, "3.1")
    assert time.monotonic() - started < SLACK


def test_one_that_exits_127_with_a_version_in_its_text(project: Project) -> None:
    verdict = judged(project, "echo \"pyenv: version '3.9.1' is not installed\" >&2; exit 127")
    assert (verdict.state, verdict.found) == (State.BROKEN, None)
    assert "127" in verdict.reason


@pytest.mark.parametrize("code", [1, 2, 49, 126])
def test_any_other_code_is_broken_unless_it_is_normal(project: Project, code: int) -> None:
    body = f"echo tool 1.5; exit {code}"
    assert judged(project, body).state is State.BROKEN
    assert judged(project, body, asked=f"{{ version = '>=1', ok-codes = [0, {code}] }}").state is State.OK


def test_one_without_a_shebang(project: Project) -> None:
    (project.bin / "tool").write_text("echo tool 1.0\n")
    (project.bin / "tool").chmod(0o755)
    assert judged(project).state is State.BROKEN


def test_one_whose_interpreter_is_gone(project: Project) -> None:
    verdict = judged(project, "echo 1", shebang="#!/no/such/python3")
    assert (verdict.state, verdict.evidence) == (State.BROKEN, Evidence.PRESENT)


def test_one_killed_by_a_signal(project: Project) -> None:
    assert "SIGSEGV" in judged(project, "echo tool 1.0; kill -SEGV $$").reason


def test_a_version_on_stderr(project: Project) -> None:
    assert judged(project, "echo tool 1.7 >&2").found == "1.7"


def test_a_version_in_colours(project: Project) -> None:
    assert judged(project, r"printf '\033[1mTool 3.8.7\033[m (abc)\n'").found == "3.8.7"


def test_words_that_are_not_utf8(project: Project) -> None:
    assert judged(project, r"printf 'tool 5.1 caf\351\n'").found == "5.1"


def test_an_error_text_that_looks_like_a_version(project: Project) -> None:
    body = "echo 'error while loading shared libraries: libgit2.so.1.5: cannot open shared object file' >&2; exit 127"
    verdict = judged(project, body)
    assert (verdict.state, verdict.found) == (State.BROKEN, None)
    silent = judged(project, body.replace("exit 127", "exit 0"))
    assert (silent.state, silent.found, silent.outcome) == (State.UNKNOWN, None, Outcome.PASS)
    asked = judged(project, asked='">=1.0"')
    assert (asked.state, asked.outcome) == (State.UNKNOWN, Outcome.FAIL)


def test_a_folder_of_the_tools_name_is_no_tool(project: Project) -> None:
    (project.bin / "tool").mkdir()
    assert judged(project).state is State.ABSENT


def test_a_dangling_link_of_the_tools_name_is_broken(project: Project) -> None:
    (project.bin / "tool").symlink_to("nowhere")
    verdict = judged(project)
    assert verdict.state is State.BROKEN
    assert "leads nowhere" in verdict.reason


def test_a_file_that_is_not_executable_is_broken(project: Project) -> None:
    project.tool("tool", "echo tool 1.0", mode=0o644)
    verdict = judged(project)
    assert verdict.state is State.BROKEN
    assert "not executable" in verdict.reason


def test_what_cannot_be_executed_does_not_hide_what_can(project: Project, tmp_path: Path) -> None:
    project.tool("tool", "echo tool 1.0", mode=0o644)
    later = tmp_path / "later"
    later.mkdir()
    (later / "tool").write_text("#!/bin/sh\necho tool 2.0\n")
    (later / "tool").chmod(0o755)
    project.env["PATH"] = f"{project.env['PATH']}{os.pathsep}{later}"
    assert judged(project).found == "2.0"


def test_ten_hung_tools_cost_one_deadline(project: Project) -> None:
    for number in range(10):
        project.tool(f"hung{number}", "sleep 600")
    lines = "\n".join(f"hung{number} = {{ timeout = 2 }}" for number in range(10))
    project.policy(f"[tool.gating.tools]\n{lines}")
    started = time.monotonic()
    report = gating.preflight(project.root, env=project.env)
    assert {verdict.state for verdict in report.verdicts} == {State.BROKEN}
    assert time.monotonic() - started < 2 + SLACK


def test_a_hung_tool_with_another_behind_it_costs_one_deadline(project: Project, tmp_path: Path) -> None:
    later = tmp_path / "later"
    later.mkdir()
    (later / "tool").write_text("#!/bin/sh\nsleep 600\n")
    (later / "tool").chmod(0o755)
    project.env["PATH"] = f"{project.env['PATH']}{os.pathsep}{later}"
    verdict = judged(project, "sleep 601")
    assert verdict.shadowed == (str(later / "tool"),)
