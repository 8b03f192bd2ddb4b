"""Asking: what a file's owner declares of an optional dependency, and the answer, remembered while nothing changes."""

from __future__ import annotations

import os
import sys
import time

from gating.optional.asked import Asked, asked, normalise
from gating.optional.owner import Owner, owner_of
from gating.tuples import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.optional.availability import Availability
    from gating.policy import Policy

__all__ = ["Asker", "asked_of", "asker_of", "forget", "found_for", "plausible", "remembered"]

_LONGEST = 2000  # characters; no requirement is longer, and patterns need not be tried on one that is
_KEPT = 256  # answers; a program asks for a handful
_FRESH_NS = 50_000_000  # what changed so lately may change again without another time stamp


class Asker(NamedTuple):
    """Who asks: the owner of the calling file, and its policy, None where it has none or where it cannot be read.

    `trouble` says why it cannot, and is None otherwise.
    """

    owner: Owner
    policy: Policy | None = None
    trouble: str | None = None


class _Answer(NamedTuple):
    """What was found, the modules that it hangs on as they were loaded, what else it was read from, and its stamps."""

    found: Availability
    modules: tuple[str, ...]
    loaded: tuple[object, ...]
    around: tuple[object, ...]
    seen: tuple[str, ...]
    stamps: tuple[object, ...]


_askers: dict[str | None, tuple[Asker, tuple[object, ...]]] = {}
_answers: dict[tuple[str, str | None], _Answer] = {}


def found_for(requirement: str, file: str | None) -> Availability:
    """What is there, in this process, of what the code in `file` asks for. Raises `UsageError` for no requirement."""
    key = requirement, file
    kept = _answers.get(key)
    if kept is not None and _holds(kept):
        return kept.found
    from gating.optional.state import look

    asker = asker_of(file)
    found = look(asked_of(requirement, asker))
    if asker.trouble is not None:
        found = found._replace(notes=(*found.notes, asker.trouble))
    module = found.module or found.name
    modules = (module, module.partition(".")[0])
    seen = (*sys.path, *asker.owner.seen, *([found.path] if found.path else []))
    answer = _Answer(found, modules, _loaded(modules), _around(), seen, _stamps(seen))
    if len(_answers) >= _KEPT:
        _answers.clear()
    if _settled(answer.stamps):
        _answers[key] = answer
    return found


def forget() -> None:
    """Forget every answer, as if nothing had been asked."""
    _answers.clear()
    _askers.clear()


def remembered() -> int:
    """How many answers are kept."""
    return len(_answers)


def asker_of(file: str | None) -> Asker:
    """Who asks, by the calling file. Nothing raises."""
    kept = _askers.get(file)
    if kept is not None and kept[1] == (len(os.environ), *_stamps(kept[0].owner.seen)):
        return kept[0]
    asker = _asker(owner_of(file, os.environ))
    if len(_askers) >= _KEPT:
        _askers.clear()
    stamps = _stamps(asker.owner.seen)
    if _settled(stamps):
        _askers[file] = asker, (len(os.environ), *stamps)
    return asker


def asked_of(requirement: str, asker: Asker) -> Asked:
    """What a requirement asks for, with what its owner's policy or metadata says. Raises `UsageError` for none."""
    owner, optional = asker.owner, asker.policy.optional if asker.policy else {}
    one = asked(plausible(requirement), optional)
    if owner.tree is not None:
        one = one._replace(tree=owner.tree)
    if owner.policy is not None:
        from gating.optional.ownership import editable

        if normalise(one.name) in map(normalise, optional):
            return one
        owner = (editable(owner.tree) if owner.tree else None) or owner
    if owner.application is None or owner.info is None:
        return one
    from gating.optional.declared import as_declared

    return as_declared(one, owner.application, owner.info)


def plausible(requirement: object) -> str:
    """`requirement` where it can be one. Raises `UsageError` for what is no text, and for more text than any needs."""
    if isinstance(requirement, str) and len(requirement) <= _LONGEST:
        return requirement
    from gating.errors import UsageError

    raise UsageError(f"{str(requirement)[:80]!r} is no requirement; it is written as 'torch' or 'torch>=2.2'")


def _asker(owner: Owner) -> Asker:
    if owner.policy is None:
        return Asker(owner)
    from gating.errors import GatingError
    from gating.policy import load_policy

    try:
        return Asker(owner, load_policy(owner.tree or owner.policy))
    except GatingError as error:
        line = str(error).partition("\n")[0]
        return Asker(owner, trouble=f"the policy is not read: {line}")


def _holds(answer: _Answer) -> bool:
    return (
        all(now is then for now, then in zip(_loaded(answer.modules), answer.loaded, strict=True))
        and answer.around == _around()
        and answer.stamps == _stamps(answer.seen)
    )


def _loaded(modules: tuple[str, ...]) -> tuple[object, ...]:
    """What stands in `sys.modules`, where None is not the same as nothing."""
    return tuple(sys.modules.get(name, _Answer) for name in modules)


def _around() -> tuple[object, ...]:
    """What decides, beside files, which module an import finds and which policy holds."""
    hidden = sys.modules.get("gating.optional.hidden")  # nothing is hidden where that was never loaded
    concealed = hidden.everything() if hidden else ()
    return (*sys.path, *sys.meta_path, *sys.path_hooks, *concealed, len(os.environ))


def _stamps(paths: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(map(_stamp, paths))


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        told = os.stat(path or os.curdir)
    except (OSError, ValueError):  # not there, or a NUL in its name
        return None
    return told.st_mtime_ns, told.st_ino, told.st_size


def _settled(stamps: tuple[object, ...]) -> bool:
    """Whether nothing has changed just now: a second change within a file system's tick would leave the same stamp."""
    latest = max((one[0] for one in stamps if isinstance(one, tuple)), default=0)
    return not 0 <= time.time_ns() - latest < _FRESH_NS
