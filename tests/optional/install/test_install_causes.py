"""Causes: what pip and uv print, in their own words, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.optional.install.causes import Cause, cause_of, said
from gating.process import Ending, Streamed

FAILED = Streamed(ending=Ending.EXITED, code=1)
TOLD = {
    "ERROR: No matching distribution found for x": Cause.NO_MATCH,
    "error: No solution found when resolving dependencies\n  cause: Because x was not found in the cache and you "
    "require x, we can conclude that your requirements are unsatisfiable.": Cause.NO_MATCH,
    "error: No solution found\n  cause: Because only x==1 is available and you require x>=2, …": Cause.NO_MATCH,
    "error: No solution found\n  cause: Because y==1 depends on z<1 and you require z>=1, …": Cause.CONFLICT,
    "error: No solution found\n  cause: Because z was not found in the cache and y==1 depends on z": Cause.NO_MATCH,
    "ERROR: Cannot install y==1 and z>=1 because these package versions have conflicting dependencies.\n"
    "ERROR: ResolutionImpossible: for help visit …": Cause.CONFLICT,
    "error: Failed to fetch: http://h/\n  cause: tcp connect error\n  cause: Connection refused": Cause.NETWORK,
    "WARNING: Retrying (…) after connection broken by 'NewConnectionError(…)'\n"
    "ERROR: No matching distribution found for x": Cause.NETWORK,
    "ERROR: Failed building wheel for x": Cause.BUILD,
    "  × Failed to build `x==1`\n  ╰─▶ The build backend returned an error": Cause.BUILD,
    "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device": Cause.SPACE,
    "error: Failed to install: x.whl\n  Caused by: No space left on device (os error 28)": Cause.SPACE,
    "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'": Cause.PERMISSION,
    "error: externally-managed-environment": Cause.PERMISSION,
    "what nobody has seen before": Cause.OTHER,
    "": Cause.OTHER,
}


@pytest.mark.parametrize("text", TOLD)
def test_what_was_printed_tells_the_cause(text: str) -> None:
    assert cause_of(FAILED, text) is TOLD[text]


def test_how_it_ended_counts_more() -> None:
    assert cause_of(Streamed(ending=Ending.TIMED_OUT, code=-9), "no space left on device") is Cause.TIMEOUT
    assert cause_of(Streamed(ending=Ending.NOT_STARTED, error="No such file"), "") is Cause.NOT_STARTED


def test_the_reason_is_the_installers_own() -> None:
    assert said("WARNING: a\nERROR: first\nERROR: second\n[notice] new pip") == "first"
    assert (
        said("Using Python\nerror: No way\n  cause: by the rules\n  cause: of old\nhint: x") == "No way: by the rules"
    )
    assert said("Resolved\n  × It broke\n\n") == "It broke"
    assert said("") == ""
    assert len(said("ERROR: " + "x" * 1000)) == 300


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert len(said(text)) <= 300
    assert isinstance(cause_of(FAILED, text), Cause)
