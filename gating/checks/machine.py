"""Machine: a thorough snapshot of machine, interpreter and checkout, kept in the ledger."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gating.checks.recording import Subject, recorded
from gating.checks.surveying import settings
from gating.snapshot import take

__all__ = ["take_snapshot"]


def take_snapshot(
    start: str | Path | None = None, *, python: str | None = None, env: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Take the snapshot `gating.snapshot/1` of the project found from `start` upwards, and record the run.

    `python` is the path of the interpreter to describe or its name on PATH, None for the one that runs.
    """
    env = os.environ if env is None else env
    policy, host = settings(start, python=python, env=env)
    judged = host.python or sys.executable
    with recorded(
        Subject.of(policy), "snapshot", env=env, mode=policy.resolved_mode(env), python=judged, argv=sys.argv
    ) as run:
        run.snapshot = made = take(python=judged, root=policy.root, env=env, thorough=True)
        run.conclude(())
        return made
