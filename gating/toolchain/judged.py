"""The judged interpreter: described once, with at most one process, and remembered while its files stay the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property

from gating.process.interpreter import Interpreter, describe, is_own
from gating.toolchain.cache import Cache, identity
from gating.toolchain.host import Host

__all__ = ["JudgedPython"]


class JudgedPython:
    """The interpreter that `host` names, or our own; everything is found out when it is first asked for."""

    def __init__(self, host: Host, cache: Cache) -> None:
        self.host = host
        self.cache = cache
        self.path = host.python or sys.executable
        self.cached = False

    @cached_property
    def own(self) -> bool:
        return self.host.python is None or is_own(self.host.python)

    @cached_property
    def files(self) -> tuple[str, str]:
        """The files that say which interpreter it is: itself, and the configuration of its environment (PEP 405)."""
        return self.path, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(self.path))), "pyvenv.cfg")

    @cached_property
    def seen(self) -> list[object]:
        """The identity of the interpreter's files; it changes when the interpreter or its environment is replaced."""
        return [self.path, *map(identity, self.files)]

    @cached_property
    def interpreter(self) -> Interpreter:
        """What the interpreter says of itself; one process where it is another than our own and not yet known."""
        if self.own:
            return describe(None, env=self.host.env)
        # PYTHONPATH and what .pth files add may change its folders
        key = [self.host.env.get("PYTHONPATH", "")]
        known = self.cache.get("python", key, self.seen)
        if known is not None and self._unchanged(known):
            self.cached = True
            return Interpreter(**{**known["interpreter"], "site": tuple(known["interpreter"]["site"])})
        found = describe(self.host.python, env=self.host.env)
        if found.error is None:
            fields = {name: getattr(found, name) for name in found.__dataclass_fields__}
            result = {"interpreter": {**fields, "markers": dict(found.markers)}, "site": self._site(found)}
            self.cache.put("python", key, self.seen, result, took=0.0)
        return found

    @staticmethod
    def _site(interpreter: Interpreter) -> list[object]:
        return [identity(folder)[:2] for folder in interpreter.site]

    def _unchanged(self, known: Mapping[str, object]) -> bool:
        stored = known.get("interpreter")
        sites = stored.get("site", ()) if isinstance(stored, dict) else ()
        return known.get("site") == [identity(folder)[:2] for folder in sites]

    def applies(self, marker: str) -> bool:
        """Whether a PEP 508 marker holds in the judged interpreter's environment.

        The marker has been checked with the policy. A broken interpreter has no environment: everything applies.
        """
        name = f"when {marker}"
        known = self.cache.get(name, marker, self.seen)
        if known is not None:
            return bool(known["applies"])
        from packaging.markers import Marker

        environment = dict(self.interpreter.markers)
        if self.interpreter.error is not None:
            return True
        found = Marker(marker).evaluate(environment)
        self.cache.put(name, marker, self.seen, {"applies": found}, took=0.0)
        return found
