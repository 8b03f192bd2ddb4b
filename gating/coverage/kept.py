"""Kept: what stands beside a coverage report, so that it can be judged later and together with others.

`report-LABEL.json` is coverage's own; `run-LABEL.json` says where it was made, of which sources, and its checksum.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gating.coverage.surroundings import Surroundings

__all__ = ["SCHEMA", "Kept", "KeptError", "beside", "changed", "digests", "read_kept", "runs_in", "write_kept"]

SCHEMA = "gating.measured/1"


class KeptError(ValueError):
    """A file that says nothing of a report; the message is one line that begins with its name."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is known of a report. `report` is its file's name in the same folder, `sha256` of its content.

    `files` are the SHA-256 of the measured sources and of the tests at that time, by their paths. `unjudged` are the
    reasons for which the run says nothing about the suite.
    """

    label: str
    report: str
    sha256: str
    surroundings: Surroundings
    files: Mapping[str, str] = field(default_factory=dict)
    unjudged: tuple[str, ...] = ()


def write_kept(folder: Path, kept: Kept) -> None:
    """Write it beside its report, at once or not at all. Raises OSError."""
    told = {
        "schema": SCHEMA,
        "label": kept.label,
        "report": kept.report,
        "sha256": kept.sha256,
        "surroundings": kept.surroundings.as_dict(),
        "unjudged": list(kept.unjudged),
        "files": dict(sorted(kept.files.items())),
    }
    place = folder / beside(kept.report)
    own = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        own.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        own.replace(place)
    finally:
        own.unlink(missing_ok=True)


def read_kept(path: Path) -> Kept:
    """Read what `write_kept` wrote. Raises KeptError."""
    try:
        told: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise KeptError(f"{path.name}: it cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise KeptError(f"{path.name}: it is no JSON: {error}") from error
    try:
        if told["schema"] != SCHEMA:
            raise KeptError(f"{path.name}: its schema is {told['schema']!r} and not {SCHEMA!r}")
        return Kept(
            label=str(told["label"]),
            report=os.path.basename(str(told["report"])),
            sha256=str(told["sha256"]),
            surroundings=Surroundings.from_dict(told["surroundings"]),
            files={str(name): str(digest) for name, digest in told["files"].items()},
            unjudged=tuple(map(str, told["unjudged"])),
        )
    except (AttributeError, LookupError, TypeError) as error:
        raise KeptError(f"{path.name}: it has not the form of {SCHEMA}: {type(error).__name__}: {error}") from error


def beside(report: str) -> str:
    """The name of the file that tells of a report, or of a data file: `run-LABEL.json`."""
    stem = report.removesuffix(".json")
    return f"run{stem.removeprefix('report').removeprefix('data')}.json"


def runs_in(folder: Path) -> tuple[Path, ...]:
    """The files that tell of reports in a folder, by name."""
    try:
        return tuple(sorted(one for one in folder.iterdir() if one.name == "run.json" or _is_run(one.name)))
    except OSError:
        return ()


def digests(paths: Iterable[str], root: Path) -> dict[str, str]:
    """The SHA-256 of files of the project as they are now; one that cannot be read is left out."""
    found = {}
    for path in paths:
        try:
            found[path] = hashlib.sha256((root / path).read_bytes()).hexdigest()
        except OSError:
            continue
    return found


def changed(kept: Kept, root: Path) -> tuple[str, ...]:
    """The files that are not what they were when the tests ran."""
    now = digests(kept.files, root)
    return tuple(path for path, digest in sorted(kept.files.items()) if now.get(path) != digest)


def _is_run(name: str) -> bool:
    return name.startswith("run-") and name.endswith(".json")
