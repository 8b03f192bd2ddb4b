"""Folding: the fewest globs that name a set of tests, and no test beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from gating.policy.globs import escaped, fits

__all__ = ["fold", "is_module", "within"]


class _Kind(StrEnum):
    FOLDER = "folder"
    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    TEST = "test"


class _Node(NamedTuple):
    kind: _Kind
    id: str


_INSIDE = {_Kind.FOLDER: "/*", _Kind.MODULE: "::*", _Kind.CLASS: "::*"}
# what a node must have several of, or it says no more than that one
_SEVERAL = {_Kind.FOLDER: _Kind.MODULE, _Kind.CLASS: _Kind.FUNCTION, _Kind.FUNCTION: _Kind.TEST}


def fold(wanted: Collection[str], allowed: Collection[str], known: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Globs that fit every test of `wanted` and none of `known` that is not `allowed`; each with the tests it is for.

    `known` are the ids of all tests. A module of which every test is allowed is named as a whole, and so is a folder
    of several such modules, unless it holds every test there is; a class, and a test with parameters, likewise.
    """
    members = _members({*known, *wanted})
    free = {*allowed, *wanted}
    made: dict[str, tuple[str, ...]] = {}
    left = set(wanted)
    for one in sorted(wanted):
        if one not in left:
            continue
        for node in _nodes(one):
            if _is_whole(node, members, free):
                fitting = tuple(sorted(left & members[node]))
                made[_spelt(node, members[node], members)] = fitting
                left -= set(fitting)
                break
    return dict(sorted(made.items()))


def within(test_id: str, node: str) -> bool:
    """Whether a test lies in the module, folder or class `node`."""
    return test_id.startswith((f"{node}::", f"{node}/"))


def is_module(node: str) -> bool:
    """Whether the id of what was not collected is that of a module; else it is a folder's."""
    return "." in node.rpartition("/")[2]


def _nodes(test_id: str) -> Iterator[_Node]:
    """Where a test stands, outermost first, itself last."""
    path, _, rest = test_id.partition("::")
    folders = path.split("/")[:-1]
    for depth in range(1, len(folders) + 1):
        yield _Node(_Kind.FOLDER, "/".join(folders[:depth]))
    yield _Node(_Kind.MODULE, path)
    name, bracket, _ = rest.partition("[")
    *classes, function = name.split("::")
    for depth in range(1, len(classes) + 1):
        yield _Node(_Kind.CLASS, "::".join([path, *classes[:depth]]))
    if bracket and function:
        yield _Node(_Kind.FUNCTION, f"{path}::{name}")
    yield _Node(_Kind.TEST, test_id)


def _members(known: Collection[str]) -> dict[_Node, set[str]]:
    members: dict[_Node, set[str]] = {}
    for one in known:
        for node in _nodes(one):
            members.setdefault(node, set()).add(one)
    return members


def _is_whole(node: _Node, members: Mapping[_Node, set[str]], free: Collection[str]) -> bool:
    inside = members[node]
    if not inside <= set(free):
        return False
    if node.kind is _Kind.FOLDER and inside == {test for one in members.values() for test in one}:
        return False
    part = _SEVERAL.get(node.kind)
    return part is None or len({_part(test, part) for test in inside}) > 1


def _part(test_id: str, kind: _Kind) -> str:
    """The module of a test, its function, or itself."""
    if kind is _Kind.MODULE:
        return test_id.partition("::")[0]
    path, colons, rest = test_id.partition("::")
    return test_id if kind is _Kind.TEST else path + colons + rest.partition("[")[0]


def _spelt(node: _Node, inside: Collection[str], members: Mapping[_Node, set[str]]) -> str:
    """The node as a glob: as it reads, unless that fits more than what it means."""
    end = _INSIDE.get(node.kind, "")
    plain, exact = node.id + end, escaped(node.id) + end
    if plain == exact:
        return plain
    others = {one.id for one in members if one.kind is _Kind.TEST} - set(inside)
    means_the_same = all(fits(plain, one) for one in inside) and not any(fits(plain, one) for one in others)
    return plain if means_the_same else exact
