"""The sampler as a process: started, spoken to, ended, and what its file holds afterwards."""

from __future__ import annotations

from pathlib import Path

from tests.metrics.running import record


def test_a_short_command_has_a_first_and_a_last_sample(tmp_path: Path) -> None:
    done = record(tmp_path / "a.jsonl", "import time; time.sleep(0.05)")
    assert done.header["name"] == "a test"
    assert [line["kind"] for line in done.lines][-1] == "footer"
    assert len(done.samples) >= 2
    assert done.lines[-1] == done.footer
    assert done.footer["reason"] == "ended"
    assert done.footer["exit_code"] == 0
    assert done.footer["totals"]["cpu_s"] == round(done.cpu_s, 6)
    assert done.sampler.trouble is None
