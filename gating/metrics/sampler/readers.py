"""Which readers serve here: the process tree, the machine, the control group, the GPUs.

A reader never raises for what it cannot read: the value is None, and `missing` says what can never be known here,
and why.
"""

from __future__ import annotations

from gating.metrics.sampler.system import exists, folder_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Protocol

    from gating.metrics.sampler.events import Events

    class TreeReader(Protocol):
        """What the watched processes use; see `gating.metrics.sampler.tree.Tree` for each."""

        ignored_children: bool
        missing: dict[str, str]

        @property
        def root_started(self) -> int | None: ...
        @property
        def pss_cpu_s(self) -> float: ...
        def watch(self, pid: int, *, owned: bool, reaper: int | None = None, mark: str | None = None) -> bool: ...
        def alive(self) -> tuple[bool, int]: ...
        def sample(self, now_s: float) -> dict[str, Any]: ...
        def totals(self) -> dict[str, Any]: ...
        def beside_root(self) -> tuple[float, float]: ...
        def close(self) -> None: ...

    class Reader(Protocol):
        """Anything else that is sampled; its facts go into the header, each sample's values beside the tree's."""

        def facts(self) -> Any: ...
        def sample(self) -> Any: ...
        def close(self) -> None: ...


__all__ = ["TRACES_OF_NVIDIA", "Readers", "choose"]

TRACES_OF_NVIDIA = ("/proc/driver/nvidia/version", "/dev/nvidiactl")  # either stands for a driver that is loaded


_NO_DRIVER = "NVIDIA's driver is not loaded"
_ONLY_LINUX = "it is read from /proc and /sys only"


class Readers:
    """The readers of one recording; one that is None has nothing to read here."""

    def __init__(self, tree: TreeReader, source: str) -> None:
        self.tree = tree
        self.source = source  # proc, psutil or stdlib
        self.host: Reader | None = None
        self.cgroup: Reader | None = None
        self.gpus: Reader | None = None
        self.missing: dict[str, str] = dict(tree.missing)  # the key of what is never known, and why

    def made(self, key: str, make: Callable[[], Any]) -> Any:
        """A reader beside the tree's, None with a reason where it cannot even be made."""
        try:
            reader = make()
        except Exception as problem:  # noqa: BLE001 - an odd machine costs what is odd about it, and not the recording
            self.missing[key] = f"{type(problem).__name__}: {problem}"
            return None
        self.missing.update(reader.missing)
        return reader


def choose(config: Mapping[str, Any], events: Events) -> Readers:
    """The readers that serve best here, or those that the configuration's `source` names."""
    source = config.get("source") or ("proc" if exists("/proc/self/stat") else "psutil")
    disk = config.get("disk") or folder_of(config["path"])
    if source == "proc":
        return _of_proc(config, events, disk)
    if source == "psutil" and config.get("psutil"):
        from gating.metrics.sampler import with_psutil

        psutil = with_psutil.load(config["psutil"])
        if psutil is not None:
            from gating.metrics.sampler import with_psutil_host

            return _elsewhere(Readers(with_psutil.Tree(psutil), "psutil"), lambda: with_psutil_host.Host(psutil, disk))
    from gating.metrics.sampler import with_stdlib

    return _elsewhere(Readers(with_stdlib.Tree(), "stdlib"), lambda: with_stdlib.Host(disk))


def _of_proc(config: Mapping[str, Any], events: Events, disk: str) -> Readers:
    from gating.metrics.sampler.cgroup import CgroupReader
    from gating.metrics.sampler.host import HostReader
    from gating.metrics.sampler.tree import Tree

    readers = Readers(Tree(events, config["interval_s"]), "proc")
    readers.host = readers.made("host", lambda: HostReader(disk))
    readers.cgroup = readers.made("cgroup", CgroupReader)  # ours: the command begins in the group that we are in
    if any(exists(trace) for trace in TRACES_OF_NVIDIA):
        from gating.metrics.sampler.gpu import GpuReader

        readers.gpus = readers.made("gpus", lambda: GpuReader(config.get("pynvml")))
    else:
        readers.missing["gpus"] = _NO_DRIVER
    return readers


def _elsewhere(readers: Readers, host: Callable[[], Any]) -> Readers:
    readers.host = readers.made("host", host)
    readers.missing.update({"cgroup": _ONLY_LINUX, "gpus": _ONLY_LINUX})
    return readers
