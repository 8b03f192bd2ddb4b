"""Names: which modules a distribution brings, and which distribution brings a module, from metadata alone.

In this order: what the policy names, `Import-Name` (PEP 794), `top_level.txt`, the RECORD, and the distribution's
own name as a module would be spelt. Nothing is imported, and no map of everything is built.
"""

from __future__ import annotations

import sys

from gating.optional import installed
from gating.optional.asked import Asked, normalise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gating.optional.installed import Distribution

__all__ = [
    "brings",
    "distribution_of",
    "guessed",
    "has_files",
    "modules_of",
    "needs_no_module",
    "owner_of",
    "plainly_told_by",
    "told_by",
]

_told: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {}
_CODE = (".py", ".pyc", ".so", ".pyd")


def modules_of(distribution: str | Asked, *, folders: Sequence[str] | None = None) -> tuple[str, ...]:
    """The import names of a distribution, the one to import first; at least one, if only a guess.

    A name is that of a top-level module, or a dotted one where a namespace above it (PEP 420) is shared with
    others: `google.cloud.storage`. For an `Asked` the module that the policy names comes first. `folders` are those
    of the path that is looked at, None for this process's own.
    """
    name = distribution.distribution if isinstance(distribution, Asked) else distribution
    given = distribution.module if isinstance(distribution, Asked) else None
    found = installed.find(name, sys.path if folders is None else folders)
    names = told_by(found, name) if found else ()
    if given is None:
        return names or guessed(name)[:1]
    return (given, *(one for one in names if one != given))


def distribution_of(module: str, *, folders: Sequence[str] | None = None) -> str | None:
    """The name of the distribution that brings a module, which may be dotted or a namespace; None where none does."""
    found = owner_of(module, sys.path if folders is None else folders)
    return found.name if found else None


def owner_of(module: str, folders: Sequence[str]) -> Distribution | None:
    """The distribution that brings a module and tells a version, one of the same name first."""
    others = []
    named = normalise(module)
    for name, one in installed.every(folders):
        if name == named and one.version is not None and brings(one, module):
            return one
        others.append(one)
    return next((one for one in others if one.version is not None and brings(one, module)), None)


def plainly_told_by(one: Distribution, name: str) -> tuple[str, ...]:
    """What `told_by` can tell without reading through the RECORD, which may have many thousand lines; () for nothing.

    A name may be that of a namespace that others share.
    """
    head = one.head
    known = _told.get((one.folder, name))
    if known is not None and known[0] is head:  # the same text, since its file has not changed
        return known[1]
    names = (_dotted(one, name) if "." in name else []) + _declared(one)
    names = names or [spelt for spelt in guessed(name) if brings(one, spelt)]
    told = tuple(sorted(dict.fromkeys(names), key=lambda spelt: _unlikely(spelt, name)))
    _told[one.folder, name] = (head, told)
    return told


def told_by(one: Distribution, name: str) -> tuple[str, ...]:
    """The import names that a distribution's metadata tells, the likeliest to be meant by `name` first; () for none."""
    names = _declared(one)
    recorded = _recorded(one.text("RECORD"))
    regular = {spelt.partition(".")[0] for spelt in recorded if "." not in spelt}
    shared = {top for spelt in recorded if (top := spelt.partition(".")[0]) not in regular}
    if not names:
        names = recorded
    elif recorded:  # a namespace is all that top_level.txt tells of those who share it
        below = [spelt for spelt in recorded if spelt.partition(".")[0] in shared & set(names)]
        names = [*(spelt for spelt in names if spelt not in shared), *below]
    dotted = [spelt for spelt in _dotted(one, name) if "." in name or spelt.partition(".")[0] in shared]
    return tuple(sorted(dict.fromkeys([*dotted, *names]), key=lambda spelt: _unlikely(spelt, name)))


def _dotted(one: Distribution, name: str) -> list[str]:
    """The distribution's name as a path of packages, `google.cloud.storage`, where it has files of that."""
    spelt = normalise(name).replace("-", ".")
    return [spelt] if "." in spelt and brings(one, spelt) else []


def guessed(name: str) -> tuple[str, ...]:
    """How a module would be spelt that has the distribution's name; the likeliest first."""
    spelt = name.replace("-", "_")
    plain = normalise(name).replace("-", "_")
    return tuple(
        dict.fromkeys((plain.replace(".", "_") if "." not in spelt else spelt, spelt.replace(".", "_"), plain))
    )


def brings(one: Distribution, module: str) -> bool:
    """Whether a distribution has files of a module, or of something below it."""
    if module in _import_names(one.head):
        return True
    record = one.text("RECORD")
    if record is None:
        return module.partition(".")[0] in (one.text("top_level.txt") or "").split()
    path, lines = module.replace(".", "/"), f"\n{record}"
    if f"\n{path}/" in lines or f"\n{path}.py," in lines:
        return True
    return f"\n{path}." in lines and module in _recorded(record)


def has_files(one: Distribution, module: str) -> bool:
    """Whether files of a namespace that a distribution's RECORD lists are there; an editable one lists none."""
    if one.editable:
        return True
    start = module.replace(".", "/") + "/"
    listed = (path for path in _paths(one.text("RECORD") or "") if path.startswith(start) and _is_code(path))
    return any(one.has(path) for path in listed)


def needs_no_module(one: Distribution) -> bool:
    """Whether it is right that a distribution has no module: it only asks for others, or brings other files."""
    listed = [path for path in _paths(one.text("RECORD") or "") if ".dist-info/" not in path]
    return any(one.has(path) for path in listed) if listed else "\nRequires-Dist:" in one.head


def _unlikely(module: str, name: str) -> tuple[bool, ...]:
    wanted, own = normalise(name), normalise(module)
    private = any(part.startswith("_") for part in module.split("."))
    return (private, own != wanted, module in {"test", "tests", "docs"}, own not in wanted)


def _declared(one: Distribution) -> list[str]:
    """The import names in so many words: `Import-Name`, else `top_level.txt`."""
    told = _import_names(one.head) or [spelt.replace("/", ".") for spelt in (one.text("top_level.txt") or "").split()]
    # `psutil-stubs` is a name that nothing can import
    return [spelt for spelt in told if all(map(str.isidentifier, spelt.split(".")))]


def _import_names(head: str) -> list[str]:
    names = []
    for line in head.splitlines():
        if line.startswith("Import-Name:"):
            name, _, flag = line.partition(":")[2].partition(";")
            if name.strip() and flag.strip() != "private":
                names.append(name.strip())
    return names


def _recorded(record: str | None) -> list[str]:
    """The packages and modules whose files are listed: each the shortest name that no namespace is left above."""
    paths = [path for path in _paths(record or "") if _is_code(path)]
    packages = {path.rpartition("/")[0] for path in paths if path.rpartition("/")[2].partition(".")[0] == "__init__"}
    names: dict[str, None] = {}
    for path in paths:
        parts = path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        found = next((folder for folder in above if folder in packages), None)
        name = found or "/".join([*parts[:-1], parts[-1].partition(".")[0]])
        names[name.replace("/", ".")] = None
    return list(names)


def _paths(record: str) -> Iterable[str]:
    """The first column: few files have a comma or a quote in their names, and those are no modules."""
    return (line.partition(",")[0] for line in record.splitlines())


def _is_code(path: str) -> bool:
    *folders, file = path.split("/")
    stem = file.partition(".")[0]
    return (
        file.endswith(_CODE)
        and stem.isidentifier()
        and all(map(str.isidentifier, folders))
        and ("__pycache__" not in folders)
    )
