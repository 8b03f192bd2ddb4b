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


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run; a worker of xdist belongs to its controller's."""
    if os.environ.get("GATING_RUN") and not hasattr(config, "workerinput") and not config.option.collectonly:
        from gating.checks.testing import TestRun

        config.pluginmanager.register(TestRun.begin(config.rootpath), "gating-run")
