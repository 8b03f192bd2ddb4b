"""The one place that starts a process: many at once and captured (`capture`), or one in the open (`stream`).

Importing this package binds names and loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

from gating.lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.process.capturing import capture
    from gating.process.command import Captured, Command, Ending, Streamed, Usage, probe_environment
    from gating.process.reaping import Meter
    from gating.process.streaming import stream


__all__ = ["Captured", "Command", "Ending", "Meter", "Streamed", "Usage", "capture", "probe_environment", "stream"]

if not TYPE_CHECKING:  # a type checker reads the imports above
    __getattr__, __dir__ = lazily(
        __name__,
        {
            "gating.process.capturing": ["capture"],
            "gating.process.command": ["Captured", "Command", "Ending", "Streamed", "Usage", "probe_environment"],
            "gating.process.reaping": ["Meter"],
            "gating.process.streaming": ["stream"],
        },
    )
