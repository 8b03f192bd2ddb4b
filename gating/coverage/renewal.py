"""Renewal: a reach made from what was learned, with what people and absence runs have said of it before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from gating.coverage.keys import Keys
from gating.coverage.learn import Learnt, NeedSet, Reached
from gating.coverage.measured import Branch, MeasuredFile
from gating.coverage.reach import Entry, FileReach, Point, Reach, Reference

__all__ = ["Place", "accepting", "disproved", "only_by", "renewed", "with_residue"]

Place = tuple[str, int, int | None]  # a path, a line, and where its branch leads; None for the line itself


def renewed(learnt: Learnt, sources: Mapping[str, str], reference: Reference, old: Reach | None = None) -> Reach:
    """The reach that was learned, from the measured files' texts by path; a file without one is left out.

    Of `old` stays what somebody accepted, while it is not covered, what absence runs showed, and what was unsteady:
    what two runs covered by chance is no less a chance.
    """
    files = {}
    for path, measured in learnt.reference.files.items():
        if path in sources:
            before = (old.files.get(path) if old else None) or FileReach()
            unsteady = learnt.unsteady.get(path, MeasuredFile())
            one = _file(Keys.of(sources[path]), measured, unsteady, learnt.reached.get(path, Reached()), before)
            if one.points or measured.statements:  # named even so: else nobody could tell that it has dropped out
                files[path] = one
    return Reach(reference=reference, files=dict(sorted(files.items())))


def with_residue(reach: Reach, without: NeedSet, places: Iterable[Place], sources: Mapping[str, str]) -> Reach:
    """The reach with what a run without these dependencies left, in place of what an earlier one did."""
    points = _points(places, sources)
    files = dict(reach.files)
    for path in sorted({*files, *points}):
        known, left = files.get(path, FileReach()), points.get(path, frozenset())
        entries = dict(known.entries)
        for point in sorted({*entries, *left}, key=repr):
            entry = entries.get(point, Entry())
            sets = entry.without - {without} | ({without} if point in left else frozenset())
            if sets != entry.without:
                entries[point] = replace(entry, without=sets, reason=_reason(sets))
        entries = {point: entry for point, entry in entries.items() if entry.by or entry.without}
        files[path] = replace(known, entries=entries)
    return replace(reach, files=dict(sorted(files.items())))


def only_by(reach: Reach, known: Collection[NeedSet]) -> Reach:
    """The reach with what runs without these showed, and nothing of any other absence run."""
    for without in {each for one in reach.files.values() for entry in one.entries.values() for each in entry.without}:
        if without not in known:
            reach = with_residue(reach, without, (), {})
    return reach


def disproved(reach: Reach, places: Iterable[Place], sources: Mapping[str, str]) -> Reach:
    """The reach that says nothing any more of the need-sets of these places, which ran without them."""
    files = dict(reach.files)
    for path, points in _points(places, sources).items():
        known = files.get(path, FileReach())
        entries = {
            point: replace(entry, by=frozenset()) if point in points else entry
            for point, entry in known.entries.items()
            if point not in points or entry.without
        }
        files[path] = replace(known, entries=entries)
    return replace(reach, files=dict(sorted(files.items())))


def accepting(reach: Reach, places: Iterable[Place], sources: Mapping[str, str], reason: str) -> Reach:
    """The reach that no longer requires what stands in these places, for the reason that somebody gives."""
    files = dict(reach.files)
    for path, points in _points(places, sources).items():
        known = files.get(path, FileReach())
        files[path] = replace(known, accepted={**known.accepted, **dict.fromkeys(points, reason)})
    return replace(reach, files=dict(sorted(files.items())))


def _file(keys: Keys, measured: MeasuredFile, unsteady: MeasuredFile, reached: Reached, old: FileReach) -> FileReach:
    lines = keys.keys(measured.statements - measured.covered - unsteady.statements)
    uncovered = lines | _branches(keys, measured.branches - measured.taken - unsteady.branches)
    sometimes = keys.keys(unsteady.statements) | _branches(keys, unsteady.branches)
    by: dict[Point, frozenset[NeedSet]] = {
        key: sets for line, sets in reached.lines.items() if (key := keys.key(line)) is not None
    }
    for branch, sets in reached.branches.items():
        # of a line that needs the same, the ways from it and to it need no entry of their own
        if sets not in (reached.lines.get(branch[0]), reached.lines.get(branch[1])):
            way = keys.branch_key(*branch)
            by |= {} if way is None else {way: sets}
    entries = {point: Entry(by=sets) for point, sets in by.items()}
    everything = keys.keys(measured.covered) | _branches(keys, measured.taken)
    sometimes |= old.unsteady & (everything | uncovered)
    for point, entry in old.entries.items():
        if entry.without and point in everything:
            entries[point] = replace(entries.get(point, Entry()), without=entry.without, reason=entry.reason)
    accepted = {point: why for point, why in old.accepted.items() if point in uncovered or point in sometimes}
    return FileReach(
        uncovered=uncovered - sometimes - accepted.keys(),
        unsteady=sometimes - accepted.keys(),
        accepted=accepted,
        entries=entries,
    )


def _branches(keys: Keys, branches: Iterable[Branch]) -> frozenset[Point]:
    return frozenset(keys.branch_keys(branches).values())


def _reason(sets: Iterable[NeedSet]) -> str:
    return "; ".join(f"not run by the suite without {', '.join(names)}" for names in sorted(map(sorted, sets)))


def _points(places: Iterable[Place], sources: Mapping[str, str]) -> dict[str, frozenset[Point]]:
    """The keys of places, by path; those without one are left out."""
    found: dict[str, set[Point]] = {}
    known: dict[str, Keys] = {}
    for path, line, to in sorted(places, key=lambda one: (one[0], one[1], one[2] or 0)):
        if path not in sources:
            continue
        if path not in known:
            known[path] = Keys.of(sources[path])
        keys = known[path]
        point: Point | None = keys.key(line) if to is None else keys.branch_key(line, to)
        if point is not None:
            found.setdefault(path, set()).add(point)
    return {path: frozenset(points) for path, points in sorted(found.items())}
