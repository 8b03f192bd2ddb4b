"""The file of a recording: whole lines only, below its cap, and through a disk that is full for a while."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.metrics.sampler.writer import Writer, encoder
from tests.metrics.running import lines

LARGE = 1 << 30


def sample(n: int, **more: Any) -> dict[str, Any]:
    return {"kind": "sample", "n": n, "t_s": n / 10, "filler": "x" * 200, **more}


@given(
    st.dictionaries(
        st.text(),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text()
        | st.lists(st.text() | st.integers()),
    )
)
def test_a_line_is_json_and_ascii_whatever_the_texts(message: dict[str, Any]) -> None:
    line = encoder()(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert line.isascii()
    assert json.loads(line) == message


def test_without_the_c_part_of_json_the_lines_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    message = {"a": [1, 2.5, None, True, "ü\n"], "b": {"c": []}}
    fast = encoder()(message)
    monkeypatch.setitem(sys.modules, "_json", None)
    assert encoder()(message) == fast


def test_header_samples_footer(tmp_path: Path) -> None:
    writer = Writer(str(tmp_path / "a"), LARGE)
    writer.begin({"kind": "header"})
    assert not any(writer.sample(sample(n)) for n in range(10))
    writer.footer({"kind": "footer"})
    assert [line["kind"] for line in lines(tmp_path / "a")] == ["header", *["sample"] * 10, "footer"]
    assert writer.lost == 0
    assert writer.trouble is None


def test_another_file_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("somebody's")
    writer = Writer(str(tmp_path / "a"), LARGE)
    writer.begin({"kind": "header"})
    writer.sample(sample(0))
    writer.footer({"kind": "footer"})
    assert (tmp_path / "a").read_text() == "somebody's"
    assert writer.lost == 2  # the sample and the footer
    assert writer.trouble == os.strerror(17)


def test_a_folder_that_appears_later_takes_the_rest(tmp_path: Path) -> None:
    writer = Writer(str(tmp_path / "later" / "a"), LARGE)
    writer.begin({"kind": "header"})
    writer.sample(sample(0))
    (tmp_path / "later").mkdir()
    writer.sample(sample(1))
    writer.footer({"kind": "footer"})
    assert [line.get("n", line["kind"]) for line in lines(tmp_path / "later" / "a")] == ["header", 1, "footer"]
    assert writer.lost == 1


@pytest.mark.parametrize("cap", [20_000, 50_000, 200_000])
def test_the_cap_holds_and_asks_for_longer_intervals_before(tmp_path: Path, cap: int) -> None:
    """A recording of any length: each doubling comes when half of the room that was left is used up."""
    path = tmp_path / "a"
    writer = Writer(str(path), cap)
    writer.begin({"kind": "header"})
    interval, at, doublings = 1, 0, 0
    for second in range(20_000):
        if second < at:
            continue
        if writer.sample(sample(second)):
            interval *= 2
            doublings += 1
        at = second + interval
    writer.footer({"kind": "footer", "filler": "x" * 6000})
    assert path.stat().st_size <= max(cap, 16_384)
    assert doublings >= 3
    assert lines(path)[-1]["kind"] == "footer"
    assert writer.lost <= 10  # of those that no longer fitted, each has doubled the interval too


def test_when_the_cap_is_reached_all_the_same_the_footer_still_fits(tmp_path: Path) -> None:
    path = tmp_path / "a"
    writer = Writer(str(path), 20_000)
    writer.begin({"kind": "header"})
    for second in range(1000):
        writer.sample(sample(second))
    writer.footer({"kind": "footer", "filler": "x" * 6000})
    assert path.stat().st_size <= 20_000
    assert lines(path)[-1]["kind"] == "footer"
    assert writer.lost > 900


LIMITED = """
import json, resource, signal, sys
from gating.metrics.sampler.writer import Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
writer = Writer(sys.argv[1], 1 << 30)
writer.begin({"kind": "header"})
for n in range(10):
    writer.sample({"kind": "sample", "n": n, "filler": "x" * 200})
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for n in range(10, 13):
    writer.sample({"kind": "sample", "n": n})
writer.footer({"kind": "footer", "lost": writer.lost, "trouble": writer.trouble})
"""


def test_a_limit_on_the_size_of_files_costs_the_lines_that_did_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "a"
    subprocess.run([sys.executable, "-c", LIMITED, str(path)], check=True, env={"PYTHONPATH": os.getcwd()})
    got = lines(path)
    numbers = [line["n"] for line in got if line["kind"] == "sample"]
    assert numbers == [0, 1, 2, 3, 10, 11, 12]
    assert got[-1]["lost"] == 6
    assert got[-1]["trouble"]


FULL = """
import os, sys
from gating.metrics.sampler.writer import Writer
folder = sys.argv[1]
writer = Writer(folder + "/a", 1 << 30)
with open(folder + "/ballast", "wb") as ballast:
    ballast.write(b"x" * (48 << 10))
writer.begin({"kind": "header"})
for n in range(100):
    writer.sample({"kind": "sample", "n": n, "filler": "x" * 300})
os.unlink(folder + "/ballast")
for n in range(100, 103):
    writer.sample({"kind": "sample", "n": n})
writer.footer({"kind": "footer", "lost": writer.lost, "trouble": writer.trouble})
print(open(folder + "/a").read(), end="")
"""


def test_a_full_disk_costs_the_lines_that_did_not_fit(tmp_path: Path) -> None:
    """A file system of 64 KiB, in a mount namespace of its own so that nothing is left behind."""
    script = f'mount -t tmpfs -o size=64k none "{tmp_path}" && exec "$@" "{tmp_path}"'
    command = ["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-c", FULL]
    if not shutil.which("unshare") or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("mount namespaces are not allowed here")
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    got = [json.loads(line) for line in done.stdout.splitlines()]
    numbers = [line["n"] for line in got if line["kind"] == "sample"]
    assert got[0] == {"kind": "header"}
    assert numbers[-3:] == [100, 101, 102]
    assert numbers == [*range(len(numbers) - 3), 100, 101, 102]
    assert 0 < got[-1]["lost"] == 103 - len(numbers)
    assert got[-1]["trouble"] in {os.strerror(28), "no room for a whole line"}
