"""The control group that a process is in: its limits and what it uses (the kernel's cgroup-v1 and cgroup-v2 pages).

Where the group is comes from /proc/PID/cgroup and the mount points of /proc/PID/mountinfo. A limit of a group above
holds as well: the tightest counts.
"""

from gating.metrics.format import CGROUP_KEYS
from gating.metrics.sampler.kept import keep, read, release
from gating.metrics.sampler.system import exists, folder_of, is_folder

__all__ = ["CgroupReader"]

_UNLIMITED_V1 = 1 << 62  # version 1 writes a number larger than any memory for no limit
_CONTROLLERS = ("memory", "cpu", "cpuacct", "pids")
_OUTSIDE = "the process's control group lies outside of what is mounted here"
_IN_THE_ROOT = "the process is in the root group, which is the whole machine"
# for each key of a sample: the controller and its file for version 1 and 2, the word that the number follows there,
# and how many of the file's units are one of the key's
_FILES = {
    1: {
        "memory_used_bytes": ("memory", "memory.usage_in_bytes", b"", 1),
        "memory_peak_bytes": ("memory", "memory.max_usage_in_bytes", b"", 1),
        "cpu_s": ("cpuacct", "cpuacct.usage", b"", 10**9),
        "cpu_throttled_s": ("cpu", "cpu.stat", b"throttled_time ", 10**9),
        "pids": ("pids", "pids.current", b"", 1),
        "oom_kills": ("memory", "memory.oom_control", b"oom_kill ", 1),
    },
    2: {
        "memory_used_bytes": ("memory", "memory.current", b"", 1),
        "memory_peak_bytes": ("memory", "memory.peak", b"", 1),
        "cpu_s": ("cpuacct", "cpu.stat", b"usage_usec ", 10**6),
        "cpu_throttled_s": ("cpu", "cpu.stat", b"throttled_usec ", 10**6),
        "pids": ("pids", "pids.current", b"", 1),
        "oom_kills": ("memory", "memory.events", b"oom_kill ", 1),
    },
}
_COUNTERS = frozenset({"cpu_s", "cpu_throttled_s", "oom_kills"})


class CgroupReader:
    """Samples of the group of process `pid`, of the caller's own where that is None. Counters are since it was made.

    `root` goes before every path of /proc and /sys: none but in tests. `missing` has a reason for each key of a
    sample that stays None here.
    """

    def __init__(self, pid: int | None = None, root: str = "") -> None:
        groups, self._path = _groups(root, pid)
        self._version = 1 if any(group.version == 1 for group in groups.values()) else 2
        self._limits = {
            "memory_limit_bytes": _memory_limit(groups.get("memory")),
            "cpu_limit_cores": _cpu_limit(groups.get("cpu")),
            "pids_limit": _pids_limit(groups.get("pids")),
        }
        self.missing: dict[str, str] = {}
        self._kept: dict[str, int] = {}
        self._wanted: list[tuple[str, str, bytes, int]] = []  # key, file, word, divisor
        for key in CGROUP_KEYS:
            self._want(key, groups)
        now = self._numbers()
        self._first = {key: now[key] for key in _COUNTERS & now.keys()}

    def facts(self) -> dict[str, object] | None:
        """For the header, None where the process is in no group that is limited or could be looked at."""
        if not self._wanted and not any(limit is not None for limit in self._limits.values()):
            return None
        return {"version": self._version, "path": self._path, **self._limits}

    def sample(self) -> dict[str, float | None] | None:
        """Each key, None where it is unknown; None as a whole where `facts` is, or there is nothing to count."""
        if not self._wanted:
            return None
        found: dict[str, float | None] = dict.fromkeys(CGROUP_KEYS)
        now, first = self._numbers(), self._first
        for key, _, _, divisor in self._wanted:
            number = now.get(key)
            if number is None:
                continue
            number -= first.get(key, 0)
            found[key] = number if divisor == 1 else number / divisor
        return found

    def close(self) -> None:
        release(*self._kept.values())
        self._kept.clear()

    def _want(self, key: str, groups: "dict[str, _Group]") -> None:
        """Keep the file of a key, or say why there is none."""
        controller = _FILES[2][key][0]
        group = groups.get(controller)
        if group is None:
            self.missing[f"cgroup.{key}"] = f"no control group accounts for {controller}"
            return
        if group.folder is None:
            self.missing[f"cgroup.{key}"] = _OUTSIDE
            return
        if group.is_root:
            self.missing[f"cgroup.{key}"] = _IN_THE_ROOT
            return
        _, name, word, divisor = _FILES[group.version][key]
        path = f"{group.folder}/{name}"
        if path not in self._kept:
            self._kept[path] = keep(path)
        if _number(read(self._kept[path]), word) is None:
            self.missing[f"cgroup.{key}"] = f"{name} does not tell"
            return
        self._wanted.append((key, path, word, divisor))

    def _numbers(self) -> dict[str, int]:
        """What the files tell now, in their own units."""
        texts = {path: read(descriptor) for path, descriptor in self._kept.items()}
        found = {}
        for key, path, word, _ in self._wanted:
            number = _number(texts[path], word)
            if number is not None:
                found[key] = number
        return found


class _Group:
    """One controller's view: the group's folder (None where it is not mounted here) and the mount above it."""

    __slots__ = ("folder", "top", "version")

    def __init__(self, version: int, folder: str | None, top: str) -> None:
        self.version, self.folder, self.top = version, folder, top

    @property
    def is_root(self) -> bool:
        """Whether this is the machine's own group, and not only the topmost that a container sees."""
        if self.folder != self.top:
            return False
        if self.version == 1:
            return exists(f"{self.folder}/release_agent")  # a file that only the root has
        return not exists(f"{self.folder}/cgroup.type")  # a file that only the root lacks

    def upwards(self) -> list[str]:
        """The group's folder and those above it, as far as they are mounted here."""
        folder = self.folder or self.top
        found = [folder]
        while folder != self.top:
            folder = folder_of(folder)
            found.append(folder)
        return found


def _groups(root: str, pid: int | None) -> "tuple[dict[str, _Group], str | None]":
    """Each controller's group, and the path to show: that of the memory controller before any other."""
    proc = f"{root}/proc/{'self' if pid is None else pid}"
    mounts = _mounts(_whole(f"{proc}/mountinfo"))
    found, paths = {}, {}
    for line in _whole(f"{proc}/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for controller in controllers.split(",") if controllers else _CONTROLLERS:
            if controller not in _CONTROLLERS or (not controllers and controller in found):
                continue  # version 1 holds a controller, or version 2 does
            where = mounts.get(controller if controllers else "")
            if where is not None:
                inside, top = where
                found[controller] = _Group(1 if controllers else 2, _folder(root, path, inside, top), root + top)
                paths[controller] = path
    return found, next((paths[name] for name in _CONTROLLERS if name in paths), None)


def _folder(root: str, path: str, inside: str, top: str) -> str | None:
    """Where the group `path` stands, of a hierarchy whose group `inside` is mounted at `top`."""
    if ".." in path.split("/"):  # a group outside of this namespace
        return None
    inside = inside.rstrip("/")
    if path != inside and not path.startswith(f"{inside}/"):
        return None
    folder = root + top + path.removeprefix(inside).rstrip("/")
    return folder if is_folder(folder) else None


def _mounts(text: str) -> dict[str, tuple[str, str]]:
    """For each controller of version 1, and for version 2 under no name: which group is mounted, and where."""
    found: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if len(fields) < 5 or len(kinds) < 3:  # noqa: PLR2004 (proc_pid_mountinfo(5))
            continue
        where = _plain(fields[3]), _plain(fields[4])
        if kinds[0] == "cgroup2":
            found.setdefault("", where)
        elif kinds[0] == "cgroup":
            for option in kinds[2].split(","):
                found.setdefault(option, where)
    return found


def _plain(path: str) -> str:
    """A path of mountinfo, in which blanks and the like stand as octal numbers."""
    for code in ("040", "011", "012", "134"):
        path = path.replace(f"\\{code}", chr(int(code, 8)))
    return path


def _memory_limit(group: "_Group | None") -> int | None:
    """Bytes, of the tightest group."""
    if group is None:
        return None
    name = "memory.limit_in_bytes" if group.version == 1 else "memory.max"
    limits = (_number(_bytes(f"{folder}/{name}"), b"") for folder in group.upwards())
    return min((limit for limit in limits if limit is not None and limit < _UNLIMITED_V1), default=None)


def _cpu_limit(group: "_Group | None") -> float | None:
    """How many cores' time may be used, of the tightest group."""
    found = []
    for folder in group.upwards() if group is not None else ():
        if group is not None and group.version == 1:
            parts = [_bytes(f"{folder}/cpu.cfs_quota_us"), _bytes(f"{folder}/cpu.cfs_period_us")]
        else:
            parts = _bytes(f"{folder}/cpu.max").split()
        try:
            quota, period = map(int, parts)  # "max" and a missing file are no numbers; -1 is no limit
        except ValueError:
            continue
        if quota > 0 and period > 0:
            found.append(round(quota / period, 3))
    return min(found, default=None)


def _pids_limit(group: "_Group | None") -> int | None:
    """How many tasks there may be, of the tightest group."""
    if group is None:
        return None
    limits = (_number(_bytes(f"{folder}/pids.max"), b"") for folder in group.upwards())
    return min((limit for limit in limits if limit is not None), default=None)


def _number(text: bytes, word: bytes) -> int | None:
    """The number that a line of the text gives behind a word (which the line begins with), or that it begins with."""
    if word:
        place = 0 if text.startswith(word) else text.find(b"\n" + word) + 1
        if not text.startswith(word, place):
            return None
        text = text[place + len(word) :]
    try:
        return int(text.partition(b"\n")[0])
    except ValueError:  # empty, or "max"
        return None


def _bytes(path: str) -> bytes:
    descriptor = keep(path)
    try:
        return read(descriptor)
    finally:
        release(descriptor)


def _whole(path: str) -> str:
    """A file of any size as text, empty where it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""
