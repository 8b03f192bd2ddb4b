"""A recording as a picture: its figures over time in panels, drawn by matplotlib without a screen."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from math import nan
from typing import TYPE_CHECKING, Any, NamedTuple

from gating.errors import UsageError
from gating.report.quantities import clock, duration, size
from gating.report.runs import utc
from gating.report.words import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gating.metrics.series import Series
    from gating.metrics.summary import Summary

__all__ = ["FORMATS", "write_plot"]

FORMATS = ("svg", "png")

_POINTS = 1500  # more than a picture has columns; a longer series is drawn by parts
_WIDTH, _PANEL, _FRAME = 10.0, 1.9, 1.1  # inches
_MINUTE_S = 60
_STEPS_S = (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400)  # between two times on the axis
_BLUE, _ORANGE, _GREEN, _GREY = "#0b62a4", "#d1600f", "#2a7f3e", "#6b6b6b"
# nothing of the user's own settings: the same recording is the same picture, byte for byte
_SETTINGS: Any = {
    "svg.hashsalt": "gating",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",  # matplotlib brings it
    "font.size": 9.0,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


class _Line(NamedTuple):
    """One line of a panel: its series, what it is called, its colour, and whether it is dashed."""

    series: str
    name: str
    colour: str
    dashed: bool = False


class _Panel(NamedTuple):
    """One panel: its title, its lines, and a level that is not to be passed, with its name."""

    title: str
    lines: tuple[_Line, ...]
    limit: float | None = None
    limit_name: str = ""
    bytes: bool = False


def write_plot(summary: Summary, path: str | os.PathLike[str]) -> str:
    """Draw a recording into a file, `.svg` or `.png`; its path.

    Raises UsageError for another ending, where matplotlib is not there, and where the file cannot be written.
    """
    shown = os.fspath(path)
    form = os.path.splitext(shown)[1].removeprefix(".").lower()
    if form not in FORMATS:
        raise UsageError(f"{shown}: a plot is an .svg or a .png, by the ending of its name")
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import MultipleLocator
    except ImportError as missing:
        raise UsageError(_remedy(missing)) from missing
    panels = [panel for panel in _panels(summary) if panel.lines]
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        figure = Figure(figsize=(_WIDTH, _FRAME + _PANEL * max(1, len(panels))), layout="constrained")
        figure.suptitle(_title(summary), x=0.01, ha="left", fontsize=10)
        if not panels:
            figure.text(0.5, 0.5, "no samples", ha="center", color=_GREY)
        else:
            axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
            for one, panel in zip(axes, panels, strict=True):
                _draw(one, panel, summary)
            axes[-1].set_xlabel("time since the start")
            axes[-1].xaxis.set_major_formatter(lambda value, _: _time(value, summary.length_s))
            if summary.length_s >= _MINUTE_S:
                step = next((step for step in _STEPS_S if summary.length_s <= 10 * step), summary.length_s / 10)
                axes[-1].xaxis.set_major_locator(MultipleLocator(step))
        try:
            # neither the date nor matplotlib's version: they would make each picture another
            metadata = {"Date": None, "Creator": "gating"} if form == "svg" else {"Software": "gating"}
            figure.savefig(shown, format=form, dpi=120, metadata=metadata)
        except OSError as problem:
            raise UsageError(f"{shown}: cannot be written: {problem.strerror}") from problem
    return shown


def _panels(summary: Summary) -> Iterator[_Panel]:
    document = summary.document
    host, cgroup = document["host"], document["cgroup"] or {}
    cores = cgroup.get("cpu_limit_cores") or host["cpus_usable"] or host["cpus"]
    yield _panel(
        summary,
        "CPU cores",
        _Line("tree.cpu_cores", "command", _BLUE),
        _Line("host.cpu_cores", "whole machine", _GREY, dashed=True),
        limit=cores,
        limit_name="available",
    )
    yield _panel(
        summary,
        "memory",
        _Line("tree.rss_bytes", "RSS", _ORANGE),
        _Line("tree.pss_bytes", "PSS", _BLUE),
        _Line("cgroup.memory_used_bytes", "cgroup", _GREEN),
        _Line("host.memory_used_bytes", "whole machine", _GREY, dashed=True),
        limit=cgroup.get("memory_limit_bytes"),
        limit_name="limit",
        in_bytes=True,
    )
    yield _panel(
        summary,
        "storage, in a second",
        _Line("tree.read_bytes_per_s", "read", _BLUE),
        _Line("tree.write_bytes_per_s", "written", _ORANGE),
        in_bytes=True,
    )
    yield _panel(
        summary,
        "processes",
        _Line("tree.processes", "processes", _BLUE),
        _Line("tree.threads", "threads", _GREY, dashed=True),
    )
    for one in document["figures"]["gpus"]:
        index = one["index"]
        yield _panel(
            summary,
            f"GPU {index}, busy",
            _Line(f"gpus.{index}.utilisation_ratio", "share of time", _GREEN),
            limit=1.0,
            limit_name="all",
        )
        yield _panel(
            summary,
            f"GPU {index}, memory",
            _Line(f"gpus.{index}.memory_used_bytes", "used", _GREEN),
            in_bytes=True,
        )


def _panel(
    summary: Summary,
    title: str,
    *lines: _Line,
    limit: float | None = None,
    limit_name: str = "",
    in_bytes: bool = False,
) -> _Panel:
    known = tuple(line for line in lines if summary.series.get(line.series))
    if not any(summary.series[line.series].peak for line in known):
        known = ()  # nothing but zeros
    return _Panel(title, known, limit, limit_name, in_bytes)


def _draw(axes: Axes, panel: _Panel, summary: Summary) -> None:
    from matplotlib.ticker import MaxNLocator

    gaps: Sequence[Sequence[float]] = summary.document["completeness"]["gaps"]
    for line in panel.lines:
        times, means, mosts = _points(summary.series[line.series], summary.length_s, gaps)
        style: Any = "--" if line.dashed else "-"
        axes.plot(times, means, style, color=line.colour, linewidth=1.2, label=line.name)
        if mosts is not None:
            axes.fill_between(times, means, mosts, color=line.colour, alpha=0.2, linewidth=0)
    top = max((summary.series[line.series].peak or 0.0 for line in panel.lines), default=0.0)
    if panel.limit is not None and panel.limit <= 2 * top:  # one that is far away would flatten all else
        axes.axhline(panel.limit, color="#b00020", linewidth=0.9, linestyle=":", label=panel.limit_name)
    for number, (start, end) in enumerate(gaps):
        axes.axvspan(start, end, color=_GREY, alpha=0.15, hatch="//", linewidth=0, label="" if number else "no samples")
    axes.set_xlim(0, summary.length_s or 1.0)
    axes.set_ylim(bottom=0)
    axes.set_title(panel.title, loc="left", fontsize=9)
    if panel.title == "processes":
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    if panel.bytes:
        axes.yaxis.set_major_formatter(lambda value, _: size(max(0.0, value)))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)


def _points(
    series: Series, length_s: float, gaps: Sequence[Sequence[float]]
) -> tuple[list[float], list[float], list[float] | None]:
    """Steps through the spans, with a hole where nothing was sampled; the most too, where parts are drawn."""
    times: list[float] = []
    means: list[float] = []
    mosts: list[float] = []
    parted = len(series) > _POINTS
    for start, end, mean, most in _parts(series, length_s) if parted else series:
        if any(start < until and begin < end for begin, until in gaps):
            mean = most = nan  # noqa: PLW2901 - a hole
        times += [start, end]
        means += [mean, mean]
        mosts += [most, most]
    return times, means, mosts if parted else None


def _parts(series: Series, length_s: float) -> Iterator[tuple[float, float, float, float]]:
    for number, (mean, most) in enumerate(series.columns(_POINTS, length_s)):
        start, end = length_s * number / _POINTS, length_s * (number + 1) / _POINTS
        yield start, end, nan if mean is None else mean, nan if most is None else most


def _title(summary: Summary) -> str:
    document, totals = summary.document, summary.totals
    started = f", {utc(document['started_ns'])} UTC" if document["started_ns"] is not None else ""
    parts = f"{duration(totals['wall_s'])}, CPU {duration(totals['cpu_s'])}"
    unfinished = ", not finished" if document["incomplete"] else ""
    # matplotlib takes what stands between dollars for mathematics
    return f"{label(document['name'])}{started}: {parts}{unfinished}".replace("$", r"\$")


def _time(value: float, length_s: float) -> str:
    return clock(value) if length_s >= _MINUTE_S else f"{value:g} s"


def _remedy(missing: ImportError) -> str:
    import sys

    from gating.report.words import command_line

    remedy = command_line((sys.executable, "-m", "pip", "install", "gating[plot]"))
    if missing.name in {"matplotlib", None}:
        return f"a plot needs matplotlib, which is not here; install it by {remedy}"
    return f"a plot needs matplotlib, which is broken here: {missing}; install it by {remedy}"
