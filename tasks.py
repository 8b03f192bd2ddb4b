"""The tasks of this project: gating's own, and short names for the sessions; `inv --list` lists them."""

from __future__ import annotations

from invoke.context import Context
from invoke.tasks import task

from gating.tasks import ns


@task(help={"sessions": "the sessions to run, with commas between them"})
def nox(context: Context, sessions: str = "tests") -> None:
    """Run nox sessions."""
    context.run(f"python -m nox --session {sessions.replace(',', ' ')}")


ns.add_task(nox)
