"""What all tests share: an environment that the machine's own does not leak into, and temporary projects."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.projects import Project

# a machine that others use too is slow, and that is no finding; what a measured run covers is to be the same each time
settings.register_profile(
    "suite",
    settings.default,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="COVERAGE_RUN" in os.environ or settings().derandomize,
)
# `nox -s everywhere`, and `nox -s properties`: what no run of the suite has drawn before
settings.register_profile("wide", settings.get_profile("suite"), max_examples=200)
settings.register_profile("thorough", settings.get_profile("suite"), max_examples=1000, derandomize=False)
settings.load_profile("suite")

# what a shell starts in the background has it ignored, and would hand that on to every process that tests interrupt
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No CI, no colours and no variable of gating's, nox's or coverage's, and a probe cache of the test's own."""
    dropped = ("CI", "FORCE_COLOR", "NO_COLOR", "GITHUB_STEP_SUMMARY", "TRACEPARENT", "NOX_SCRIPT_MODE")
    for name in list(os.environ):
        if name.startswith(("GATING_", "COVERAGE_")) or name in dropped:
            monkeypatch.delenv(name)
    # where this suite is tried without a dependency, the processes that its tests start see what is installed
    path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    kept = [folder for folder in path if not os.path.basename(folder).startswith("gating-children-")]
    if kept != path:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(kept))
    monkeypatch.setenv("GATING_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def unmeasured(project: Project) -> None:
    """For modules whose commands reach nothing that others do not: they start in half the time."""
    project.unmeasured()
