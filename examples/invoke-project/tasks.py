"""A project's own tasks, with gating's beside them as `gating.…`; `inv --list` lists them."""

from __future__ import annotations

import gating
import gating.tasks
from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task


@task
def publish(_context: Context) -> None:
    """Publish the notes, where nothing less than a full check has passed."""
    report = gating.preflight(strict=True)
    if report.outcome != "pass":
        unmet = [verdict.id for verdict in report.verdicts if verdict.outcome != "pass"]
        raise Exit(f"not published: {', '.join(unmet)}", code=1)
    print("published")


ns = Collection(publish)
ns.add_collection(gating.tasks.ns, name="gating")
