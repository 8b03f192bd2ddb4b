"""Foreseen: what static analysis says cannot be reached in given surroundings, in words, kept by content.

The same sources and surroundings are analysed once: what was found is a small file in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from gating import __version__
from gating.coverage.guards import Guards, Reason, analyse
from gating.coverage.guards.file import Decision
from gating.coverage.measured import Branch
from gating.coverage.surroundings import Surroundings

__all__ = ["TYPING", "Foreseen", "foresee", "roots_of"]

TYPING = "static: for type checkers only"  # what never runs anywhere, and makes no run a lesser one
_SCHEMA = "gating.foreseen/2"
_KEPT = 50  # files; the oldest go first


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """What of all files cannot be reached, by path."""

    guards: Mapping[str, Guards] = field(default_factory=dict)

    def lines(self) -> dict[str, dict[int, str]]:
        """The lines, each with the reason in words."""
        return {
            path: {
                **{line: _words(why) for line, why in one.lines.items()},
                **{line: _words(why) for line, why in one.vain.items()},
            }
            for path, one in self.guards.items()
        }

    def branches(self, known: Mapping[str, Iterable[Branch]]) -> dict[str, dict[Branch, str]]:
        """Those of the branches that are never taken, with the reason in words."""
        return {
            path: {branch: _words(why) for branch, why in one.branches(known[path]).items()}
            for path, one in self.guards.items()
            if path in known
        }


def foresee(
    sources: Mapping[str, str],
    surroundings: Surroundings,
    *,
    present: Iterable[str] = (),
    cache: Path | None = None,
) -> Foreseen:
    """What of each source cannot be reached there.

    `present` are keys of dependencies that surely are there, and that a reference lacked. `cache` is the user's cache
    folder, None to keep nothing.
    """
    asked: dict[str, Any] = {
        "absent": sorted(_modules(surroundings, surroundings.missing)),
        "present": sorted(_modules(surroundings, present)),
        "names": {name: modules[0] for name, modules in sorted(surroundings.modules.items()) if modules},
        "python": list(surroundings.minor),
        "platform": surroundings.platform,
        "os_name": surroundings.os_name,
        "roots": list(roots_of(sources)),
    }
    digests = {path: hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() for path, text in sources.items()}
    key = hashlib.sha256(json.dumps([__version__, asked, sorted(digests.items())]).encode()).hexdigest()
    file = None if cache is None else cache / "reach" / f"{key[:32]}.json"
    if file is not None and (known := _kept(file)) is not None:
        return known
    python = surroundings.minor
    texts = {path: text for path, text in sources.items() if path.endswith(".py")}
    found = Foreseen(guards=analyse(texts, **{**asked, "python": python}))
    if file is not None:
        _keep(file, found)
    return found


def roots_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders that the modules among these paths are imported from: those above the outermost package."""
    known = list(paths)
    packages = {str(PurePosixPath(path).parent) for path in known if path.endswith("/__init__.py")}
    roots = set()
    for path in known:
        folder = PurePosixPath(path).parent
        while str(folder) in packages and str(folder) != ".":
            folder = folder.parent
        roots.add(str(folder))
    return tuple(sorted(roots))


def _modules(surroundings: Surroundings, names: Iterable[str]) -> set[str]:
    return {module for name in names for module in surroundings.modules.get(name, ())}


def _words(reason: Reason) -> str:
    """Why something cannot be reached, as it is printed."""
    if reason.kind == "typing":
        return TYPING
    if reason.needs:
        return f"static: without {', '.join(reason.needs)}, by line {reason.line}"
    return f"static: by the {reason.kind} that line {reason.line} asks for"


def _kept(file: Path) -> Foreseen | None:
    # anything may stand there; what is no such file is analysed anew
    with contextlib.suppress(OSError, ValueError, AttributeError, LookupError, TypeError, RecursionError):
        told = json.loads(file.read_bytes())
        if told["schema"] == _SCHEMA:
            return Foreseen(guards={str(path): _guards(one) for path, one in told["files"].items()})
    return None


def _guards(told: Mapping[str, Any]) -> Guards:
    return Guards(
        lines={int(line): _reason(*why) for line, why in told["lines"]},
        vain={int(line): _reason(*why) for line, why in told["vain"]},
        decisions={
            int(line): Decision(true=bool(true), first=int(first), last=int(last), why=_reason(*why))
            for line, true, first, last, why in told["decisions"]
        },
    )


def _reason(kind: str, needs: Iterable[str], line: int) -> Reason:
    return Reason(str(kind), tuple(map(str, needs)), int(line))


def _keep(file: Path, found: Foreseen) -> None:
    files = {
        path: {
            "lines": [[line, why] for line, why in one.lines.items()],
            "vain": [[line, why] for line, why in one.vain.items()],
            "decisions": [[line, each.true, each.first, each.last, each.why] for line, each in one.decisions.items()],
        }
        for path, one in found.guards.items()
    }
    own = file.with_name(f"{file.name}.{os.getpid()}-{os.urandom(4).hex()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            own.write_text(json.dumps({"schema": _SCHEMA, "files": files}), encoding="utf-8")
            own.replace(file)
        finally:
            own.unlink(missing_ok=True)
        kept = sorted(os.scandir(file.parent), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in kept[_KEPT:]:
            os.unlink(entry.path)
