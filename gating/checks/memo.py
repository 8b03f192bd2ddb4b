"""Memo: the whole answer of a preflight, kept per user as long as all that it was read from stays the same.

The policy file and every one that could stand before it, each candidate of each tool on the search path, the
judged interpreter and its site folders are looked at again; nothing is parsed, and no tool's code is loaded.
What is on this path are named tuples: a dataclass takes ten times as long to define.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

from gating.checks.recording import Subject
from gating.environ import RUN, cache_folder, in_ci
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.seen import VARIABLES, Seen, system
from gating.verdict import Mode, Verdict

__all__ = ["Answer", "Memo"]


class Answer(NamedTuple):
    """What a preflight found: the verdicts, in which mode, for which interpreter's path, and the stored snapshot."""

    subject: Subject
    mode: Mode
    python: str
    verdicts: tuple[Verdict, ...]
    pointed: list[Any] | None

    def as_dict(self) -> dict[str, Any]:
        told = [verdict.as_dict() for verdict in self.verdicts]
        return {
            "subject": self.subject.as_dict(),
            "mode": self.mode.value,
            "python": self.python,
            "verdicts": told,
            "pointed": self.pointed,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            subject=Subject(**data["subject"]),
            mode=Mode(data["mode"]),
            python=data["python"],
            verdicts=tuple(map(Verdict.from_dict, data["verdicts"])),
            pointed=data["pointed"],
        )


class Memo:
    """The answer to one way of asking, `asked`, from the folder `start`."""

    def __init__(self, start: str, asked: Mapping[str, object], host: Host, env: Mapping[str, str]) -> None:
        with contextlib.suppress(OSError):  # the current folder is gone; whoever looks for a policy says so
            start = os.path.abspath(start)
        self.start = start
        self.host = host
        self.cache = Cache(cache_folder(env), about=["preflight", self.start, host.python or sys.executable])
        gating = {name: text for name, text in env.items() if name.startswith("GATING_") and name != RUN}
        outside = {name: env.get(name) for name in VARIABLES}
        self.key = [dict(asked), in_ci(env), list(host.path), gating, outside, system()]

    def recall(self) -> Answer | None:
        """What was kept, None where there is nothing, something has changed, or another version wrote it."""
        entry = self.cache.entry("answer")
        if entry is None or entry.get("key") != self.key:
            return None
        try:
            answer = Answer.from_dict(entry["result"])
            same = Seen(entry["seen"]).unchanged(self.host._replace(root=answer.subject.root))
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
        return answer if same else None

    def keep(self, answer: Answer, seen: Seen, *, above: bool) -> None:
        """Keep an answer that was read from `seen` and from the policy's file.

        `above` says that no policy was found, so that every folder above was looked at too.
        """
        folders = list(self._consulted("" if above else answer.subject.root))
        policy = Seen.now(
            self.host,
            files=[os.path.join(folder, name) for folder in folders for name in ("gating.toml", "pyproject.toml")],
            there=[os.path.join(folder, ".git") for folder in folders],
        )
        whole = {**seen, "files": {**seen["files"], **policy["files"]}, "there": policy["there"]}
        self.cache.put("answer", self.key, whole, answer.as_dict(), took=0.0)
        self.cache.save()

    def _consulted(self, root: str) -> Iterator[str]:
        """The folders that were looked into for a policy, from the start folder upwards."""
        folder = self.start
        while True:
            yield folder
            parent = os.path.dirname(folder)
            if folder in {root, parent}:
                return
            folder = parent
