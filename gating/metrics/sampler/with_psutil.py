"""The process tree where there is no /proc, as psutil knows it. What it cannot know is None."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

__all__ = ["NOT_HERE", "Tree", "load", "whole"]

_NO_PSS = "only /proc/PID/smaps_rollup tells it"
NOT_HERE = "psutil does not know it on this system"
_TREE_COUNTERS = ("user", "system", "read", "written", "voluntary", "involuntary")


def load(file: str) -> "ModuleType | None":
    """The package psutil whose `__init__` is that file, None where it cannot be imported."""
    folder = os.path.dirname(os.path.dirname(file))
    sys.path.append(folder)  # behind the standard library
    try:
        import psutil
    except Exception:  # noqa: BLE001 - whatever a damaged installation raises
        return None
    finally:
        sys.path.remove(folder)
    return psutil


class _Member:
    """A process of the tree, and what it was seen to have used last; None is unknown."""

    __slots__ = ("counters", "denied", "descriptors", "is_zombie", "process", "rss", "threads")

    def __init__(self, process: "Any") -> None:
        self.process = process
        self.counters: dict[str, float | None] = dict.fromkeys(_TREE_COUNTERS)
        self.denied = self.is_zombie = False
        self.rss = self.threads = self.descriptors = 0


class Tree:
    """What the watched processes have used, with the interface of the reader of /proc.

    The processor time and the I/O of a child that has ended are in its parent's, where the system adds them up, and
    else what was seen of them last. Orphans stay members once they were seen; `reaper` and `mark` find none here.
    """

    def __init__(self, psutil: "ModuleType") -> None:
        self._psutil = psutil
        self._members: dict[int, _Member] = {}
        self._root: Any = None
        # where a parent's counters do not hold those of the children that it has waited for
        alone = psutil.WINDOWS or psutil.MACOS
        self._kept = {
            "user": alone,
            "system": alone,
            "read": not psutil.LINUX,
            "written": not psutil.LINUX,
            "voluntary": True,
            "involuntary": True,
        }
        self._past = dict.fromkeys(_TREE_COUNTERS, 0.0)  # of the dead, where they have to be kept
        self._first: dict[str, float | None] | None = None
        self._at_most: dict[str, float] = {}
        self.ignored_children = False  # psutil does not tell
        self.peak_rss_bytes: int | None = None
        self.pss_cpu_s = 0.0
        self.root_started: int | None = None  # in ticks, which nobody counts here
        self.missing = {"tree.pss_bytes": _NO_PSS, "tree.pss_age_s": _NO_PSS}
        here = psutil.Process()
        for key, call in {
            "read_bytes": "io_counters",
            "write_bytes": "io_counters",
            "descriptors": "num_fds",
            "voluntary_switches": "num_ctx_switches",
            "involuntary_switches": "num_ctx_switches",
        }.items():
            if not hasattr(here, call):
                self.missing[f"tree.{key}"] = NOT_HERE
        if psutil.WINDOWS:
            self.missing["tree.involuntary_switches"] = NOT_HERE

    def watch(self, pid: int, *, owned: bool, reaper: int | None = None, mark: str | None = None) -> bool:  # noqa: ARG002
        """Begin to follow the tree of `pid`; whether it is there. `owned`: all that it has used counts."""
        try:
            self._root = self._psutil.Process(pid)
        except self._psutil.Error:
            return False
        if owned:
            self._first = dict.fromkeys(_TREE_COUNTERS, 0.0)
        self._enter(self._root)
        return True

    def alive(self) -> tuple[bool, int]:
        """Whether the watched process lives, and how many other members do; zombies do not."""
        running = {member.process.pid for member in self._members.values() if self._is_running(member.process)}
        root = self._root is not None and self._root.pid in running
        return root, len(running) - root

    def sample(self, now_s: float = 0.0) -> "dict[str, Any]":  # noqa: ARG002
        """The values of a sample's `tree`: counters since the recording's start, and levels of now."""
        self._look_around()
        seen = [member for member in self._members.values() if self._look(member)]
        living = [member for member in seen if not member.is_zombie]
        used = {name: self._sum(name, seen) for name in _TREE_COUNTERS}
        if self._first is None and seen:
            self._first = used
        counted = {name: self._since(name, value) for name, value in used.items()}
        for pid in self._members.keys() - {member.process.pid for member in seen}:
            self._leave(self._members.pop(pid))
        rss = sum(member.rss for member in living)
        self.peak_rss_bytes = max(rss, self.peak_rss_bytes or 0)
        user, system = counted["user"], counted["system"]
        return {
            "processes": len(living),
            "threads": sum(member.threads for member in living),
            "user_s": user,
            "system_s": system,
            "cpu_s": None if user is None or system is None else round(user + system, 6),
            "rss_bytes": rss,
            "pss_bytes": None,
            "pss_age_s": None,
            "read_bytes": whole(counted["read"]),
            "write_bytes": whole(counted["written"]),
            "descriptors": None if "tree.descriptors" in self.missing else sum(one.descriptors for one in living),
            "voluntary_switches": whole(counted["voluntary"]),
            "involuntary_switches": whole(counted["involuntary"]),
            "unreadable": sum(member.denied for member in living),
        }

    def totals(self) -> "dict[str, Any]":
        """What the footer's `totals` can be made of, as of the last sample; seconds and bytes."""
        user, system = self._at_most.get("user"), self._at_most.get("system")
        return {
            "cpu_s": None if user is None or system is None else round(user + system, 6),
            "user_s": user,
            "system_s": system,
            "peak_rss_bytes": self.peak_rss_bytes,
            "peak_pss_bytes": None,
            "read_bytes": whole(self._at_most.get("read")),
            "write_bytes": whole(self._at_most.get("written")),
        }

    def beside_root(self) -> tuple[float, float]:
        """The user and system seconds of the members that live on beside the watched process or after it."""
        others = [member for pid, member in self._members.items() if self._root is None or pid != self._root.pid]
        return (
            sum(member.counters["user"] or 0.0 for member in others),
            sum(member.counters["system"] or 0.0 for member in others),
        )

    def close(self) -> None:
        self._members.clear()

    def _look_around(self) -> None:
        """Find new members: below the root, and below those that are no longer below it."""
        below: set[int] = set()
        for process in [self._root, *(member.process for member in self._members.values())]:
            if process is None or (process is not self._root and process.pid in below):
                continue
            try:
                found = process.children(recursive=True)
            except self._psutil.Error:
                continue
            below.update(child.pid for child in found)
            for child in found:
                if child.pid != os.getpid():
                    self._enter(child)

    def _enter(self, process: "Any") -> None:
        known = self._members.get(process.pid)
        if known is None or known.process != process:  # the same number may be another process by now
            if known is not None:
                self._leave(known)
            self._members[process.pid] = _Member(process)

    def _leave(self, member: _Member) -> None:
        for name, kept in self._kept.items():
            if kept:
                self._past[name] += member.counters[name] or 0.0

    def _look(self, member: _Member) -> bool:
        """Ask a member for everything; whether it is still there."""
        process, psutil, counters = member.process, self._psutil, member.counters
        member.denied = False
        try:
            with process.oneshot():
                if not process.is_running():
                    return False
                member.is_zombie = process.status() == psutil.STATUS_ZOMBIE
                times = self._told(member, "cpu_times")
                memory = self._told(member, "memory_info")
                io = self._told(member, "io_counters")
                switches = self._told(member, "num_ctx_switches")
                member.threads = self._told(member, "num_threads") or 0
                member.descriptors = self._told(member, "num_fds") or 0
        except psutil.Error:  # it has ended, and somebody has waited for it
            return False
        if times is not None:
            children = not self._kept["user"]
            counters["user"] = times.user + (times.children_user if children else 0)
            counters["system"] = times.system + (times.children_system if children else 0)
        if io is not None:
            counters["read"], counters["written"] = io.read_bytes, io.write_bytes
        if switches is not None:
            counters["voluntary"], counters["involuntary"] = switches.voluntary, switches.involuntary
        member.rss = memory.rss if memory is not None else 0
        return True

    def _told(self, member: _Member, call: str) -> "Any":
        """What psutil answers, None where it may not or cannot."""
        try:
            return getattr(member.process, call)()
        except self._psutil.AccessDenied:
            member.denied = True
        except self._psutil.ZombieProcess:
            member.is_zombie = True
        except (NotImplementedError, AttributeError, OSError):
            pass
        return None

    def _sum(self, name: str, seen: list[_Member]) -> float | None:
        """What all members have used, None where nobody says."""
        if f"tree.{_KEYS[name]}" in self.missing:
            return None
        values = [value for member in seen if (value := member.counters[name]) is not None]
        return sum(values) + self._past[name] if values or name in self._at_most else None

    def _since(self, name: str, value: float | None) -> float | None:
        """What was used since the start; a counter never goes back."""
        if value is None:
            return None
        first = (self._first or {}).get(name) or 0.0
        self._at_most[name] = known = max(self._at_most.get(name, 0.0), round(value - first, 6))
        return known

    def _is_running(self, process: "Any") -> bool:
        try:
            return bool(process.is_running()) and process.status() != self._psutil.STATUS_ZOMBIE
        except self._psutil.Error:
            return False


_KEYS = {
    "user": "user_s",
    "system": "system_s",
    "read": "read_bytes",
    "written": "write_bytes",
    "voluntary": "voluntary_switches",
    "involuntary": "involuntary_switches",
}


def whole(value: float | None) -> int | None:
    """A counter of whole things."""
    return None if value is None else int(value)
