"""The one place that starts a process: many at once and captured (`capture`), or one in the open (`stream`)."""

from __future__ import annotations

from gating.process.command import Captured, Command, Ending, Streamed, probe_environment

__all__ = ["Captured", "Command", "Ending", "Streamed", "capture", "probe_environment", "stream"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.process.capturing import capture
    from gating.process.streaming import stream


def __getattr__(name: str) -> object:
    # subprocess and selectors are loaded when something is started, not when it might be
    if name == "capture":
        from gating.process.capturing import capture as found
    elif name == "stream":
        from gating.process.streaming import stream as found  # type: ignore[assignment]
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found
