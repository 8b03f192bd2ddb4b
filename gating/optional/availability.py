"""Availability: what was found out about an optional dependency, true where it can be used."""

from __future__ import annotations

from gating.tuples import NamedTuple
from gating.words import Evidence, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gating.optional.asked import Asked
    from gating.verdict import Remedy

__all__ = ["Availability"]


class Availability(NamedTuple):
    """An optional dependency as it was found; as a truth value, whether it can be used as asked.

    `state` is `ok`, `absent`, `outdated`, `broken`, `impostor` or `unknown`, and `cause` one line on why it is not
    `ok`, empty where it is. `found` is the version as its metadata has it, None where there is none to be read.
    `module` is the name to import, None where nothing tells it; `path` is where the module or the metadata is.
    `python` is the interpreter's path. `notes` are remarks that judge nothing, such as a contradiction between
    metadata and `__version__`.
    """

    asked: Asked
    state: State
    cause: str = ""
    found: str | None = None
    evidence: Evidence = Evidence.ABSENT
    module: str | None = None
    path: str | None = None
    python: str = ""
    notes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.state is State.OK

    @property
    def name(self) -> str:
        """The name as it was asked for."""
        return self.asked.name

    @property
    def wanted(self) -> str | None:
        """The specifier that was asked for, None for any version."""
        return self.asked.wanted

    @property
    def distribution(self) -> str:
        """The distribution's name."""
        return self.asked.distribution

    @property
    def remedy(self) -> Remedy | None:
        """The command that mends it, None where nothing has to be mended."""
        from gating.optional.remedy import remedy_for

        return None if self else remedy_for(self)
