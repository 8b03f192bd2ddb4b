"""The judged interpreter: described once, with at most one process, and remembered while its files stay the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from gating.process.interpreter import Interpreter, describe, is_own
from gating.toolchain.cache import Cache, identity
from gating.toolchain.host import Host
from gating.toolchain.seen import VARIABLES, system

__all__ = ["JudgedPython"]


class JudgedPython:
    """The interpreter that `host` names, or our own; everything is found out when it is first asked for.

    With `may_start` False another interpreter than our own is not started: one that is not known from an earlier
    run has then the error that it was not asked, and every marker is taken to apply.
    """

    def __init__(self, host: Host, cache: Cache, *, may_start: bool = True) -> None:
        self.host = host
        self.cache = cache
        self.may_start = may_start
        self.path = host.python or sys.executable
        self.cached = False
        self.read: list[str] = []  # files of distributions that something was read from

    @cached_property
    def own(self) -> bool:
        return self.host.python is None or is_own(self.host.python)

    @cached_property
    def files(self) -> tuple[str, str]:
        """The files that say which interpreter it is: itself, and the configuration of its environment (PEP 405)."""
        return self.path, os.path.join(os.path.dirname(os.path.dirname(self.path)), "pyvenv.cfg")

    @cached_property
    def seen(self) -> list[object]:
        """The identity of the interpreter's files and of the system, which markers and site folders depend on."""
        return [self.path, *map(identity, self.files), system()]

    @cached_property
    def interpreter(self) -> Interpreter:
        """What the interpreter says of itself; one process where it is another than our own and not yet known."""
        if self.own:
            return describe(None, env=self.host.env)
        key = [self.host.env.get(name, "") for name in VARIABLES]
        known = self.cache.get("python", key, self.seen)
        restored = None if known is None else _restored(known)
        if restored is not None:
            self.cached = True
            return restored
        if not self.may_start:
            return Interpreter(executable=self.path, error="was not asked")
        found = describe(self.host.python, env=self.host.env)
        if found.error is None:
            fields = {name: getattr(found, name) for name in found.__dataclass_fields__}
            result = {"interpreter": {**fields, "markers": dict(found.markers)}, "site": _site(found.site)}
            self.cache.put("python", key, self.seen, result, took=0.0)
        return found

    def applies(self, marker: str) -> bool:
        """Whether a PEP 508 marker holds in the judged interpreter's environment.

        The marker has been checked with the policy. A broken interpreter has no environment: everything applies.
        """
        name = f"when {marker}"
        known = self.cache.get(name, marker, self.seen)
        if known is not None and isinstance(known.get("applies"), bool):
            return bool(known["applies"])
        if self.interpreter.error is not None:
            return True
        from packaging.markers import Marker

        found = Marker(marker).evaluate(dict(self.interpreter.markers))
        self.cache.put(name, marker, self.seen, {"applies": found}, took=0.0)
        return found


def _restored(known: Mapping[str, Any]) -> Interpreter | None:
    """The interpreter as it was kept, None where the folders that it finds distributions in have changed."""
    try:
        fields = dict(known["interpreter"])
        fields["site"] = tuple(fields["site"])
        return Interpreter(**fields) if known["site"] == _site(fields["site"]) else None
    except (KeyError, TypeError, ValueError):
        return None  # written by another version


def _site(folders: tuple[str, ...]) -> list[object]:
    return [identity(folder)[:2] for folder in folders]
