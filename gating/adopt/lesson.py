"""A lesson: what the drift record teaches, as a change to the project's policy file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gating.adopt.learn import learned
from gating.adopt.needs_table import lines_of, with_needs
from gating.adopt.writing import put
from gating.checks.drift_record import read
from gating.errors import UsageError
from gating.policy import load_policy
from gating.policy.find import PROJECT_FILE

__all__ = ["Lesson", "lesson", "write_lesson"]

_COMMAND = "gating optional.learn"


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """The policy file with the learned needs in it: `before` and `text` are all of it, `table` what is new.

    `text` is `before`, and `table` empty, where there is nothing to add. `notes` say in a line each why a need is
    there, and what could not be attributed.
    """

    file: Path
    before: str
    text: str
    table: str
    notes: tuple[str, ...] = ()


def lesson(start: str | Path | None = None, *, env: Mapping[str, str], skips: bool = False) -> Lesson:
    """What can be learned in the project found from `start` upwards; nothing is written.

    With `skips` the needs of tests that skip themselves are learned too. Raises PolicyError for a wrong policy,
    UsageError where there is no drift record, and where the file has its policy in a form that takes no further
    lines; the message then holds the lines.
    """
    policy = load_policy(start, env=env)
    document = read(policy.root)
    if policy.file is None or policy.content is None or document is None:
        raise UsageError(
            "there is no drift record to learn from: `inv optional.drift` makes it"
            if policy.file is not None
            else "there is no policy: `gating init` proposes one"
        )
    found = learned(document, policy, skips=skips)
    before = policy.content.decode()
    notes = (*(f"{glob}: {reason}" for glob, reason in found.why.items()), *found.notes)
    if not found.needs:
        return Lesson(file=policy.file, before=before, text=before, table="", notes=notes)
    prefix = ("tool", "gating") if policy.file.name == PROJECT_FILE else ()
    table = lines_of(found.needs, prefix)
    text = with_needs(before, found.needs, prefix)
    if text is None:
        raise UsageError(
            f"{policy.shown} has its needs in a form that takes no further lines; these are to be added:\n{table}"
        )
    return Lesson(file=policy.file, before=before, text=text, table=table, notes=notes)


def write_lesson(made: Lesson) -> None:
    """Write the file, unless there is nothing to add. Raises UsageError where it cannot, and changes nothing then."""
    if made.text != made.before:
        put(os.fspath(made.file), made.before, made.text, command=_COMMAND)
