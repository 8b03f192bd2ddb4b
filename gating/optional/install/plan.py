"""Plan: what would be installed where and by which commands, as a value that can be printed before anything is done."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gating.optional.availability import Availability
from gating.optional.install.declared import Wanted
from gating.optional.install.requirements import Words, words_of
from gating.optional.install.sources import Sources, is_local, of_pip, of_uv, secrets_of
from gating.toolchain.channels import on_path
from gating.toolchain.environments import installer, refusal
from gating.toolchain.judged import JudgedPython
from gating.toolchain.metadata import folders_of
from gating.words import State

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Attempt", "How", "Item", "Plan", "make_plan"]

LOCAL_SECONDS = 120.0  # an unpacking of large wheels, or one build from source
NETWORK_SECONDS = 600.0  # for all that is asked of a network in one run: large wheels over a slow line
RETRIES = 2  # of one request; an index that fails three times in a row will not be there in a moment

# what the installers are always told: no question, no progress bar, no look for updates
_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "NO_COLOR": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_PROGRESS_BAR": "off",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
}


class How(StrEnum):
    """What is to be done about a dependency."""

    INSTALL = "install"
    THERE = "there"
    REFUSED = "refused"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One dependency: how it was found, and what is to be done about it. `reason` says why where that is nothing."""

    wanted: Wanted
    how: How
    before: Availability | None = None
    words: Words = field(default_factory=Words)
    reason: str = ""

    @property
    def is_remote(self) -> bool:
        """Whether a line of it names a place that only a network leads to."""
        return not all(map(is_local, self.words.urls))

    @property
    def is_left_over(self) -> bool:
        """Whether something is there that an installer would take for the thing itself."""
        return self.before is not None and self.before.state in {State.IMPOSTOR, State.BROKEN}


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One command. `environment` is laid over the host's; `timeout` is in seconds."""

    where: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    timeout: float


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done about every dependency that was asked for, in order, in one interpreter's environment.

    `by` is `pip` or `uv`, and `program` what starts it; `sources` is what that one is configured with.
    """

    items: tuple[Item, ...]
    python: str
    by: str
    program: tuple[str, ...]
    sources: Sources
    find_links: str | None = None  # pip's variable, which uv does not read

    @property
    def to_install(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.how is How.INSTALL)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown of the URLs that are configured, and of those that requirements name."""
        return secrets_of((*self.sources.urls, *(url for item in self.items for url in item.words.urls)))

    def leads_out(self, items: Sequence[Item]) -> bool:
        """Whether there is anything to be asked over a network, or nobody knows."""
        sources = self.sources
        return bool(sources.remote) or not sources.complete or any(item.is_remote for item in items)

    def local(self, items: Sequence[Item], *, over: bool = False) -> Attempt | None:
        """How `items` are installed together with what is on this machine; None where nothing here could have them.

        `over` lays each over what is left of it, without its dependencies.
        """
        sources = self.sources
        quiet = dict(_QUIET)
        if self.by == "uv":  # its cache may have it whatever is configured
            if self.find_links and not sources.links and "UV_FIND_LINKS" not in quiet:
                quiet["UV_FIND_LINKS"] = ",".join(filter(is_local, self.find_links.split()))
            return self._attempt("local", ("--offline",), items, quiet, LOCAL_SECONDS, over=over)
        links = tuple(filter(is_local, sources.links))
        if not any(item.words.urls or self._may_be_here(item) for item in items):
            return None
        if len(links) < len(sources.links):
            quiet["PIP_FIND_LINKS"] = " ".join(links)
        if not sources.local:
            return self._attempt("local", ("--no-index",), items, quiet, LOCAL_SECONDS, over=over)
        # pip takes an empty variable for one that is not set: the extra index is then the same once more
        quiet["PIP_EXTRA_INDEX_URL"] = " ".join(sources.local[1:] or sources.local)
        more = ("--index-url", sources.local[0])
        return self._attempt("local", more, items, quiet, LOCAL_SECONDS, over=over)

    def network(self, items: Sequence[Item], *, retries: int = RETRIES, over: bool = False) -> Attempt:
        """How `items` are installed together as the installer is configured."""
        quiet = dict(_QUIET)
        if self.by == "uv":
            if self.find_links and not self.sources.links:
                quiet["UV_FIND_LINKS"] = ",".join(self.find_links.split())
            quiet["UV_HTTP_RETRIES"] = str(retries)
            return self._attempt("network", (), items, quiet, NETWORK_SECONDS, over=over)
        return self._attempt("network", ("--retries", str(retries)), items, quiet, NETWORK_SECONDS, over=over)

    def commands(self) -> tuple[tuple[str, ...], ...]:
        """The commands that would be run, in order: the second where the first does not work.

        Where one does not work for all together it is run for each alone.
        """
        items = self.to_install
        if not items:
            return ()
        here = [item for item in items if not item.is_remote]
        local = self.local(here) if here else None
        network = self.network(items) if self.sources.forbidden is None and self.leads_out(items) else None
        return tuple(one.argv for one in (local, network) if one is not None)

    def _may_be_here(self, item: Item) -> bool:
        return self.sources.may_have(item.wanted.asked.distribution, item.words.specifier)

    def _attempt(
        self,
        where: str,
        more: Sequence[str],
        items: Sequence[Item],
        environment: Mapping[str, str],
        timeout: float,
        *,
        over: bool,
    ) -> Attempt:
        words = tuple(word for item in items for word in item.words.words)
        again: tuple[str, ...] = ()
        if over and self.by == "uv":
            again = tuple(f"--reinstall-package={item.wanted.asked.distribution}" for item in items)
        elif over:  # a metadata folder without its list of files cannot be uninstalled
            again = ("--ignore-installed", "--no-deps")
        argv = (*self.program, *more, *again, *words)
        return Attempt(where=where, argv=argv, environment=environment, timeout=timeout)


def make_plan(
    wanted: Sequence[Wanted],
    judged: JudgedPython,
    look: Callable[[Wanted, Words], Availability],
    *,
    refused: str | None = None,
) -> Plan:
    """Plan what `wanted` needs in the judged interpreter; nothing is installed.

    `look` finds out how each is there. `refused` is why nothing may be installed, where the caller knows that already.
    """
    host, python = judged.host, judged.path
    by = installer(python, host)
    refused = refused or _refusal(judged, by)
    if by == "uv":
        sources = of_uv(host.env, root=host.root)
        program: tuple[str, ...] = (on_path("uv", host) or "uv", "pip", "install", "--python", python)
    else:
        sources = of_pip(host.env, prefix=judged.interpreter.prefix, site=judged.interpreter.site)
        program = (python, "-m", "pip", "install")
    return Plan(
        items=tuple(_item(one, judged, look, refused) for one in wanted),
        python=python,
        by=by,
        program=program,
        sources=sources,
        find_links=None if host.env.get("UV_FIND_LINKS") else host.env.get("PIP_FIND_LINKS"),
    )


def _item(
    wanted: Wanted, judged: JudgedPython, look: Callable[[Wanted, Words], Availability], refused: str | None
) -> Item:
    if wanted.when is not None and not judged.applies(wanted.when):
        return Item(wanted=wanted, how=How.SKIP, reason=f"does not apply here: {wanted.when}")
    words = words_of(wanted, judged.applies)
    if not words.words:
        markers = "; ".join(one.line.partition(";")[2].strip() for one in wanted.lines)
        return Item(wanted=wanted, how=How.SKIP, reason=f"does not apply here: {markers}")
    before = look(wanted, words)
    if before or (before.state is State.UNKNOWN and words.specifier is None):
        return Item(wanted=wanted, how=How.THERE, before=before, words=words)
    how = How.REFUSED if refused else How.INSTALL
    return Item(wanted=wanted, how=how, before=before, words=words, reason=refused or "")


def _refusal(judged: JudgedPython, by: str) -> str | None:
    host, interpreter = judged.host, judged.interpreter
    if interpreter.error is not None:
        return f"{judged.path} {interpreter.error}"
    if (why := refusal(judged.path, host)) is not None:
        return why
    if by == "pip" and not any(True for site in interpreter.site for _ in folders_of("pip", site)):
        return f"neither pip in {os.path.dirname(os.path.dirname(judged.path))} nor uv on the search path is there"
    return None
