"""What the dead had used is counted once: by whoever waited for them, or as it was seen last."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.metrics.sampler.handover import Handover


class Simulated:
    """A process of a kernel that can be asked for the truth."""

    def __init__(self, pid: int, parent: int) -> None:
        self.pid = pid
        self.parent = parent
        self.own = self.children = 0
        self.over = False


class Kernel:
    """Processes that fork, work, end and wait, and all that they have used in truth."""

    def __init__(self) -> None:
        self.processes = {1: Simulated(1, 0)}
        self.used = 0
        self.lost = 0  # used by those whom nobody of the tree has waited for
        self._next = 2

    def steps(self, chance: random.Random, number: int, *, orphans: bool) -> None:
        for _ in range(number):
            self.step(chance, orphans=orphans)

    def step(self, chance: random.Random, *, orphans: bool) -> None:
        living = [process for process in self.processes.values() if not process.over]
        one = chance.choice(living)
        action = chance.choice(["fork", "work", "work", "end", "wait", "wait"])
        if action == "fork" and len(self.processes) < 8:
            self.processes[self._next] = Simulated(self._next, one.pid)
            self._next += 1
        elif action == "work":
            amount = chance.randrange(1, 5)
            one.own += amount
            self.used += amount
        elif action == "end" and one.pid != 1:
            left = [child for child in self.processes.values() if child.parent == one.pid]
            if left and not orphans:
                return
            one.over = True
            for child in left:
                child.parent = 0
        elif action == "wait":
            for child in [child for child in self.processes.values() if child.parent == one.pid and child.over]:
                one.children += child.own + child.children
                del self.processes[child.pid]
        for child in [child for child in self.processes.values() if child.parent == 0 and child.over]:
            self.lost += child.own + child.children  # the system's first process has waited
            del self.processes[child.pid]


class Member:
    """What is known of a simulated process, as of the last look."""

    def __init__(self, seen: Simulated) -> None:
        self.pid, self.parent = seen.pid, seen.parent
        self.ignores_children = False
        self.settled = (0, 0, 0, 0)
        self.look(seen)

    def look(self, seen: Simulated) -> None:
        self.parent, self.own, self.children = seen.parent, seen.own, seen.children

    def handed_over(self) -> tuple[int, int, int, int]:
        return self.children, 0, 0, 0

    def used(self) -> list[int]:
        return [self.own + self.children, 0, 0, 0]


def sample(kernel: Kernel, members: dict[int, Member], handover: Handover, between: Any) -> int:
    """One look at everybody, parents first, while the others go on; what is reported then."""
    for member in members.values():
        between()
        seen = kernel.processes.get(member.pid)
        if seen is not None and seen.over:
            member.look(seen)  # its death was heard of
    line, gone = list(members.values()), []
    for member in line:
        between()
        seen = kernel.processes.get(member.pid)
        if seen is None:
            gone.append(member)
            continue
        member.look(seen)
        found = [child for child in kernel.processes.values() if child.parent == member.pid]
        line += [members.setdefault(child.pid, Member(child)) for child in found if child.pid not in members]
    for member in gone:
        del members[member.pid]
    handover.settle(gone, members)  # type: ignore[arg-type]
    for member in members.values():
        member.settled = member.handed_over()
    return sum(member.used()[0] for member in members.values()) + handover.total()[0]


@given(st.randoms(use_true_random=False), st.integers(0, 4), st.integers(0, 30))
def test_where_every_parent_waits_nothing_is_lost_and_nothing_counted_twice(
    chance: random.Random, racing: int, apart: int
) -> None:
    kernel, handover = Kernel(), Handover()
    members = {1: Member(kernel.processes[1])}
    for _ in range(30):
        kernel.steps(chance, apart, orphans=False)
        told = sample(kernel, members, handover, lambda: kernel.steps(chance, racing, orphans=False))
        assert told <= kernel.used
    for _ in range(2):
        told = sample(kernel, members, handover, lambda: None)
    assert told == kernel.used


@given(st.randoms(use_true_random=False), st.integers(0, 4), st.integers(0, 30))
def test_with_orphans_no_more_is_told_than_was_used(chance: random.Random, racing: int, apart: int) -> None:
    kernel, handover = Kernel(), Handover()
    members = {1: Member(kernel.processes[1])}
    for _ in range(30):
        kernel.steps(chance, apart, orphans=True)
        assert sample(kernel, members, handover, lambda: kernel.steps(chance, racing, orphans=True)) <= kernel.used
    for _ in range(2):
        told = sample(kernel, members, handover, lambda: None)
    assert kernel.used - kernel.lost <= told + sum(
        process.own + process.children for process in kernel.processes.values() if process.pid not in members
    )


def member(pid: int, parent: int, used: int) -> Member:
    made = Member(Simulated(pid, parent))
    made.own = used
    return made


def test_what_an_orphan_had_used_is_kept() -> None:
    handover = Handover()
    handover.settle([member(5, 1, 30)], {2: member(2, 1, 7)})  # type: ignore[list-item, dict-item]
    assert handover.total()[0] == 30


@pytest.mark.parametrize("gained", [0, 10, 30, 100])
def test_what_a_parent_does_not_gain_is_kept(gained: int) -> None:
    handover, parent = Handover(), member(2, 1, 7)
    handover.settle([member(5, 2, 30)], {2: parent})  # type: ignore[list-item, dict-item]
    assert handover.total()[0] == 30  # it may be about to wait
    assert handover.awaiting() == [2]
    parent.settled = parent.handed_over()
    parent.children += gained
    handover.settle([], {2: parent})  # type: ignore[dict-item]
    assert handover.total()[0] == max(0, 30 - gained)
    handover.settle([], {2: parent})  # type: ignore[dict-item]
    assert handover.total()[0] == max(0, 30 - gained)
