"""The requirement files of a project (`requirements-dev.txt`, `requirements/test.txt`), as lists for developers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

__all__ = ["requirement_files"]

_NAME = re.compile(r"(?:.*[-_.])?requirements(?:[-_.].*)?\.(?:txt|in)")
_FOLDERS = ("requirements", "tests", "test", "docs")


def requirement_files(root: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each file by its path from the project's folder, with its lines that may be requirements."""
    for folder in ("", *_FOLDERS):
        try:
            names = sorted(os.listdir(os.path.join(root, folder)))
        except OSError:
            continue
        for name in names:
            path = os.path.join(root, folder, name)
            is_list = _NAME.fullmatch(name) or (folder == "requirements" and name.endswith((".txt", ".in")))
            if is_list and os.path.isfile(path):
                yield f"{folder}/{name}" if folder else name, _lines(path)


def _lines(path: str) -> tuple[str, ...]:
    try:
        with open(path, encoding="utf-8-sig") as stream:
            lines = stream.read().splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    # a lock file's lines go on with hashes
    said = (re.sub(r"\s(?:#|--|\\).*", "", line).strip() for line in lines)
    return tuple(line for line in said if line and not line.startswith(("-", "#")))
