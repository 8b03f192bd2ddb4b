"""Guards: the lines that cannot be reached where modules are absent, found in the source without running it.

What is called unreachable must be: wherever the source leaves it open, the line counts as one that can be reached.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gating.coverage.guards.file import Decision, File
from gating.coverage.guards.project import Project
from gating.coverage.guards.values import Reason
from gating.coverage.guards.world import World

__all__ = ["Guards", "Reason", "analyse", "unreachable"]


@dataclass(frozen=True, kw_only=True)
class Guards:
    """What of one file cannot be reached: lines, and tests that have one outcome only, by their line.

    `vain` are lines that could be reached, and that lead to nothing but a misuse of what is absent, such as the
    NameError of a name that its import would have bound: no test that passes gets there, unless it expects that.
    """

    lines: Mapping[int, Reason] = field(default_factory=dict)
    vain: Mapping[int, Reason] = field(default_factory=dict)
    decisions: Mapping[int, Decision] = field(default_factory=dict)

    def branches(self, known: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Reason]:
        """Those of the file's branches that are never taken: from or to a dead line, or against a decided test."""
        found = {}
        for start, end in known:
            why = self.lines.get(start) or self.lines.get(end) or self.vain.get(start) or self.vain.get(end)
            decision = self.decisions.get(start)
            if why is None and decision is not None:
                inside = decision.first <= end <= decision.last
                why = decision.why if inside is not decision.true else None
            if why is not None:
                found[start, end] = why
        return found


def analyse(
    files: Mapping[str, str],
    absent: Collection[str],
    *,
    python: tuple[int, int],
    platform: str,
    os_name: str,
    roots: Sequence[str] = (".",),
    present: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> dict[str, Guards]:
    """What of the files cannot be reached, by path; files of which all can be are left out.

    `files` are sources by path, with forward slashes; `roots` the folders that their modules are imported from.
    `absent` are the dotted names of modules that cannot be imported, `present` those that surely can; of all others
    either is possible. `python` is the minor version, `platform` and `os_name` are `sys.platform` and `os.name`.
    `names` leads from requirements, as `available` takes them, to modules. A file that cannot be parsed, or is nested
    too deep to be followed, is left out.
    """
    folded = {name.lower().replace("_", "-").replace(".", "-"): module for name, module in (names or {}).items()}
    world = World(
        absent=frozenset(absent),
        present=frozenset(present) - frozenset(absent),
        python=python,
        platform=platform,
        os_name=os_name,
        names=folded,
    )
    project = Project(files, world, roots)
    project.run()
    return {
        path: Guards(lines=dict(sorted(found.dead.items())), vain=_vain(found), decisions=found.decisions)
        for path, found in sorted(project.seen.items())
        if found.dead or found.decisions or found.vain
    }


def _vain(found: File) -> dict[int, Reason]:
    return {line: why for line, why in sorted(found.vain.items()) if line not in found.dead}


def unreachable(
    files: Mapping[str, str],
    absent: Collection[str],
    *,
    python: tuple[int, int],
    platform: str,
    os_name: str,
    roots: Sequence[str] = (".",),
    present: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> dict[str, Mapping[int, Reason]]:
    """The lines of each file that cannot be reached, with the reason; the parameters are those of `analyse`."""
    found = analyse(
        files,
        absent,
        python=python,
        platform=platform,
        os_name=os_name,
        roots=roots,
        present=present,
        names=names,
    )
    return {path: guards.lines for path, guards in found.items() if guards.lines}
