"""Learn: the needs of tests, from what a drift run has recorded; for a person to review.

A test that broke without a dependency, and not in the full run, needs it; one that broke without each of two needs
both. What breaks only where several are away at once cannot be said by a need, and is named instead. A test that
skips itself breaks nothing; its need too is learned where that is asked for, as learning by parts of a suite wants it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gating.adopt.folding import fold, is_module, within
from gating.optional.asked import asked
from gating.policy.globs import escaped, fits, fits_all_of
from gating.policy.model import Fallback

if TYPE_CHECKING:
    from gating.policy import Policy

__all__ = ["Learned", "learned"]

_ALL = "all"
_SHOWN = 5  # ids in a note


@dataclass(frozen=True, kw_only=True)
class Learned:
    """Lines for `[tool.gating.needs]` that are not there yet: globs of test ids, with the dependencies they need.

    `why` has a line on each glob; `notes` are on what could not be attributed.
    """

    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class _Broke:
    """What a dependency's absence breaks: `wanted` are tests that need it, `dead` what cannot be imported."""

    def __init__(
        self, entry: Mapping[str, Any], reference: Mapping[str, Any], policy: Policy, *, skips: bool = False
    ) -> None:
        self.name = str(entry["name"])
        self.globs = [
            glob
            for glob, lines in policy.needs.items()
            if self.name in {asked(line, policy.optional).name for line in lines}
        ]
        self.is_whole = not reference.get("partial")
        broken = [str(one["id"]) for one in entry["broken"]]
        left_out = [one for one in entry["not_run"] if self.name in one["needs"]]
        # a module that was left out because its import failed says so more plainly by a line of its own
        died = [one["id"] for one in left_out if "::" not in one["id"] and self.name in one["undeclared"]]
        self.dead = sorted({one for one in (*broken, *died) if "::" not in one and not self._says(one)})
        self.known = {*reference.get("tests", ()), *(one for one in broken if "::" in one)}
        self.wanted = {one for one in broken if "::" in one and not any(fits(glob, one) for glob in self.globs)}
        if skips:
            mute = {str(one["id"]) for one in (*left_out, *entry["skipped"]) if "::" in one["id"]}
            self.wanted |= {one for one in mute if not any(fits(glob, one) for glob in self.globs)}
            self.known |= mute
        accounted = {one["id"] for one in (*left_out, *entry["skipped"])}
        self.allowed = {one for one in self.known if one in accounted or any(fits(glob, one) for glob in self.globs)}
        self.allowed |= {one for one in self.known if any(within(one, node) for node in accounted)}
        self._bury()

    def _says(self, node: str) -> bool:
        return any(fits_all_of(glob, node) for glob in self.globs)

    def _bury(self) -> None:
        """Every test of a module that cannot be imported needs it; where none is known, the module stands for them."""
        for node in self.dead:
            inside = {one for one in self.known if within(one, node)} or ({f"{node}::"} if is_module(node) else set())
            self.known |= inside
            self.wanted |= inside

    def folded(self) -> dict[str, tuple[str, ...]]:
        """The globs, each with the tests that it is for."""
        folders = [node for node in self.dead if not is_module(node)]
        made: dict[str, tuple[str, ...]] = {f"{escaped(node)}/*": self._inside(node) for node in folders}
        left = {one for one in self.wanted if not any(within(one, node) for node in folders)}
        if self.is_whole:
            return {**made, **fold(left, self.allowed, self.known)}
        # of a part of the suite nothing is known but what it ran; only what cannot be imported is known as a whole
        modules = [node for node in self.dead if is_module(node)]
        made.update({f"{escaped(node)}::*": self._inside(node) for node in modules})
        made.update({escaped(one): (one,) for one in left if not any(within(one, node) for node in modules)})
        return made

    def _inside(self, node: str) -> tuple[str, ...]:
        return tuple(sorted(one for one in self.wanted if within(one, node)))


def learned(document: Mapping[str, Any], policy: Policy, *, skips: bool = False) -> Learned:
    """What the drift record `gating.drift/1` teaches beside the needs that the policy has.

    With `skips` it is also learned of tests that were skipped without a dependency, and ran with it.
    """
    references = document["references"]
    entries = [one for one in document["entries"] if one["name"] in policy.optional]
    broke = [_Broke(one, references.get(one["reference"], {}), policy, skips=skips) for one in entries]
    needs: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for one in broke:
        for glob, tests in one.folded().items():
            needs.setdefault(glob, []).append(one.name)
            counts[glob] = max(counts.get(glob, 0), sum(not test.endswith("::") for test in tests))
    known = {test for one in broke for test in one.known}
    verb = " broke, or were not run," if skips else " broke"
    made: dict[str, tuple[str, ...]] = {}
    why: dict[str, str] = {}
    notes = [*_notes(entries, references)]
    for glob, names in sorted(needs.items()):
        free = next((each for each in _spellings(glob, known) if each not in policy.needs), None)
        if free is None:
            notes.append(f"{glob} has a line already: add {', '.join(names)} to it")
            continue
        made[free] = tuple(names)
        what = f"{counts[glob]} test{'' if counts[glob] == 1 else 's'}" if counts[glob] else "cannot be imported"
        why[free] = f"{what}{verb if counts[glob] else ''} without {' and without '.join(names)}"
    notes += [
        f'{_named(one.dead)} cannot be imported without {one.name}; with fallback = "shim" for it, only the tests '
        "that use it would need it"
        for one in broke
        if one.dead and policy.optional[one.name].fallback is Fallback.SKIP
    ]
    notes += _unattributed(document["entries"], {one.name: one for one in broke})
    return Learned(needs=made, why=why, notes=tuple(notes))


def _spellings(glob: str, known: Iterable[str]) -> Iterator[str]:
    """The glob, and what means the same of the tests there are: a line that a person has written stays as it is."""
    yield glob
    if glob.endswith("*"):
        yield glob.removesuffix("::*").removesuffix("/*")
    for depth in range(1, 5):
        other = "**/" * depth + glob
        if all(fits(glob, one) for one in known if fits(other, one)):
            yield other


def _notes(entries: Iterable[Mapping[str, Any]], references: Mapping[str, Any]) -> Iterable[str]:
    for entry in entries:
        if entry["outcome"] == "fail" and not entry["broken"]:
            yield f"nothing is learned of {entry['name']}: {entry['reason']}"
        if entry["unsteady"]:
            ids = [one["id"] for one in entry["unsteady"]]
            yield f"unsteady without {entry['name']}, and so left out: {_named(ids)}"
        if partial := references.get(entry["reference"], {}).get("partial"):
            yield f"{entry['name']} was tried on a part of the suite, so no line is for more than a test: {partial[0]}"


def _unattributed(entries: Iterable[Mapping[str, Any]], broke: Mapping[str, _Broke]) -> Iterable[str]:
    for entry in entries:
        if entry["name"] != _ALL:
            continue
        explained = [broke[name] for name in entry["without"] if name in broke]
        left = [
            one["id"]
            for one in entry["broken"]
            if not any(
                one["id"] in {*each.wanted, *each.dead} or any(within(one["id"], node) for node in each.dead)
                for each in explained
            )
        ]
        if left:
            yield f"not attributed, for it breaks only where several are away at once: {_named(left)}"


def _named(ids: Sequence[str]) -> str:
    more = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
