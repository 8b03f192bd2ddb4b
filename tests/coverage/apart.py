"""Coverage objects of a test's own, beside the one that may be measuring this suite."""

from __future__ import annotations

from typing import Any

import coverage

__all__ = ["coverage_apart"]


def coverage_apart(**options: Any) -> coverage.Coverage:
    """A new object that does not keep the process's own from saving what it has measured.

    Whoever makes one is taken to measure by himself: what was started for a subprocess or an xdist worker is then told
    to throw its data away.
    """
    measuring = getattr(coverage.process_startup, "coverage", None)
    saves = getattr(measuring, "_auto_save", None)
    made = coverage.Coverage(**options)
    if measuring is not None:
        measuring._auto_save = saves
    return made
