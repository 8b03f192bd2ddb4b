"""JUnit XML, in the form that the strictest of its readers take.

There is no standard. What is written here is valid by the schemas of Windy Road (Ant's format) and of
Jenkins' xUnit plugin (junit-10), and its test cases by that of Maven Surefire: a `testsuites` without
attributes; one `testsuite` with `id`, `package`, `hostname` and a `timestamp` of whole seconds without a
zone; each `testcase` with `classname`, `name` and `time` alone and at most one child; times with three
decimals. So a test case cannot have properties; what belongs to the whole (exit code, mode, run) are
properties of the suite, and the outcome of a verdict is read from its child.

| outcome  | in JUnit |
|----------|----------|
| pass     | a test case without a child |
| fail     | `failure`, its `type` the state |
| degraded | `skipped`, its `message` beginning with `degraded: ` |
| skip     | `skipped`, its `message` beginning with `skip: ` |

A degraded verdict must not look like a pass, and no reader has a word between passed and failed but
skipped: Jenkins shows it in yellow, GitLab counts it apart. A failure it is not, as the run's exit code is 0.
"""

from __future__ import annotations

from math import isfinite
from time import gmtime, strftime
from xml.etree import ElementTree as ET

from gating.report.words import command_lines, counted, full_run, label, plain, whole
from gating.verdict import Outcome, Report, Verdict

__all__ = ["render"]

_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LAST_SECOND = 253402300799  # the end of the year 9999, the last that the schema's pattern can write


def render(report: Report) -> str:
    """The report as JUnit XML in ASCII (other characters as references), with a newline at its end.

    Each verdict is a test case named by its id, in the class `gating.KIND`, in the order of the policy.
    """
    counts = report.counts
    root = ET.Element("testsuites")
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            "id": "0",
            "name": f"gating {plain(report.run.command)}".strip(),
            "package": plain(report.run.project) or "gating",
            "timestamp": _timestamp(report.run.started_ns),
            "hostname": "localhost",
            "tests": str(len(report.verdicts)),
            "failures": str(counts.failed),
            "errors": "0",
            "skipped": str(counts.degraded + counts.skipped),
            "time": _seconds(sum(verdict.duration_s for verdict in report.verdicts)),
        },
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        ET.SubElement(properties, "property", {"name": f"gating.{name}", "value": value})
    for verdict in report.verdicts:
        _add_case(suite, verdict)
    ET.SubElement(suite, "system-out").text = "\n".join(_last_words(report))
    ET.SubElement(suite, "system-err")
    ET.indent(root)
    xml: bytes = ET.tostring(root, encoding="us-ascii")
    return _HEADER + xml.decode("ascii") + "\n"


def _properties(report: Report) -> dict[str, str]:
    counts = report.counts.as_dict()
    return {
        "exit_code": str(report.exit_code),
        "outcome": report.outcome.value,
        "mode": report.mode.value,
        **{f"counts.{outcome}": str(count) for outcome, count in counts.items()},
        "run.id": label(report.run.id),
        "run.parent": label(report.run.parent or ""),
        "run.policy": label(report.run.policy or ""),
        "run.python": label(report.run.python or ""),
    }


def _add_case(suite: ET.Element, verdict: Verdict) -> None:
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": f"gating.{label(verdict.kind)}",
            "name": label(verdict.id),
            "time": _seconds(verdict.duration_s),
        },
    )
    if verdict.outcome is Outcome.PASS:
        return
    reason = plain(verdict.reason) or (verdict.state.value if verdict.state else verdict.outcome.value)
    if verdict.outcome is Outcome.FAIL:
        state = verdict.state.value if verdict.state else "fail"
        child = ET.SubElement(case, "failure", {"type": state, "message": reason})
    else:
        child = ET.SubElement(case, "skipped", {"message": f"{verdict.outcome.value}: {reason}"})
    # some readers (GitLab) show the text alone, others the message alone
    child.text = "\n".join(_body(verdict, reason))


def _body(verdict: Verdict, reason: str) -> list[str]:
    lines = [reason]
    known = {
        "wanted": verdict.wanted,
        "found": verdict.found,
        "path": verdict.path,
        "need": verdict.need.value,
        "source": str(verdict.source) if verdict.source else None,
    }
    lines += [f"{name}: {plain(value)}" for name, value in known.items() if value]
    if verdict.remedy:
        lines += [f"remedy: {line}" for line in command_lines(verdict.remedy)]
        lines += [f"see: {label(link)}" for link in verdict.remedy.links]
    return lines


def _last_words(report: Report) -> list[str]:
    said = f"gating: {whole(report)}  {counted(report.counts)} ({report.mode.value})"
    return [*(f"note: {plain(note)}" for note in report.notes), said, *filter(None, [full_run(report)])]


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.3f}" if isfinite(duration_s) and duration_s >= 0 else "0.000"


def _timestamp(time_ns: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(min(max(time_ns // 1_000_000_000, 0), _LAST_SECOND)))
