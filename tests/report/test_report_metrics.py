"""A recording in words, on wide and narrow streams, and as a picture."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gating.errors import UsageError
from gating.metrics.summary import Summary, summary_of
from gating.report import metrics
from gating.report.metrics_plot import write_plot
from gating.report.terminal import columns
from tests.metrics.recordings import a_footer, a_header, a_sample, written
from tests.pages import blocks


def the_pages_recording(folder: Path) -> Path:
    """The recording that docs/metrics.md shows."""
    seen = [  # cores in the second before, PSS and RSS in MB, processes
        (0.0, 20, 30, 1),
        (0.6, 95, 120, 1),
        (1.6, 410, 560, 3),
        (2.0, 480, 700, 4),
        (2.0, 640, 910, 4),
        (1.4, 600, 860, 4),
        (1.1, 210, 260, 2),
    ]
    lines: list[Any] = [a_header(missing={"gpus": "NVIDIA's driver is not loaded"})]
    used = 0.0
    for n, (cores, pss, rss, processes) in enumerate(seen):
        used += cores
        tree = {"cpu_s": used, "pss_bytes": pss * 10**6, "rss_bytes": rss * 10**6, "processes": processes, "threads": 0}
        lines.append(a_sample(n, tree={**tree, "write_bytes": n * n * 1000}, host={"memory_used_bytes": None}))
    totals = {"wall_s": 6.0, "cpu_s": used, "user_s": used - 0.6, "system_s": 0.6, "write_bytes": 36000}
    peaks = {"peak_pss_bytes": 640_000_000, "peak_rss_bytes": 910_000_000}
    return written(folder, [*lines, a_footer(samples=7, totals={**totals, **peaks})])


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    file = the_pages_recording(tmp_path)
    printed = metrics.render(summary_of(file)).replace(str(file), "recording.jsonl")
    assert printed in [block.text for block in blocks("text", page="docs/metrics.md")]


def summed(folder: Path, *lines: Any) -> Summary:
    return summary_of(written(folder, lines))


@pytest.fixture
def whole(tmp_path: Path) -> Summary:
    cores = [0.0, 1.0, 3.0, 3.5]
    samples = [
        a_sample(n, tree={"cpu_s": used, "pss_bytes": 50_000_000 * n, "rss_bytes": 90_000_000 * n})
        for n, used in enumerate(cores)
    ]
    totals = {"wall_s": 3.0, "cpu_s": 3.5, "peak_pss_bytes": 150_000_000, "peak_rss_bytes": 270_000_000}
    return summed(tmp_path, a_header(missing={"gpus": "no driver"}), *samples, a_footer(samples=4, totals=totals))


def test_it_says_what_was_used_and_how_it_is_known(whole: Summary) -> None:
    text = metrics.render(whole)
    for line in (
        "recorded     tests",
        "command      python -m pytest",
        "started      2026-11-20 04:41:32 UTC, run 01a1f7427cc57027ba4663ca283bd2fa",
        "ended        exit 0",
        "wall         3.00 s",
        "CPU          3.50 s (2.00 s user, 0.00 ms system; exact, by wait4), 1.17 cores on average",
        "peak memory  150 MB PSS (270 MB RSS)",
        "samples      4 of 4 (100 %), every 1.00 s; late by 0.10 ms (p99)",
        "sampler      by proc, 2.00 ms of CPU (0.07 % of a processor), 9.00 MB",
        "not known    gpus: no driver",
    ):
        assert line in text.splitlines(), text
    assert re.search(r"^CPU cores +1\.17 +1\.00 +2\.00 +2\.00 +2\.00  ▅+▇?█+▇?▃+$", text, re.MULTILINE), text
    assert "▲" not in text


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_no_line_is_wider_than_the_stream(whole: Summary, width: int) -> None:
    text = metrics.render(whole, width=width)
    lines = [line for line in text.splitlines() if not line.startswith("file")]  # one word, of this machine
    assert max(columns(line) for line in lines if "01a1f7427cc57027ba4663ca283bd2fa" not in line) <= width
    assert ("p95" in text) == (width > 70)  # mean and peak, and a sparkline, before percentiles alone
    assert ("█" in text) == (width > 40)


def test_nothing_is_coloured_and_all_is_ascii_where_it_has_to_be(whole: Summary) -> None:
    text = metrics.render(whole, encoding="ascii")
    assert text.isascii()
    assert "\x1b" not in text
    assert re.search(r"  =+\*?#+\*?:+$", text, re.MULTILINE), text
    assert "\x1b[" in metrics.render(whole, colour=True)


def test_what_is_not_whole_is_marked(tmp_path: Path) -> None:
    footer = a_footer(
        flags=["sigchld-ignored"],
        orphans={"reaped": None, "running": 2, "uncounted": True},
        lost=7,
        reason="recorder-gone",
        exit_code=None,
        totals={"wall_s": 5.0, "peak_pss_bytes": None},
    )
    text = metrics.render(summed(tmp_path, a_header(), a_sample(0), "junk", a_sample(4), footer))
    for told in (
        "whoever started the command was gone before its end",
        "a parent ignored SIGCHLD: what its children used is lost",
        "what they used may not be in the totals",
        "2 of its processes went on after its end",
        "7 lines could not be written",
        "nothing was sampled from 0.00 ms to 4.00 s",
        "left out: line 3 is no JSON object",
        "200 MB RSS, which counts shared pages for each process",
        "2 of 5 (40 %)",
    ):
        assert told in text, text
    unfinished = metrics.render(summed(tmp_path, a_header(), a_sample(0), a_sample(1)))
    assert "▲ not finished: it has no footer; totals are as of the last sample" in unfinished
    summary = summed(tmp_path, a_header(), a_sample(0), a_footer())
    changed = {**summary.document, "ledger": {"known": True, "matches": False}}
    other = metrics.render(Summary(document=changed, series=summary.series, length_s=summary.length_s))
    assert "▲ this is not the file that was recorded" in other


def test_a_recording_without_samples_says_so(tmp_path: Path) -> None:
    text = metrics.render(summed(tmp_path, a_header()))
    assert "wall         ?" in text
    assert "samples      0" in text
    assert "mean" not in text


def test_where_nothing_was_sampled_the_line_is_blank(tmp_path: Path) -> None:
    samples = [a_sample(n) for n in (0, 1, 2, 8, 9, 10)]
    text = metrics.render(summed(tmp_path, a_header(), *samples, a_footer(totals={"wall_s": 10.0})))
    (line,) = [line for line in text.splitlines() if line.startswith("CPU cores")]
    assert re.search(r"  █{8} {24}█{8}$", line), line


def test_words_of_others_cannot_paint_or_forge(tmp_path: Path) -> None:
    header = a_header(name="a\x1b[31m\nb", command=["sh", "-c", "\x1b]0;t\x07"], missing={"x\ny": "be\x1b[2Jcause"})
    summary = summed(tmp_path, header, a_sample(0), '{"kind": "a\\u001b[31m"}', a_footer(flags=["\x1b[1m"]))
    for form in ("text", "markdown", "json"):
        text = metrics.render(summary, form)
        assert "\x1b" not in text
        assert "\x07" not in text


def test_markdown_and_json_hold_the_same(whole: Summary) -> None:
    text = metrics.render(whole, "markdown")
    assert "| CPU cores | 1.17 | 1.00 | 2.00 | 2.00 | 2.00 |" in text
    assert "| peak memory | 150 MB PSS (270 MB RSS) |" in text
    document = json.loads(metrics.render(whole, "json"))
    assert document["figures"]["tree"]["cpu_cores"]["peak"] == 2.0


@pytest.mark.needs("matplotlib")
@pytest.mark.filterwarnings("default")  # of matplotlib's own dependencies
def test_a_picture_is_the_same_each_time_and_whatever_the_users_settings(whole: Summary, tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 30\nsvg.hashsalt: x\n")
    made = []
    for name, seed, settings in (("a.svg", "1", str(tmp_path)), ("b.svg", "2", "")):
        code = (
            "import sys; from gating.metrics.summary import summary_of;"
            "from gating.report.metrics_plot import write_plot;"
            "print(write_plot(summary_of(sys.argv[1]), sys.argv[2]))"
        )
        argv = [sys.executable, "-W", "error", "-c", code, whole.document["file"], str(tmp_path / name)]
        env = {
            "PYTHONHASHSEED": seed,
            "MATPLOTLIBRC": settings,
            "HOME": str(tmp_path),
            "PYTHONPATH": ":".join(sys.path),
        }
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    assert ET.fromstring(made[0]).tag == "{http://www.w3.org/2000/svg}svg"
    write_plot(whole, tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.needs("matplotlib")
def test_a_picture_has_a_panel_for_what_is_known_and_shows_gaps(tmp_path: Path) -> None:
    from gating.report import metrics_plot

    gpu = {
        "index": 0,
        "utilisation_ratio": 0.5,
        "memory_used_bytes": 10**9,
        "temperature_celsius": 40,
        "power_watts": 70,
        "asleep": False,
    }
    samples = [a_sample(n, gpus=[gpu]) for n in (0, 1, 5, 6)]
    header = a_header(
        name="a $x$ b",
        cgroup={"version": 2, "path": "/", "memory_limit_bytes": 150_000_000, "cpu_limit_cores": 1, "pids_limit": None},
    )
    summary = summed(tmp_path, header, *samples, a_footer(totals={"wall_s": 6.0}))
    panels = [panel for panel in metrics_plot._panels(summary) if panel.lines]
    assert [panel.title for panel in panels] == [
        "CPU cores", "memory", "storage, in a second", "processes", "GPU 0, busy", "GPU 0, memory",
    ]  # fmt: skip
    assert [line.name for line in panels[1].lines] == ["RSS", "PSS", "whole machine"]
    picture = (tmp_path / "plot.svg", tmp_path / "empty.svg")
    write_plot(summary, picture[0])
    assert 'id="patch_' in picture[0].read_text()
    times, means, _ = metrics_plot._points(summary.series["tree.cpu_cores"], 6.0, [[1.0, 5.0]])
    assert [math.isnan(value) for value in means] == [False, False, True, True, False, False]
    assert times == [0.0, 1.0, 1.0, 5.0, 5.0, 6.0]
    write_plot(summed(tmp_path, a_header()), picture[1])
    assert picture[1].exists()


@pytest.mark.needs("matplotlib")
def test_a_picture_that_cannot_be_made_is_a_clear_error(whole: Summary, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x\.pdf: a plot is an \.svg or a \.png"):
        write_plot(whole, tmp_path / "x.pdf")
    with pytest.raises(UsageError, match="cannot be written: No such file"):
        write_plot(whole, tmp_path / "none" / "x.svg")


def test_without_matplotlib_the_remedy_is_told(whole: Summary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match=r"a plot needs matplotlib.* -m pip install 'gating\[plot\]'"):
        write_plot(whole, tmp_path / "x.svg")
