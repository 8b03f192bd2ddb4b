"""A snapshot in words: a label and a line for each section, shared by text and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["distributions", "extras", "sections"]

Snapshot = Mapping[str, Any]
UNKNOWN = "unknown"


def sections(snapshot: Snapshot) -> list[tuple[str, str]]:
    """The sections that are one line each, in the order of the document."""
    return [
        ("python", _python(snapshot["python"])),
        ("executable", _executable(snapshot["python"])),
        ("platform", _platform(snapshot["platform"])),
        ("cpu", _cpu(snapshot["cpu"])),
        ("memory", _memory(snapshot["memory"])),
        ("gpus", _gpus(snapshot)),
        ("cuda", _cuda(snapshot)),
        ("git", _git(snapshot["git"], thorough=snapshot["thorough"])),
    ]


def extras(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Each extra of the project, and whether it is complete or what it lacks."""
    found = []
    for name, extra in (snapshot["extras"] or {}).items():
        if extra["missing"]:
            said = f"lacks {', '.join(extra['missing'])}"
        else:
            said = "complete" if extra["complete"] else UNKNOWN
        found.append((name, said))
    return found


def distributions(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Each distribution, and its version and origin."""
    origins = snapshot["origins"] or {}
    return [
        (name, _words([version or UNKNOWN, _if(name in origins, f"({origins.get(name)})")]))
        for name, version in (snapshot["distributions"] or {}).items()
    ]


def _python(said: Snapshot) -> str:
    kinds = [_if(said["free_threaded"], "free-threaded"), _if(said["debug"], "debug build")]
    return _joined([_words([said["implementation"], said["version"]]), *kinds, said["soabi"], said["compiler"]])


def _executable(said: Snapshot) -> str:
    kind = {True: "virtual environment", False: "installation", None: None}[said["virtual_env"]]
    return _joined([said["executable"], kind])


def _platform(said: Snapshot) -> str:
    named = said["distribution"] or {"name": None, "version": None}
    return _joined(
        [
            _words([said["system"], said["release"], said["machine"]]),
            _words([named["name"], named["version"]]),
            said["libc"],
            *(f"in {hint}" for hint in said["container"]),
        ]
    )


def _cpu(said: Snapshot) -> str:
    counts = [(said["physical"], "cores"), (said["logical"], "threads"), (said["available"], "available")]
    return _joined([said["model"], *(f"{what} {count:g}" for count, what in counts if count is not None)])


def _memory(said: Snapshot) -> str:
    limit, swap = said["limit_bytes"], said["swap_total_bytes"]
    return _joined(
        [
            _size(said["total_bytes"]),
            None if limit is None else f"limited to {_size(limit)}",
            None if swap is None else f"swap {_size(swap)}" if swap else "no swap",
        ]
    )


def _gpus(snapshot: Snapshot) -> str:
    found = snapshot["gpus"]
    if found is None:
        return UNKNOWN if snapshot["thorough"] else "not looked at"
    alike = Counter(_words([gpu["name"] or UNKNOWN, _size(gpu["memory_bytes"])]) for gpu in found)
    return ", ".join(f"{count} x {said}" for said, count in alike.items()) or "none"


def _cuda(snapshot: Snapshot) -> str:
    said = snapshot["cuda"]
    if said is None:
        return "none" if snapshot["thorough"] else "not looked at"
    visible = said["visible_devices"]
    return _joined(
        [
            _if(said["driver_version"], f"driver {said['driver_version']}"),
            _if(said["runtime"], f"toolkit {said['runtime']}"),
            None if visible is None else f"CUDA_VISIBLE_DEVICES={visible}",
        ]
    )


def _git(said: Snapshot | None, *, thorough: bool) -> str:
    if said is None:
        return "none"
    dirt = {True: "dirty", False: "clean", None: "dirtiness unknown" if thorough else None}[said["dirty"]]
    branch = f"on {said['branch']}" if said["branch"] else _if(said["commit"], "detached")
    return _joined([_words([said["commit"] or "no known commit", branch]), dirt])


def _size(count: int | None) -> str | None:
    return None if count is None else f"{count / (1 << 30):.1f} GiB"


def _if(condition: object, text: str) -> str | None:
    return text if condition else None


def _words(parts: Iterable[str | None]) -> str:
    return " ".join(filter(None, parts))


def _joined(parts: Iterable[str | None]) -> str:
    return ", ".join(filter(None, parts)) or UNKNOWN
