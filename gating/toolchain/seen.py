"""Seen: what a survey looked at, by the identity of every file, so that it can be told whether to look again."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any, Self

from gating.toolchain.cache import identity
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host

__all__ = ["VARIABLES", "Seen", "system"]

# what changes the folders that an interpreter finds distributions in
VARIABLES = ("HOME", "PYTHONNOUSERSITE", "PYTHONPATH", "PYTHONUSERBASE", "VIRTUAL_ENV")


class Seen(dict[str, Any]):
    """In JSON's types: candidates of `names`, identities of `files`, when `folders` changed, what is `there`."""

    @classmethod
    def now(
        cls,
        host: Host,
        *,
        names: Iterable[str] = (),
        files: Iterable[str] = (),
        folders: Iterable[str] = (),
        there: Iterable[str] = (),
    ) -> Self:
        """Look at all of them."""
        return cls(
            names={name: [[one.path, *one.identity, one.defect] for one in candidates(name, host)] for name in names},
            files={path: identity(path) for path in files},
            folders={path: identity(path)[:2] for path in folders},
            there={path: os.path.lexists(path) for path in there},
        )

    def unchanged(self, host: Host) -> bool:
        """Whether a look at the same things finds the same. A shape that another version wrote is a change."""
        if not all(isinstance(part, dict) for part in self.values()):
            return False
        try:
            return bool(Seen.now(host, **self) == self)
        except (TypeError, ValueError):
            return False


def system() -> list[object]:
    """What markers say of the system, in JSON's types: several systems may share a folder and what is kept there."""
    if sys.platform == "win32":
        return list(sys.getwindowsversion()[:4])
    told = os.uname()
    return [told.sysname, told.release, told.version, told.machine]
