"""Ladder: which tool measures the tests here, and by which core, with the reasons for it.

pytest-cov; else `coverage run`; else nothing, which is *unmeasured* and never 0 %. The core is the fastest that is
exact for what is measured, unless somebody has chosen one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from gating.coverage.configured import Configured
from gating.coverage.ini import Asked
from gating.toolchain import metadata
from gating.toolchain.distributions import find_distribution
from gating.toolchain.judged import JudgedPython
from gating.toolchain.select import Selection
from gating.verdict import State
from gating.versions import release

__all__ = ["Rung", "Tool", "climb"]

LEAST = ">=7.0"  # writes `coverage json` with what is judged, and runs on every Python that gating does
_SYSMON = ((3, 12), (7, 10))  # the first Python and coverage where sys.monitoring's lines are exact
_SYSMON_BRANCHES = (3, 14)  # and the first Python where its branches are
_NOT_SYSMON = frozenset({"eventlet", "gevent", "greenlet"})
_PLUGIN = re.compile(r"^\[[ \t]*pytest11[ \t]*\](.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)
_MODULE = re.compile(r"^[^=\n#]+=[ \t]*([\w.]+)", re.MULTILINE)


class Tool(StrEnum):
    """What measures."""

    PYTEST_COV = "pytest-cov"
    COVERAGE = "coverage"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, kw_only=True)
class Rung:
    """Where on the ladder this Python stands. `version` is coverage's, `why` one reason for each choice.

    `core` is the value for COVERAGE_CORE; None leaves it to coverage, or to who has chosen one.
    """

    tool: Tool
    core: str | None = None
    version: str | None = None
    why: tuple[str, ...] = ()


def climb(
    judged: JudgedPython,
    configured: Configured,
    *,
    packages: Sequence[str] = (),
    asked: Asked | None = None,
    env: Mapping[str, str],
) -> Rung:
    """Choose for the judged interpreter. `packages` are the measured source's top-level names.

    `asked` is what pytest is asked for, None for nothing.
    """
    asked = asked or Asked({}, (), {})
    there = find_distribution("coverage", judged, LEAST)
    if there.state is not State.OK:
        return Rung(tool=Tool.UNMEASURED, version=there.version, why=(_lacking(there),))
    core, why_core = _core(judged, there, configured, asked.words, env)
    plugin = find_distribution("pytest-cov", judged, None)
    if plugin.state is not State.OK:
        tool, why = Tool.COVERAGE, "pytest-cov is not installed"
    elif (early := _imported_early(judged, packages, asked, env)) is not None:
        tool, why = Tool.COVERAGE, f"{early} before pytest-cov could measure it"
    else:
        tool, why = Tool.PYTEST_COV, f"pytest-cov {plugin.version} is installed"
    return Rung(tool=tool, core=core, version=there.version, why=(why, why_core))


def _lacking(there: Selection) -> str:
    if there.state is State.OUTDATED:
        return f"coverage {there.version} is too old to be judged by, which takes coverage{LEAST}"
    return there.reason or "coverage is not installed"


def _core(
    judged: JudgedPython, there: Selection, configured: Configured, words: Sequence[str], env: Mapping[str, str]
) -> tuple[str | None, str]:
    if chosen := env.get("COVERAGE_CORE"):
        return None, f"COVERAGE_CORE chooses the core {chosen}"
    if chosen := configured.word("core"):
        return None, f"the coverage configuration chooses the core {chosen}"
    if (why := _no_sysmon(judged, there, configured, words)) is not None:
        return None, f"coverage's own core: {why}"
    return "sysmon", "sys.monitoring is exact here, and the fastest"


def _no_sysmon(judged: JudgedPython, there: Selection, configured: Configured, words: Sequence[str]) -> str | None:
    """Why sys.monitoring cannot be used, None where it can."""
    python = release(judged.interpreter.version) or (0,)
    if judged.interpreter.implementation.lower() != "cpython" or python < _SYSMON[0]:
        return f"{judged.interpreter.implementation} {judged.interpreter.version} has no sys.monitoring"
    if (release(there.version or "") or (0,)) < _SYSMON[1]:
        return f"coverage {there.version} does not use sys.monitoring well"
    branches = configured.on("branch") or "--cov-branch" in words
    if branches and python < _SYSMON_BRANCHES:
        return "branches are measured, for which sys.monitoring needs Python 3.14"
    if configured.word("dynamic_context") or any(word.startswith("--cov-context") for word in words):
        return "contexts are recorded, which sys.monitoring would drop"
    if configured.listed("plugins"):
        return "file tracers are configured, which need another core"
    if bad := _NOT_SYSMON & {one.lower() for one in configured.listed("concurrency")}:
        return f"concurrency {', '.join(sorted(bad))} needs another core"
    return "timid is on" if configured.on("timid") else None


def _imported_early(judged: JudgedPython, packages: Sequence[str], asked: Asked, env: Mapping[str, str]) -> str | None:
    """Which measured package is imported while pytest's plugins are loaded, and what for; None where none is."""
    named = [word.strip() for word in env.get("PYTEST_PLUGINS", "").split(",") if word.strip()]
    named += asked.values("-p")
    if "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in env:
        named += _entry_points(judged.interpreter.site)
    plugins = [(one.partition(".")[0], "") for one in named if not one.startswith("no:")]
    filters = [(one.partition(".")[0], ", for a class that pytest's warning filters name,") for one in asked.imported]
    for top, why in (*plugins, *filters):
        if any(fnmatchcase(top, one) for one in packages):
            return f"{top} is imported{why}"
    return None


def _entry_points(site: Sequence[str]) -> list[str]:
    """The modules that the installed distributions give pytest as plugins."""
    found: list[str] = []
    for folder in site:
        for info in metadata.dist_infos(folder):
            text = metadata.text(info, "entry_points.txt") if os.path.isdir(info) else None
            if text is not None and "pytest11" in text:
                for section in _PLUGIN.findall(text):
                    found += _MODULE.findall(section)
    return found
