"""Foreseen: what static analysis says cannot be reached in given surroundings, in words, kept by content.

The same sources and surroundings are analysed once: what was found is a small file in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from gating import __version__
from gating.coverage.surroundings import Surroundings

__all__ = ["TYPING", "foresee", "roots_of"]

TYPING = "static: for type checkers only"  # what never runs anywhere, and makes no run a lesser one
_SCHEMA = "gating.foreseen/1"
_KEPT = 50  # files; the oldest go first


def foresee(
    sources: Mapping[str, str],
    surroundings: Surroundings,
    *,
    present: Iterable[str] = (),
    cache: Path | None = None,
) -> dict[str, dict[int, str]]:
    """The lines of each source that cannot be reached there, with the reason in words.

    `present` are keys of dependencies that surely are there, and that a reference lacked. `cache` is the user's cache
    folder, None to keep nothing.
    """
    asked = {
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
    found = _analysed(sources, asked)
    if file is not None:
        _keep(file, found)
    return found


def roots_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders that the modules among these paths are imported from: those above the outermost package."""
    packages = {str(PurePosixPath(path).parent) for path in paths if path.endswith("/__init__.py")}
    roots = set()
    for path in paths:
        folder = PurePosixPath(path).parent
        while str(folder) in packages and str(folder) != ".":
            folder = folder.parent
        roots.add(str(folder))
    return tuple(sorted(roots))


def _modules(surroundings: Surroundings, names: Iterable[str]) -> set[str]:
    return {module for name in names for module in surroundings.modules.get(name, ())}


def _analysed(sources: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, dict[int, str]]:
    try:
        guards = importlib.import_module("gating.coverage.guards")
    except ModuleNotFoundError:
        return {}
    found = guards.unreachable(
        {path: text for path, text in sources.items() if path.endswith(".py")},
        asked["absent"],
        python=tuple(asked["python"]),
        platform=asked["platform"],
        os_name=asked["os_name"],
        roots=asked["roots"],
        present=asked["present"],
        names=asked["names"],
    )
    return {path: {line: _words(reason) for line, reason in lines.items()} for path, lines in found.items()}


def _words(reason: Any) -> str:
    """Why a line cannot be reached, as it is printed."""
    if reason.kind == "typing":
        return TYPING
    if reason.needs:
        return f"static: without {', '.join(reason.needs)}, by line {reason.line}"
    return f"static: by the {reason.kind} that line {reason.line} asks for"


def _kept(file: Path) -> dict[str, dict[int, str]] | None:
    # anything may stand there; what is no such file is analysed anew
    with contextlib.suppress(OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):
        told = json.loads(file.read_bytes())
        if told["schema"] == _SCHEMA:
            return {
                str(path): {int(line): str(why) for line, why in lines.items()} for path, lines in told["files"].items()
            }
    return None


def _keep(file: Path, found: Mapping[str, Mapping[int, str]]) -> None:
    own = file.with_name(f"{file.name}.{os.getpid()}-{os.urandom(4).hex()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            own.write_text(json.dumps({"schema": _SCHEMA, "files": found}), encoding="utf-8")
            own.replace(file)
        finally:
            own.unlink(missing_ok=True)
        kept = sorted(os.scandir(file.parent), key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in kept[_KEPT:]:
            os.unlink(entry.path)
