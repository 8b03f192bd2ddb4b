"""Reading recordings that are whole, torn, damaged, foreign and huge."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.errors import UsageError
from gating.metrics.reading import latest, open_recording
from tests.metrics.recordings import a_footer, a_header, a_sample, written


def read(path: Path) -> tuple[list[dict[str, Any]], Any]:
    with open_recording(path) as recording:
        return list(recording.samples()), recording


def test_a_whole_recording(tmp_path: Path) -> None:
    path = written(tmp_path, [a_header(name="tests"), *(a_sample(n) for n in range(3)), a_footer(samples=3)])
    with open_recording(path) as recording:
        assert recording.header["name"] == "tests"
        assert recording.footer is not None  # known before the samples
        samples = list(recording.samples())
    assert [one["t_s"] for one in samples] == [0.0, 1.0, 2.0]
    assert samples[1]["tree"]["cpu_s"] == 1.0
    assert samples[1]["cgroup"] is None
    assert recording.footer["totals"]["wall_s"] == 2.0
    assert (recording.incomplete, recording.problems) == (None, [])


def test_without_its_footer_it_is_incomplete(tmp_path: Path) -> None:
    samples, recording = read(written(tmp_path, [a_header(), a_sample(0), a_sample(1)]))
    assert len(samples) == 2
    assert (recording.incomplete, recording.problems) == ("it has no footer", [])


def test_a_last_line_that_is_cut_off_is_told_as_such(tmp_path: Path) -> None:
    path = written(tmp_path, [a_header(), a_sample(0), a_sample(1)])
    path.write_bytes(path.read_bytes()[:-20])
    samples, recording = read(path)
    assert len(samples) == 1
    assert (recording.incomplete, recording.problems) == ("its last line is cut off", [])


def test_one_that_goes_on_is_said_to(tmp_path: Path) -> None:
    path = written(tmp_path, [a_header(), a_sample(0)])
    code = (
        "import os, sys; f = open(sys.argv[1], 'r+b'); os.lockf(f.fileno(), os.F_LOCK, 0); print(flush=True); input()"
    )
    argv = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sampler:
        assert sampler.stdout is not None
        sampler.stdout.readline()
        _, recording = read(path)
        assert recording.incomplete == "it is still being recorded"
        sampler.communicate(b"\n")
    assert read(path)[1].incomplete == "it has no footer"


def test_a_header_alone_is_a_recording(tmp_path: Path) -> None:
    samples, recording = read(written(tmp_path, [a_header()]))
    assert (samples, recording.incomplete) == ([], "it has no footer")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("not json", "line 3 is no JSON object"),
        ("[1, 2]", "line 3 is no JSON object"),
        ("[" * 100_000, "line 3 is no JSON object"),
        ('{"kind": "sample", "t_s": ' + "9" * 5000 + "}", "line 3 is no JSON object"),
        ('{"kind": "sample", "t_s": "1"}', "line 3 is a sample without its time"),
        ('{"kind": "sample", "t_s": NaN}', "line 3 is a sample without its time"),
        ('{"kind": "sample", "t_s": 1e999}', "line 3 is a sample without its time"),
        ('{"kind": "sample", "t_s": true}', "line 3 is a sample without its time"),
        ('{"kind": "sample", "t_s": 0.0}', "line 3 is a sample older than the one before it"),
        ('{"kind": "more"}', "line 3 is of no known kind: 'more'"),
        ('{"kind": ["more"]}', "line 3 is of no known kind: no text, but list"),
        (json.dumps(a_header()), "line 3 is a second header"),
        ("\x00\xff\udcff", "line 3 is no JSON object"),
    ],
)
def test_a_line_that_cannot_be_understood_is_left_out_and_named(tmp_path: Path, line: str, told: str) -> None:
    path = written(tmp_path, [a_header(), a_sample(0), line, a_sample(1), a_footer(samples=2)])
    samples, recording = read(path)
    assert [one["t_s"] for one in samples] == [0.0, 1.0]
    assert (recording.problems, recording.left_out, recording.incomplete) == ([told], 1, None)


def test_what_stands_behind_the_footer_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, [a_header(), a_sample(0), a_footer(), a_sample(1)])
    samples, recording = read(path)
    assert (len(samples), recording.problems) == (1, ["line 4 stands behind the footer"])
    assert recording.incomplete == "it has no footer"


def test_values_of_the_wrong_kind_are_unknown(tmp_path: Path) -> None:
    wrong: list[Any] = ["text", None, True, -1, [], {}, 1e999, 2**70]
    for value in wrong:
        header = {key: value for key in a_header() if key not in {"schema", "kind"}}
        sample = {"kind": "sample", "t_s": 1.0, "tree": {"rss_bytes": value}, "gpus": [value, {"index": value}]}
        footer = {key: value for key in a_footer() if key != "kind"}
        path = written(
            tmp_path,
            [
                {"schema": "gating.metrics/1", "kind": "header", **header},
                {"kind": "sample", "t_s": 0, **dict.fromkeys(("n", "host", "tree", "cgroup", "gpus", "late_s"), value)},
                sample,
                {"kind": "footer", **footer},
            ],
        )
        samples, recording = read(path)
        assert len(samples) == 2
        assert samples[1]["tree"]["rss_bytes"] is None
        assert recording.footer is not None
        assert set(recording.header) == set(a_header()) - {"kind", "schema"}
        assert set(recording.footer) == set(a_footer()) - {"kind"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ": it is empty, and no recording of system metrics"),
        (b"\n\n", ":1: no recording of system metrics: its first line is no JSON object"),
        (b"hello\nworld\n", ":1: no recording of system metrics: its first line is no JSON object"),
        (b"\x00" * 5000, ":1: no recording of system metrics: its first line is no JSON object, and has no end"),
        (b'{"schema": "gating.metr', ":1: no recording of system metrics: its first line is no JSON object, and has"),
        (b'{"a": 1}\n', ":1: no recording of system metrics: its first line has no schema, not 'gating.metrics/1'"),
        (b'{"schema": "gating.runs/1"}\n', "its first line has the schema 'gating.runs/1', not 'gating.metrics/1'"),
        (b'{"schema": "gating.metrics/2"}\n', "'gating.metrics/2', and this version of gating reads gating.metrics/1"),
        (b'{"schema": "gating.metrics/1", "kind": "sample"}\n', "its first line is no header"),
    ],
)
def test_what_is_no_recording_is_refused_with_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        open_recording(path)
    assert str(caught.value).startswith(str(path))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, told in [("gone", "No such file"), (".", "it is no file"), ("pipe", "it is no file"), ("a\0b", "null")]:
        with pytest.raises(UsageError, match=told):
            open_recording(f"{tmp_path}/{name}")


WHOLE = "".join(
    json.dumps(line) + "\n" for line in [a_header(), *(a_sample(n) for n in range(5)), a_footer(samples=5)]
).encode()


@given(st.integers(0, len(WHOLE)))
def test_cut_anywhere_it_is_refused_or_incomplete(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "file.jsonl"
    path.write_bytes(WHOLE[:cut])
    header = WHOLE.index(b"\n")
    if cut < header:
        with pytest.raises(UsageError):
            open_recording(path)
        return
    samples, recording = read(path)
    whole = cut >= len(WHOLE) - 1
    assert (recording.incomplete is None) == whole
    # a line whose newline alone is missing counts
    assert len(samples) == min(5, sum(1 for line in WHOLE[: cut + 1].split(b"\n")[1:-1] if line))
    assert recording.problems == []


@given(st.binary(max_size=300), st.integers(0, len(WHOLE)), st.integers(0, 200))
def test_bytes_anywhere_never_break_it(
    tmp_path_factory: pytest.TempPathFactory, junk: bytes, place: int, over: int
) -> None:
    path = tmp_path_factory.mktemp("junk") / "file.jsonl"
    path.write_bytes(WHOLE[:place] + junk + WHOLE[place + over :])
    with contextlib.suppress(UsageError):
        samples, recording = read(path)
        times = [one["t_s"] for one in samples]
        assert times == sorted(set(times))
        assert len(recording.problems) <= recording.left_out
    assert all(one["t_s"] >= 0 for one in latest(path))


def test_a_huge_line_is_left_out_and_not_held(tmp_path: Path) -> None:
    path = written(tmp_path, [a_header(), a_sample(0)])
    with open(path, "ab") as file:
        file.truncate(file.tell() + 200_000_000)  # a hole, as a full disk and a crash leave it
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + json.dumps(a_sample(1)).encode() + b"\n" + json.dumps(a_footer(samples=2)).encode() + b"\n")
    tracemalloc.start()
    try:
        samples, recording = read(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(samples) == 2
    assert recording.problems == ["line 3 is longer than any line of a recording"]
    assert most < 100_000_000


def test_the_latest_samples_are_read_from_the_end(tmp_path: Path) -> None:
    path = written(tmp_path, [a_header(), *(a_sample(n) for n in range(2000))])
    assert [one["n"] for one in latest(path)] == [1998, 1999]
    with open(path, "ab") as file:
        file.write(b'{"kind": "sample", "t_s": 20')  # being written
    assert [one["n"] for one in latest(path, 1)] == [1999]
    assert latest(tmp_path / "none") == []
    assert latest(tmp_path) == []
