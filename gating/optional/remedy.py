"""Remedy: the command that makes an optional dependency usable, for whoever asks from where."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gating.toolchain.host import Host
from gating.toolchain.remedy import for_python, into_python
from gating.toolchain.words import from_policy
from gating.verdict import Remedy
from gating.words import Evidence, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gating.optional.asked import Asked
    from gating.optional.availability import Availability

__all__ = ["remedy_for"]


def remedy_for(one: Availability, *, host: Host | None = None, env: Mapping[str, str] | None = None) -> Remedy:
    """The remedy of one that is not as it was asked for; without commands where no installation would mend it.

    The policy's own lines come first. What is absent is installed by the project's extra where it has one; what is
    there and wrong by its own name, since an extra that is installed would be left as it is. `host` says which
    programs there are, None for the search path of `env` (this process's own where that is None too).
    """
    asked = one.asked
    if host is None:
        host = Host.of(os.environ if env is None else env, python=one.python or None)
    if one.state is State.BROKEN and one.evidence is Evidence.ABSENT:
        return for_python(host, wanted=None, words=asked.remedy)  # the interpreter itself does not answer
    if asked.remedy:
        return from_policy(asked.remedy, python=one.python)
    if one.state is State.IMPOSTOR and one.evidence is Evidence.ABSENT:
        return Remedy(
            why=f"something in this process has put it in sys.modules; without that {asked} may well be there"
        )
    flags: tuple[str, ...] = ()
    if one.state is State.OUTDATED:
        flags = ("-U",)
    elif one.state is State.BROKEN or one.found is not None:
        flags = ("--force-reinstall",)
    plain = bool(flags)
    wants = (str(asked),) if plain else _installs(asked, one.python)
    channel, command = into_python(host, one.python, *flags, *wants)
    first, why = _to_remove(one)
    return Remedy(commands=(*first, command), channel=channel, why=why)


def _installs(asked: Asked, python: str) -> tuple[str, ...]:
    """What installs it: the extra of who asks, from where that is installed from, else the requirement itself."""
    if asked.extra is None:
        return (str(asked),)
    source = asked.tree
    if source is None and asked.application is not None:
        source = _source_of(asked.application) if python == sys.executable else None
        if source is None:
            return (f"{asked.application}[{asked.extra}]",)
    return ("-e", f"{_shown(source)}[{asked.extra}]")


def _source_of(application: str) -> str | None:
    """The folder that an application of this process is installed from as editable, None for any other."""
    from gating.optional import installed

    found = installed.find(application, sys.path)
    return found.source if found is not None and found.editable else None


def _shown(folder: str | None) -> str:
    if folder is None:
        return "."
    try:
        here = os.path.samefile(folder, os.curdir)
    except OSError:
        here = False
    return "." if here else os.path.abspath(folder)


def _to_remove(one: Availability) -> tuple[tuple[tuple[str, ...], ...], str | None]:
    """What has to go before an installation can mend an impostor, and what should go besides."""
    if one.state is not State.IMPOSTOR or one.path is None:
        return (), None
    if one.evidence is Evidence.STATIC and one.path.endswith((".dist-info", ".egg-info")):
        if one.found is None or os.path.exists(os.path.join(one.path, "RECORD")) or os.name == "nt":
            return (), f"{one.path} is left over from an installation whose files are gone"
        # neither pip nor uv removes what it has no list of files of
        return (("rm", "-r", one.path),), f"{one.path} is left over, without a list of what belonged to it"
    return (), f"{one.path} is only a folder; it is in the way of nothing, and can be removed if nobody wants it"
