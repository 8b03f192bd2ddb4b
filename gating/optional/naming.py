"""Naming: from the name that somebody gives, a policy's key, a distribution's or a module's, to all that it goes by."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gating.optional.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gating.optional.asked import Asked
    from gating.policy.model import Optional

__all__ = ["check", "is_module_name", "named", "roots_of", "target_of"]

_KEPT = frozenset({"gating", "sys", "builtins", "importlib", "os", "types", "typing"})
_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")


def named(name: str, file: str | None) -> Target:
    """The target that `name` means to the code in `file`, None for code in no file.

    The policy of the project that the file lies in is asked first, then what is installed. Raises `UsageError` for
    what is no name, and for what cannot be hidden.
    """
    from gating.optional.asked import Asked
    from gating.optional.asking import asked_of, asker_of

    asker = asker_of(file)
    one = Asked(name, name) if is_module_name(name) and name.startswith("_") else asked_of(name, asker)
    entry = asker.policy.optional.get(one.name) if asker.policy else None
    return target_of(one, entry)


def check(name: str) -> None:
    """Raise `UsageError` for what can be no name at all, wherever it is asked."""
    if not is_module_name(name):
        from gating.optional.asked import asked

        asked(name)


def is_module_name(name: str) -> bool:
    """Whether this can be the dotted name of a module."""
    return all(map(str.isidentifier, name.split(".")))


def target_of(asked: Asked, entry: Optional | None = None) -> Target:
    """What is asked for, with its modules as metadata tells them, and the stand-in that the policy's entry wants.

    To be called before it is hidden: then nothing tells its modules any more. Raises `UsageError` for what cannot be
    hidden.
    """
    from gating.errors import UsageError

    distribution, modules = _found(asked)
    kept = sorted(_KEPT & {module.partition(".")[0] for module in modules})
    if kept:
        raise UsageError(f"{asked.name!r} cannot be hidden: nothing works without {kept[0]!r}")
    return Target(
        name=asked.name,
        distribution=distribution,
        modules=modules,
        names=entry.names if entry else (),
        adapter=entry.shim if entry else None,
        remedy=_remedy(asked),
    )


def roots_of(file: str | None) -> tuple[str, ...]:
    """The folder of the project that `file` lies in; the current one for code in no file."""
    from gating.optional.owner import owner_of

    if file is None or not os.path.isfile(file):
        return (os.path.realpath(os.curdir),)
    owner = owner_of(file, os.environ)
    if owner.tree is not None:
        return (os.path.realpath(owner.tree),)
    start = os.path.dirname(os.path.realpath(file))
    home = os.path.realpath(os.path.expanduser("~"))
    for folder in _upwards(start):
        if folder == home:
            break
        if any(os.path.lexists(os.path.join(folder, mark)) for mark in _MARKS):
            return (folder,)
    return (start,)


def _upwards(folder: str) -> Iterable[str]:
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        folder = above
        yield folder


def _found(asked: Asked) -> tuple[str, tuple[str, ...]]:
    """The distribution and its modules. A name that no distribution has may be that of a module."""
    import sys

    from gating.optional import installed, names

    if installed.find(asked.distribution, sys.path) is not None or asked.module is not None:
        return asked.distribution, names.modules_of(asked)
    owner = names.distribution_of(asked.distribution)
    if owner is None:
        return asked.distribution, names.modules_of(asked)
    modules = names.modules_of(owner)
    within = any(asked.distribution.startswith(f"{module}.") for module in modules)
    return ("", (asked.distribution,)) if within else (owner, modules)


def _remedy(asked: Asked) -> str:
    from gating.optional.availability import Availability
    from gating.optional.wording import mending
    from gating.words import State

    return mending(Availability(asked=asked, state=State.ABSENT)) or ""
