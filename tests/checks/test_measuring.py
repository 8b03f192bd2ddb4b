"""What a test run has measured: the data of every process that its tests were spread over."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.checks.measuring import lost_by_workers
from gating.coverage.configured import Configured
from gating.coverage.floors import Floor
from gating.coverage.ladder import Rung, Tool
from gating.coverage.plan import Plan

PATCHED = Configured(run={"patch": ["subprocess"]})
# as coverage 7.17 and 7.0 name them
FILES = (".vm.pid120.XhfIJa8x.HNQIp837rWOh", ".a.b.c.31.XzNgcRtx")


def planned(folder: Path, tool: Tool = Tool.COVERAGE, configured: Configured = PATCHED) -> Plan:
    data = folder / "data-[x]"
    for suffix in FILES:
        Path(f"{data}{suffix}").touch()
    return Plan(
        rung=Rung(tool=tool),
        floor=Floor(),
        command=("pytest",),
        data_file=None if tool is Tool.UNMEASURED else str(data),
        configured=configured,
    )


def test_a_worker_without_data_is_named(tmp_path: Path) -> None:
    assert not list(lost_by_workers(planned(tmp_path), {}))
    assert not list(lost_by_workers(planned(tmp_path), {"gw0": 120, "gw1": 31}))
    (why,) = lost_by_workers(planned(tmp_path), {"gw0": 120, "gw1": 12, "gw2": 20})
    assert why.startswith("gw1, gw2 of xdist's workers left no coverage data")


def test_a_worker_that_crashed_is_named_however_it_was_measured(tmp_path: Path) -> None:
    for tool in Tool:
        (why,) = lost_by_workers(planned(tmp_path, tool), {"gw0": 120, "gw1": None})
        assert why.startswith("gw1 of xdist's workers crashed")


@pytest.mark.parametrize("tool", [Tool.PYTEST_COV, Tool.UNMEASURED])
def test_only_coverage_itself_leaves_a_file_for_each_process(tmp_path: Path, tool: Tool) -> None:
    assert not list(lost_by_workers(planned(tmp_path, tool), {"gw0": 1}))
    assert not list(lost_by_workers(planned(tmp_path, configured=Configured(run={"parallel": "true"})), {"gw0": 1}))
