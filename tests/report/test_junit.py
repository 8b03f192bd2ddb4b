from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from gating.report import junit
from gating.verdict import Mode, Outcome, Remedy, Report, RunInfo, Source, State, Verdict
from tests.strategies import HOSTILE

FAILED = Verdict(
    id="tool:pre-commit",
    outcome=Outcome.FAIL,
    state=State.OUTDATED,
    wanted=">=3.7",
    found="2.9.0",
    reason="2.9.0 is older than >=3.7",
    source=Source(file="pyproject.toml", line=14, column=9),
    remedy=Remedy(commands=(("pip", "install", "pre-commit>=3.7"),)),
    duration_s=0.0124,
)
DEGRADED = Verdict(id="tool:docker", outcome=Outcome.DEGRADED, state=State.ABSENT, duration_s=1.5)
SKIPPED = Verdict(id="tool:hadolint", outcome=Outcome.SKIP, reason="does not apply")
PASSED = Verdict(id="gate:docs", outcome=Outcome.PASS, duration_s=1234.5678)


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(Path(__file__).parents[1] / "data" / "junit.xsd"))


def suite_of(*verdicts: Verdict, started_ns: int = 0) -> ET.Element:
    run = RunInfo(id="r1", command="preflight", project="app", started_ns=started_ns)
    root = ET.fromstring(junit.render(Report(run=run, mode=Mode.STRICT, verdicts=verdicts)))
    (suite,) = root
    return suite


def test_a_degraded_verdict_does_not_look_like_a_pass() -> None:
    failed, degraded, skipped, passed = suite_of(FAILED, DEGRADED, SKIPPED, PASSED).findall("testcase")
    assert [child.tag for child in failed] == ["failure"]
    assert [child.attrib["message"] for child in degraded] == ["degraded: absent"]
    assert [child.attrib["message"] for child in skipped] == ["skip: does not apply"]
    assert [child.tag for child in (*degraded, *skipped)] == ["skipped", "skipped"]
    assert len(passed) == 0


def test_the_counts_are_those_of_the_cases() -> None:
    suite = suite_of(FAILED, DEGRADED, SKIPPED, PASSED)
    assert {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "2",
    }


def test_times_are_seconds_with_three_decimals() -> None:
    suite = suite_of(FAILED, DEGRADED, SKIPPED, PASSED)
    assert [case.attrib["time"] for case in suite.findall("testcase")] == ["0.012", "1.500", "0.000", "1234.568"]
    assert suite.attrib["time"] == "1236.080"


def test_a_failure_says_in_its_text_what_mends_it() -> None:
    text = suite_of(FAILED).findtext("testcase/failure") or ""
    assert text.splitlines() == [
        "2.9.0 is older than >=3.7",
        "wanted: >=3.7",
        "found: 2.9.0",
        "need: always",
        "source: pyproject.toml:14:9",
        "remedy: pip install 'pre-commit>=3.7'",
    ]


@pytest.mark.parametrize(
    ("time_ns", "written"),
    [
        (1_763_610_000_999_999_999, "2025-11-20T03:40:00"),
        (0, "1970-01-01T00:00:00"),
        (-5, "1970-01-01T00:00:00"),
        (2**63 - 1, "2262-04-11T23:47:16"),
        (10**30, "9999-12-31T23:59:59"),
    ],
)
def test_the_start_is_utc_without_a_zone(time_ns: int, written: str) -> None:
    assert suite_of(started_ns=time_ns).attrib["timestamp"] == written


@pytest.mark.parametrize("said", HOSTILE)
def test_every_hostile_text_gives_a_valid_document(schema: xmlschema.XMLSchema, said: str) -> None:
    verdict = Verdict(id=f"tool:{said}", outcome=Outcome.FAIL, reason=said, found=said, path=said)
    run = RunInfo(id=said, command=said, project=said, policy=said)
    written = junit.render(Report(run=run, mode=Mode.STRICT, verdicts=(verdict,), notes=(said,)))
    assert written.isascii()
    schema.validate(written)


@pytest.mark.parametrize(
    "broken",
    [
        ("<testsuites>", '<testsuites tests="1">'),
        ('time="0.012"', 'time="0.0124"'),
        (' type="outdated"', ""),
        ("T00:00:00", "T00:00:00Z"),
        ("<properties>", "<properties><property/>"),
        ("<system-err />", ""),
        ('<testcase classname="gating.tool"', '<testcase file="a.py" classname="gating.tool"'),
    ],
)
def test_the_schema_of_this_suite_refuses_what_the_published_ones_refuse(
    schema: xmlschema.XMLSchema, broken: tuple[str, str]
) -> None:
    written = junit.render(Report(run=RunInfo(id="r1"), mode=Mode.STRICT, verdicts=(FAILED,)))
    assert broken[0] in written
    assert schema.is_valid(written)
    assert not schema.is_valid(written.replace(*broken))
