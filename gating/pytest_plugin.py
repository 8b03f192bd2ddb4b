"""The pytest door: a test run that a gated command started stands under it in the ledger.

Without `GATING_RUN` in the environment it does nothing at all. It is imported by every pytest that has gating
beside it, so that its top imports the standard library only, and little of that.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["pytest_configure"]


# options with which pytest lists or explains, and runs no test
_ASKS_ONLY = (
    "cacheshow",
    "collectonly",
    "help",
    "markers",
    "setupplan",
    "show_fixtures_per_test",
    "showfixtures",
    "version",
)


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run; a worker of xdist belongs to its controller's."""
    if not os.environ.get("GATING_RUN") or hasattr(config, "workerinput"):
        return
    if any(getattr(config.option, name, None) for name in _ASKS_ONLY):
        return
    from gating.checks.testing import TestRun

    if not TestRun.under_way:
        config.pluginmanager.register(TestRun.begin(config.rootpath), "gating-run")
