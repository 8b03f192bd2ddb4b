"""The bytes that the machine's disks and network interfaces have moved; what is stacked on them counts once."""

from gating.metrics.sampler.kept import keep, read, release
from gating.metrics.sampler.system import exists, os

__all__ = ["Disks", "Network"]

_SECTOR = 512  # bytes, whatever the device's own sectors are (the kernel's "I/O statistics fields")
_READ, _WRITTEN = 2, 6  # where a disk's sectors stand
_RECEIVED, _SENT = 0, 8  # where an interface's bytes stand


class Disks:
    """The disks there when this was made, `root` being the file system that is looked at.

    Partitions, LVM, RAID, loop and memory devices pass on what a disk counts, or are none.
    """

    __slots__ = ("_files", "_known")

    def __init__(self, root: str = "") -> None:
        folder = f"{root}/sys/block"
        self._files = [keep(f"{folder}/{name}/stat") for name in _hardware(folder)]
        self._known = [(0, 0)] * len(self._files)

    def moved(self) -> tuple[int, int] | None:
        """Bytes read and written since the machine's start, None where there is no disk.

        A disk that is taken out keeps what it had.
        """
        if not self._files:
            return None
        known = self._known
        for place, file in enumerate(self._files):
            fields = read(file, 256).split(None, _WRITTEN + 1)
            if len(fields) > _WRITTEN:
                known[place] = int(fields[_READ]) * _SECTOR, int(fields[_WRITTEN]) * _SECTOR
        if len(known) == 1:
            return known[0]
        return sum(disk[0] for disk in known), sum(disk[1] for disk in known)

    def close(self) -> None:
        release(*self._files)


class Network:
    """The interfaces that are hardware, or, where none is (in a container), all but the loopback."""

    __slots__ = ("_counts", "_file", "_folder", "_known", "_some_hardware")

    def __init__(self, root: str = "") -> None:
        self._file = keep(f"{root}/proc/net/dev")
        self._folder = f"{root}/sys/class/net"
        self._some_hardware = bool(_hardware(self._folder))
        self._counts: dict[bytes, bool] = {}
        self._known: dict[bytes, tuple[int, int]] = {}

    def moved(self) -> tuple[int, int] | None:
        """Bytes received and sent since the machine's start, None where nothing tells."""
        text = read(self._file, 65536)
        if not text:
            return None
        counts, known = self._counts, self._known
        for line in text.split(b"\n")[2:-1]:
            name, _, numbers = line.partition(b":")
            counted = counts.get(name)
            if counted is None:
                counted = counts[name] = self._is_counted(name.strip().decode("utf-8", "replace"))
            if counted:
                fields = numbers.split(None, _SENT + 1)
                known[name] = int(fields[_RECEIVED]), int(fields[_SENT])
        if len(known) == 1:
            (only,) = known.values()
            return only
        return sum(one[0] for one in known.values()), sum(one[1] for one in known.values())

    def close(self) -> None:
        release(self._file)

    def _is_counted(self, name: str) -> bool:
        return name != "lo" and (not self._some_hardware or exists(f"{self._folder}/{name}/device"))


def _hardware(folder: str) -> list[str]:
    """The names in a folder of /sys that stand for a device and not for something made of others."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [name for name in names if exists(f"{folder}/{name}/device")]
