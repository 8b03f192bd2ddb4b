"""World: what is taken for granted of the interpreter, the platform, and which modules there are."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from gating.coverage.guards.values import Kind, Reason, Value, constant

__all__ = ["World"]

# modules of the standard library by the minor version of Python 3 that first had them; nothing else goes by that name
_SINCE = {"graphlib": 9, "zoneinfo": 9, "tomllib": 11, "annotationlib": 14, "compression": 14}
_SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
_BUILTIN = frozenset(dir(builtins))
_CONDITIONS = ("version_info", "sys.platform", "import platform", "platform.system", "TYPE_CHECKING", "os.name")
# the functions that raise where a module is absent, or end a test; see gating.coverage.guards.calls
_ASKING = frozenset(
    ("import_module", "__import__", "importorskip", "require", "find_spec", "version", "distribution", "guard")
)
_LAZY_SINCE = (3, 15)
_ANNOTATIONS_WAIT = (3, 14)


@dataclass(frozen=True, kw_only=True)
class World:
    """The interpreter to answer for. `absent` and `present` are modules by their dotted names.

    `names` leads from a requirement's normalised name to its module, for `available("hydra-core")`.
    """

    absent: frozenset[str] = frozenset()
    present: frozenset[str] = frozenset()
    python: tuple[int, int] = (3, 11)
    platform: str = "linux"
    os_name: str = "posix"
    names: Mapping[str, str] = field(default_factory=dict)

    def with_open(self, modules: Collection[str]) -> World:
        """The same where nobody knows whether these are absent."""
        return replace(self, absent=self.absent.difference(modules)) if modules else self

    @property
    def has_lazy_imports(self) -> bool:
        """Whether `__lazy_modules__` is heeded (PEP 810)."""
        return self.python >= _LAZY_SINCE

    @property
    def annotations_wait(self) -> bool:
        """Whether annotations are evaluated only when they are asked for (PEP 649)."""
        return self.python >= _ANNOTATIONS_WAIT

    def missing(self, module: str, line: int) -> Reason | None:
        """Why importing the module surely fails, None where it may work."""
        parts = module.split(".")
        for depth in range(1, len(parts) + 1):
            name = ".".join(parts[:depth])
            if name in self.absent:
                return Reason("import", (name,), line)
        since = _SINCE.get(parts[0])
        return Reason("version", (), line) if since is not None and self.python < (3, since) else None

    def has(self, module: str, line: int) -> Reason | None:
        """Why importing the module surely works, None where it may fail."""
        if module in self.present:
            return Reason("import", (module,), line)
        since = _SINCE.get(module)
        return Reason("version", (), line) if since is not None and self.python >= (3, since) else None

    def required(self, requirement: str) -> str:
        """The module that a requirement such as `torch>=2` is for."""
        name = requirement
        for sign in "[ <>=!~;@(":
            name = name.partition(sign)[0]
        folded = _normalised(name)
        if folded in self.names:
            return self.names[folded]
        known = {_normalised(each): each for each in (*self.absent, *self.present)}
        return known.get(folded, name)

    def attribute(self, dotted: str, line: int) -> Value | None:
        """What is known of an attribute of a module of the standard library."""
        if dotted == "sys.version_info":
            return Value(Kind.VERSION, self.python, Reason("version", (), line))
        if dotted == "sys.platform":
            return constant(self.platform, Reason("platform", (), line))
        if dotted == "os.name":
            return constant(self.os_name, Reason("platform", (), line))
        if dotted in {"typing.TYPE_CHECKING", "typing_extensions.TYPE_CHECKING"}:
            return constant(False, Reason("typing", (), line))
        return None

    def system(self, line: int) -> Value | None:
        """What `platform.system()` says."""
        name = _SYSTEMS.get(self.platform)
        return constant(name, Reason("platform", (), line)) if name else None

    def words(self) -> Collection[str]:
        """Texts of which one stands in every file that the world matters for."""
        since = [f"{word} {name}" for name in _SINCE for word in ("import", "from")]
        modules = {name.split(".", 1)[0] for name in (*self.absent, *self.present)}
        return (*_CONDITIONS, *since, *sorted(modules), *sorted(self.names))

    @property
    def fatal(self) -> frozenset[str]:
        """Words of which one stands in every expression that fails because of the world, beside names bound in it."""
        return _ASKING | {part for name in (*self.absent, *self.names.values()) for part in name.split(".")}


def is_builtin_name(name: str) -> bool:
    """Whether Python itself has a name, so that it is never unbound."""
    return name in _BUILTIN


def _normalised(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")
