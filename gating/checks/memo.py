"""Memo: the whole answer of a preflight, kept per user as long as all that it was read from stays the same.

The policy file and every one that could stand before it, each candidate of each tool on the search path, the
judged interpreter and its site folders are looked at again; nothing is parsed, and no tool's code is loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gating.environ import RUN, cache_folder, in_ci
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.seen import Seen

__all__ = ["Memo"]

# what the interpreter's folders may depend on besides what is looked at again
_VARIABLES = ("HOME", "PYTHONPATH", "VIRTUAL_ENV")


class Memo:
    """The answer to one way of asking, `asked`, from the folder `start`."""

    def __init__(self, start: str, asked: Mapping[str, object], host: Host, env: Mapping[str, str]) -> None:
        self.start = os.path.abspath(start)
        self.host = host
        self.cache = Cache(cache_folder(env), about=["preflight", self.start, host.python or sys.executable])
        gating = {name: text for name, text in env.items() if name.startswith("GATING_") and name != RUN}
        outside = {name: env.get(name) for name in _VARIABLES}
        self.key = [dict(asked), in_ci(env), list(host.path), gating, outside]

    def recall(self) -> dict[str, Any] | None:
        """What was kept, None where there is nothing or something has changed."""
        entry = self.cache.entry("answer")
        if entry is None or entry.get("key") != self.key:
            return None
        found, seen = entry.get("result"), entry.get("seen")
        if not isinstance(found, dict) or not isinstance(seen, dict):
            return None
        host = replace(self.host, root=found["root"])
        return found if Seen(seen).unchanged(host) else None

    def keep(self, answer: Mapping[str, Any], seen: Seen, *, above: bool) -> None:
        """Keep an answer (JSON values, with the project's `root`) that was read from `seen` and the policy's file.

        `above` says that no policy was found, so that every folder above was looked at too.
        """
        folders = list(self._consulted("" if above else answer["root"]))
        policy = Seen.now(
            self.host,
            files=[os.path.join(folder, name) for folder in folders for name in ("gating.toml", "pyproject.toml")],
            there=[os.path.join(folder, ".git") for folder in folders],
        )
        whole = {**seen, "files": {**seen["files"], **policy["files"]}, "there": policy["there"]}
        self.cache.put("answer", self.key, whole, dict(answer), took=0.0)
        self.cache.save()

    def _consulted(self, root: str) -> Iterator[str]:
        """The folders that were looked into for a policy, from the start folder upwards."""
        folder = self.start
        while True:
            yield folder
            parent = os.path.dirname(folder)
            if folder == root or parent == folder:
                return
            folder = parent
