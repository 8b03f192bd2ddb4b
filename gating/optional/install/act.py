"""Act: carry a plan out, from near to far: what is on this machine first, then the network where there is one.

All are installed together, so that they fit each other; where that does not work each is tried alone, so that one
that cannot be had does not cost the others. Nothing raises but an interrupt.
"""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gating.optional.install.causes import Cause, cause_of, said
from gating.optional.install.network import Reach
from gating.optional.install.plan import NETWORK_SECONDS, Attempt, Item, Plan
from gating.optional.install.sources import is_local
from gating.process import Ending, stream
from gating.toolchain.host import Host

__all__ = ["Attempted", "Result", "Tried", "carry_out"]

_READ = 1 << 18  # bytes of an attempt's output that are read, from its end
_KEPT = 4000  # characters of an attempt's output that are kept, from its end
# no other command and no other place changes these
_FINAL = frozenset({Cause.SPACE, Cause.PERMISSION, Cause.TIMEOUT, Cause.NOT_STARTED})
_NOTHING = "nothing on this machine has it, and no index beyond it is configured"
_UNREACHED = ("connection refused", "dns error", "network is unreachable", "no route to host")


class Result(StrEnum):
    """What came of a dependency that was to be installed, in words that are stored."""

    INSTALLED = "installed"
    OFFLINE = "offline"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A command that was run: where it looked, its exit code, its seconds, and the end of what it printed."""

    where: str
    argv: tuple[str, ...]
    code: int | None
    duration_s: float
    cause: Cause | None
    output: str = ""

    def as_dict(self) -> dict[str, object]:
        """The attempt in a verdict's details."""
        told = {"where": self.where, "command": list(self.argv), "exit_code": self.code}
        cause = self.cause.value if self.cause else None
        return {**told, "duration_s": round(self.duration_s, 3), "cause": cause, "output": self.output}


@dataclass(kw_only=True)
class Attempted:
    """What came of one dependency. `reason` says why it is not installed, or where it came from."""

    result: Result = Result.FAILED
    cause: Cause | None = None
    reason: str = ""
    tried: list[Tried] = field(default_factory=list)


def carry_out(
    plan: Plan, host: Host, *, environment: Mapping[str, str], log: Callable[[str], None]
) -> dict[str, Attempted]:
    """Install what the plan has to install; what came of each, by name.

    `environment` is laid over the host's for what is started. `log` is told each step before it is taken.
    """
    return _Act(plan, host, environment, log).run()


class _Act:
    def __init__(self, plan: Plan, host: Host, environment: Mapping[str, str], log: Callable[[str], None]) -> None:
        self.plan = plan
        self.host = host
        self.environment = environment
        self.log = log
        self.found = {item.wanted.name: Attempted() for item in plan.to_install}
        self.ends = time.monotonic() + NETWORK_SECONDS

    def run(self) -> dict[str, Attempted]:
        items, sources = self.plan.to_install, self.plan.sources
        if not items:
            return self.found
        reach = None
        if sources.forbidden is None:  # asked beside the local attempt, so that it costs no time of its own
            urls = [*sources.remote, *(url for item in items for url in item.words.urls if not is_local(url))]
            reach = Reach(urls, self.host.env, proxy=sources.proxy)
        left = self._from_here([item for item in items if not item.is_remote])
        left = [item for item in items if item in left or item.is_remote]
        left = [item for item in left if self.found[item.wanted.name].cause not in _FINAL]
        if not left or not self.plan.leads_out(left):
            for item in left:
                self.found[item.wanted.name].reason = self.found[item.wanted.name].reason or _NOTHING
            return self.found
        if reach is None:
            self._offline(left, f"the network is not asked ({sources.forbidden})")
        elif (why_not := reach.why_not(self.log)) is not None:
            self._offline(left, f"the network is not there ({why_not})")
        else:
            self._from_network(left, retry_at_once=bool(reach.targets) or self.plan.by == "pip")
        return self.found

    def _from_here(self, items: Sequence[Item]) -> list[Item]:
        """Try what is on this machine; what is left."""
        return self._each(items, lambda some, over: self.plan.local(some, over=over)) if items else []

    def _from_network(self, items: Sequence[Item], *, retry_at_once: bool) -> None:
        if not retry_at_once:  # nobody knows which host it asks: a first request tells whether there is one
            left = self._each(items, lambda some, over: self.plan.network(some, retries=0, over=over))
            items = [item for item in left if self.found[item.wanted.name].cause is Cause.NETWORK]
            gone = [item for item in items if self._was_unreached(item)]
            self._offline(gone, "the network is not there")
            items = [item for item in items if item not in gone]
        if items:
            self._each(items, lambda some, over: self.plan.network(some, over=over))

    def _each(self, items: Sequence[Item], made: Callable[[Sequence[Item], bool], Attempt | None]) -> list[Item]:
        """Try items together, then each alone where that did not work; those that are left."""
        for item in items:
            if item.is_left_over and (attempt := made([item], True)) is not None:
                self._try([item], attempt)
        attempt = made(items, False)
        if attempt is None:
            return list(items)
        cause = self._try(items, attempt)
        if cause is None:
            return []
        if len(items) == 1 or cause in _FINAL or (cause is Cause.NETWORK and self._was_unreached(items[0])):
            return list(items)
        return self._one_by_one(items, made)

    def _one_by_one(self, items: Sequence[Item], made: Callable[[Sequence[Item], bool], Attempt | None]) -> list[Item]:
        """Try each with those that were installed before it, which it must not break; those that are left."""
        done: list[Item] = []
        left = []
        for item in items:
            attempt = made([*done, item], False)
            if attempt is not None and self._try([item], attempt) is None:
                done.append(item)
            else:
                left.append(item)
        return left

    def _try(self, items: Sequence[Item], attempt: Attempt) -> Cause | None:
        """Run one command for some items and note what came of it; None where it worked."""
        self.log(f"{attempt.where}: {shlex.join(attempt.argv)}")
        timeout = attempt.timeout if attempt.where == "local" else max(1.0, self.ends - time.monotonic())
        env = {**self.host.env, **self.environment, **attempt.environment}
        with tempfile.TemporaryFile() as file:
            ended = stream(attempt.argv, env=env, cwd=self.host.root, timeout=timeout, stdout=file, stderr=file)
            file.seek(max(0, file.seek(0, os.SEEK_END) - _READ))
            output = file.read().decode("utf-8", "replace")
        good = ended.ending is Ending.EXITED and ended.code == 0
        cause = None if good else cause_of(ended, output)
        tried = Tried(
            where=attempt.where,
            argv=attempt.argv,
            code=ended.code,
            duration_s=ended.duration_s,
            cause=cause,
            output=output[-_KEPT:],
        )
        where = "this machine" if attempt.where == "local" else "the network"
        for item in items:
            found = self.found[item.wanted.name]
            found.tried.append(tried)
            found.cause = cause
            found.result = Result.INSTALLED if good else Result.FAILED
            if good:
                found.reason = f"installed from {where} by {self.plan.by}"
            else:
                told = ended.error or ("" if cause is Cause.TIMEOUT else said(output))
                found.reason = (
                    f"{cause}{f' after {timeout:g} s' if cause is Cause.TIMEOUT else ''}{told and ': '}{told}"
                )
        if not good:
            self.log(f"{attempt.where}: {self.found[items[0].wanted.name].reason}")
        return cause

    def _offline(self, items: Sequence[Item], why: str) -> None:
        for item in items:
            found = self.found[item.wanted.name]
            odd = found.cause not in {None, Cause.NO_MATCH, Cause.NETWORK}
            here = f"what is on this machine: {found.reason}" if odd else "nothing on this machine has it"
            found.result, found.cause, found.reason = Result.OFFLINE, Cause.NETWORK, f"{why}, and {here}"
        if items:
            self.log(why)

    def _was_unreached(self, item: Item) -> bool:
        """Whether the last attempt met nobody at all, as against somebody who did not answer well."""
        small = self.found[item.wanted.name].tried[-1].output.lower()
        return any(words in small for words in _UNREACHED)
