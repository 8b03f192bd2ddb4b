"""The two ends of a run's recording: what is known when it begins, and what became of it.

Named tuples, since every start of a gated command pays for them, and a dataclass takes ten times as long to define.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Recorded", "RunRecord"]


class RunRecord(NamedTuple):
    """A run as it begins.

    `id` comes from `identity.new_run_id`, `parent` and `trace` from `identity.parent_of` and `trace_of`; both are
    None for a run on its own. `started_ns` is UTC nanoseconds. `project` is the project's name, `policy` its
    policy file as shown to people and `policy_digest` a checksum of that file, `python` the judged
    interpreter's path; each is None where there is none.
    """

    id: str
    command: str
    started_ns: int
    parent: str | None = None
    trace: str | None = None
    argv: tuple[str, ...] = ()
    project: str | None = None
    policy: str | None = None
    policy_digest: str | None = None
    python: str | None = None

    def as_dict(self) -> dict[str, object]:
        return {
            "id": self.id,
            "parent": self.parent,
            "trace": self.trace or self.id,
            "command": self.command,
            "argv": list(self.argv),
            "started_ns": self.started_ns,
            "project": self.project,
            "policy": self.policy,
            "policy_digest": self.policy_digest,
            "python": self.python,
        }


class Recorded(NamedTuple):
    """Where a finished run went: `ledger`, `spool` or `nowhere`.

    `trouble` is one line for people, None where all went as it should; it may also speak of older runs that
    could not be folded in while this one was stored. `cause` is the trouble in a word: `busy`, `full`,
    `read-only`, `corrupt`, `newer`, `foreign`, `unsupported`, `unreachable`, `interrupted`, `left-over` or
    `unexpected`.
    """

    where: str
    trouble: str | None = None
    cause: str | None = None
