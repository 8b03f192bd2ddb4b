"""What the process environment says: in CI or not, which folders are ours, which variables are known.

Every function takes the environment as a mapping, so that a caller can name another one than its own.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "ABSENT",
    "CACHE",
    "DEBUG",
    "LIVE",
    "NEED_SET",
    "OFFLINE",
    "OUTCOMES",
    "PROBE_MARK",
    "RUN",
    "SHIMMED",
    "TRACEPARENT",
    "cache_folder",
    "debugging",
    "in_ci",
    "truth",
]

RUN = "GATING_RUN"  # the id of the run that the process belongs to
TRACEPARENT = "TRACEPARENT"  # the same in W3C Trace Context's form
CACHE = "GATING_CACHE"  # the folder of the probe cache
DEBUG = "GATING_DEBUG"  # show tracebacks
ABSENT = "GATING_ABSENT"  # the dependencies that are made to look absent, for every Python that is started
SHIMMED = "GATING_SHIMMED"  # those that are stood in for, in the same way
OUTCOMES = "GATING_OUTCOMES"  # the file that a pytest run writes the outcomes of its tests to
NEED_SET = "GATING_NEED_SET"  # the need-set whose tests a pytest run is to run, and where to look for them, as JSON
LIVE = "GATING_LIVE"  # whether a long recorded command has a live line
OFFLINE = "GATING_OFFLINE"  # never ask a network
PROBE_MARK = "GATING_PROBE"  # carried by every probed process, so that what it leaves behind can be found

_FALSE = frozenset({"", "0", "false", "no", "off", "n", "f"})
# services that do not set CI, with the variable that gives them away
_CI_SERVICES = ("TF_BUILD", "TEAMCITY_VERSION", "JENKINS_URL", "BUILD_BUILDID", "CODEBUILD_BUILD_ID")


def truth(text: str) -> bool:
    """Read a switch: empty, 0, false, no and off are false in any case of letters; all else is true."""
    return text.strip().lower() not in _FALSE


def in_ci(env: Mapping[str, str]) -> bool:
    """Whether `env` is that of a CI service. `CI` decides where it is set, so `CI=false` is not CI."""
    if "CI" in env:
        return truth(env["CI"])
    return any(env.get(name) for name in _CI_SERVICES)


def debugging(env: Mapping[str, str]) -> bool:
    """Whether tracebacks are wanted (`GATING_DEBUG`)."""
    return truth(env.get(DEBUG, ""))


def cache_folder(env: Mapping[str, str], *, platform: str = sys.platform) -> Path | None:
    """The user's cache folder of gating, or None where there is none to be had.

    `GATING_CACHE`, else the platform's own: `XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory 0.8),
    `~/Library/Caches`, `%LOCALAPPDATA%`. A relative `XDG_CACHE_HOME` is ignored, as that text asks.
    """
    from pathlib import Path

    if named := env.get(CACHE):
        return Path(named)
    home = env.get("USERPROFILE" if platform == "win32" else "HOME", "")
    if platform == "win32":
        base = env.get("LOCALAPPDATA", "")
    elif platform == "darwin":
        base = f"{home}/Library/Caches" if home else ""
    else:
        base = env.get("XDG_CACHE_HOME", "")
        if not base.startswith("/"):
            base = f"{home}/.cache" if home else ""
    return Path(base, "gating") if base else None
