"""The one place that starts a process: many at once and captured (`capture`), or one in the open (`stream`).

Importing this package binds names and loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.process.capturing import capture
    from gating.process.command import Captured, Command, Ending, Streamed, probe_environment
    from gating.process.streaming import stream

_HOMES = {
    "Captured": "command",
    "Command": "command",
    "Ending": "command",
    "Streamed": "command",
    "capture": "capturing",
    "probe_environment": "command",
    "stream": "streaming",
}

__all__ = ["Captured", "Command", "Ending", "Streamed", "capture", "probe_environment", "stream"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value
