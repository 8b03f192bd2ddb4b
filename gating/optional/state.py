"""State: whether an optional dependency can be used as it is asked for, and how that is known.

Metadata, finders and files are looked at; nothing is imported, unless a deep look is asked for, which imports in
a process of its own.
"""

from __future__ import annotations

import os
import sys

from gating.optional import installed, names
from gating.optional.availability import Availability
from gating.optional.modules import Module, Places
from gating.words import Evidence, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.optional.asked import Asked
    from gating.optional.installed import Distribution
    from gating.process.interpreter import Interpreter

__all__ = ["look"]


def look(
    asked: Asked, *, interpreter: Interpreter | None = None, deep: bool = False, timeout: float = 10.0
) -> Availability:
    """Find out whether `asked` can be used by `interpreter`, or by this process where that is None; never raises.

    For this process what stands in `sys.modules` counts as well. `deep` imports the module in a process of its own,
    within `timeout` seconds, where the metadata and the files leave nothing to complain of.
    """
    if interpreter is not None and interpreter.error is not None:
        cause = f"the judged interpreter {interpreter.error}"
        return Availability(asked, State.BROKEN, cause, module=asked.module, python=interpreter.executable)
    try:
        found = _Look(asked, Places(interpreter)).judge()
        if deep:
            from gating.optional.deep import is_to_import, try_import

            found = try_import(found, interpreter=interpreter, timeout=timeout) if is_to_import(found) else found
    except Exception as problem:  # noqa: BLE001 - whatever others have put on the path or in sys.modules
        python = sys.executable if interpreter is None else interpreter.executable
        cause = f"it cannot be looked at: {type(problem).__name__}: {problem}"
        return Availability(asked, State.UNKNOWN, cause, module=asked.module, python=python)
    return found


class _Look:
    """One look at one dependency."""

    def __init__(self, asked: Asked, places: Places) -> None:
        self.asked = asked
        self.places = places
        self.notes: list[str] = []

    def judge(self) -> Availability:
        asked, own = self.asked, self.places.interpreter is None
        if own and (why := _hidden(asked)):
            return self._made(State.ABSENT, why, module=asked.module)
        distribution = installed.find(asked.distribution, self.places.folders)
        ghost = distribution if distribution and distribution.version is None else None
        whole = None if ghost else distribution
        try:
            module, expected = self._module(whole)
            if own and module is None and whole is not None:
                import importlib

                importlib.invalidate_caches()  # it may have been installed since the finders looked
                module, expected = self._module(whole)
        except ImportError as problem:
            cause = f"an import finder of this process refuses it: {problem}"
            return self._made(State.ABSENT, cause, module=asked.module)
        name = module.name if module else expected
        if own and (bad := _refused(name, known=whole is not None)) is not None:
            return self._made(*bad, module=name, path=module.path if module else None)
        if whole is not None:
            return self._installed(whole, module, name)
        owner = names.owner_of(module.name, self.places.folders) if module else None
        if owner is not None:
            self.notes.append(f"{name} is brought by {owner.name}")
            return self._installed(owner, module, name)
        if ghost is not None and (module is None or module.namespace):
            cause = "its metadata tells no version: an installation or a removal did not finish"
            return self._made(State.IMPOSTOR, cause, Evidence.STATIC, module=name, path=ghost.folder)
        if module is None:
            return self._made(State.ABSENT, f"{asked.distribution} is not installed", module=name)
        return self._without_metadata(module)

    def _module(self, distribution: Distribution | None) -> tuple[Module | None, str]:
        """What an import would find, and the name that was looked for first."""
        find, name = self.places.find, self.asked.distribution
        if self.asked.module is not None:
            return find(self.asked.module), self.asked.module
        expected = names.guessed(name)
        if distribution is not None:
            quick = names.plainly_told_by(distribution, name)
            if found := next((found for one in quick if (found := find(one)) and not found.namespace), None):
                return found, found.name
            expected = names.told_by(distribution, name) or expected
        found = None
        for one in expected:
            place = find(one)
            if place is not None and (not place.namespace or (distribution and names.has_files(distribution, one))):
                return place, one
            found = found or place
        return found, expected[0]

    def _installed(self, one: Distribution, module: Module | None, name: str) -> Availability:
        """One whose metadata tells a version: whether its files are there, then whether it is new enough."""
        if module is None:
            return self._without_module(one, name)
        if module.namespace and not names.has_files(one, module.name):
            cause = f"{one.name} {one.version} is in the metadata, but of {module.name} only a folder is left"
            return self._made(State.IMPOSTOR, cause, Evidence.STATIC, found=one.version, module=name, path=module.path)
        self._compare_words(one, module)
        return self._by_version(one.version or "", Evidence.STATIC, module.name, module.path or one.folder)

    def _without_module(self, one: Distribution, name: str) -> Availability:
        told = names.told_by(one, self.asked.distribution)
        source = one.source if one.editable else None
        places = {other: self.places.find(other) for other in (*told, *_above(name)) if other != name}
        others = [other for other, place in places.items() if place is not None and not place.namespace]
        if source is not None and not os.path.isdir(source):
            cause = f"it is installed as editable from {source}, which is gone"
        elif others:
            cause = f"{one.name} {one.version} has no module {name}; it has {', '.join(others)}"
        elif one.editable and self.places.interpreter is not None:
            self.notes.append("it is installed as editable, and what finds its modules cannot be seen from outside")
            return self._by_version(one.version or "", Evidence.STATIC, name, one.folder)
        else:
            cause = ""
        if cause:
            return self._made(State.BROKEN, cause, Evidence.STATIC, found=one.version, module=name, path=one.folder)
        if not told and names.needs_no_module(one):
            return self._by_version(one.version or "", Evidence.STATIC, None, one.folder)
        cause = f"{one.name} {one.version} is in the metadata, but its files are not there"
        return self._made(State.IMPOSTOR, cause, Evidence.STATIC, found=one.version, module=name, path=one.folder)

    def _without_metadata(self, module: Module) -> Availability:
        if module.namespace:
            cause = "only a folder of that name is there, which no installed distribution has files in"
            return self._made(State.IMPOSTOR, cause, Evidence.PRESENT, module=module.name, path=module.path)
        from gating.optional.source_version import loaded_version, source_version

        version = loaded_version(module.name) if self.places.interpreter is None else None
        self.notes.append("no metadata of it is installed")
        return self._by_version(version or source_version(module.path), Evidence.PRESENT, module.name, module.path)

    def _compare_words(self, one: Distribution, module: Module) -> None:
        from gating.optional.source_version import contradiction, loaded_version

        loaded = loaded_version(module.name) if self.places.interpreter is None else None
        told = contradiction(one.version or "", path=module.path, told=loaded)
        if told is not None:
            self.notes.append(f"the metadata says {one.version}, {module.name}.__version__ says {told}")

    def _by_version(
        self, version: str | None, evidence: Evidence, module: str | None, path: str | None
    ) -> Availability:
        from gating.optional.compare import compare

        state, cause = compare(version, self.asked.wanted)
        return self._made(state, cause, evidence, found=version, module=module, path=path)

    def _made(
        self,
        state: State,
        cause: str,
        evidence: Evidence = Evidence.ABSENT,
        *,
        found: str | None = None,
        module: str | None = None,
        path: str | None = None,
    ) -> Availability:
        notes = tuple(self.notes)
        return Availability(self.asked, state, cause, found, evidence, module, path, self.places.python, notes)


def _above(module: str) -> tuple[str, ...]:
    """The package that a dotted name begins with."""
    top = module.partition(".")[0]
    return (top,) if top != module else ()


def _hidden(asked: Asked) -> str | None:
    """Why this process makes it look absent, None where it does not."""
    hidden = sys.modules.get("gating.optional.hidden")  # nothing is hidden where that was never loaded
    told: str | None = hidden.why(asked.distribution, asked.module) if hidden else None
    return told


def _refused(name: str, *, known: bool) -> tuple[State, str] | None:
    """What is wrong with the module as this process has loaded it, None where nothing is, or none is loaded."""
    if name not in sys.modules and name.partition(".")[0] not in sys.modules:
        return None
    from gating.optional.loaded import refused

    return refused(name, known=known)
