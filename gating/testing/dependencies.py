"""Dependencies: what the policy declares and what tests ask for, each as it is found in this process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from gating.optional.asked import Asked, asked, asked_by
from gating.policy.model import Fallback
from gating.words import Need, State

if TYPE_CHECKING:
    from gating.optional.availability import Availability
    from gating.policy import Policy
    from gating.policy.model import Optional

__all__ = ["Dependencies", "Dependency"]


class Dependency(NamedTuple):
    """One dependency as it was asked for and found.

    `modules` are its import names. `entry` is the policy's, None where a test asks for what the policy lacks.
    `applies` is False where the entry's marker is false here. `hidden` is one that is made to look absent.
    """

    availability: Availability
    modules: tuple[str, ...] = ()
    entry: Optional | None = None
    applies: bool = True
    hidden: bool = False

    @property
    def name(self) -> str:
        """The policy's key, or the distribution's name as a test has it."""
        return self.availability.name

    @property
    def met(self) -> bool:
        """Whether it can be used as asked; a version that cannot be read will do where none was asked for."""
        state = self.availability.state
        return state is State.OK or (state is State.UNKNOWN and self.availability.wanted is None)

    @property
    def fallback(self) -> Fallback:
        """What stands in for it; nobody is to fail for one that is only made to look absent."""
        if self.entry is None or (self.hidden and self.entry.fallback is Fallback.FAIL):
            return Fallback.SKIP
        return self.entry.fallback

    @property
    def need(self) -> Need:
        """What its absence costs; nothing where it is only made to look absent."""
        return Need.OPTIONAL if self.entry is None or self.hidden else self.entry.need

    @property
    def reason(self) -> str:
        """`needs torch>=2.2, which is absent`, for the one line that a test that is not run is given."""
        if not self.applies:
            return f"needs {self.availability.asked}, which does not apply here"
        found = f" ({self.availability.found})" if self.availability.found else ""
        how = "is made to look absent" if self.hidden else f"is {self.availability.state.value}{found}"
        return f"needs {self.availability.asked}, which {how}"


class Dependencies:
    """Those of one policy; `hidden` are the keys of those that are made to look absent.

    What they are called is read at once, so it has to be made before anything is hidden.
    """

    def __init__(self, policy: Policy, hidden: Iterable[str] = ()) -> None:
        from gating.optional.names import modules_of

        self.policy = policy
        self.hidden = frozenset(hidden)
        self.asked = {
            name: asked_by(name, entry)._replace(tree=str(policy.root)) for name, entry in policy.optional.items()
        }
        self.modules = {name: modules_of(one) for name, one in self.asked.items()}
        self._found: dict[Asked, Dependency] = {}
        self._lines: dict[str, Dependency] = {}

    @property
    def declared(self) -> Mapping[str, Dependency]:
        """Those that the policy declares, by key, as they are now; each is looked at once."""
        return {name: self._look(one) for name, one in self.asked.items()}

    @property
    def unmet(self) -> tuple[Dependency, ...]:
        """The declared ones that cannot be used as the policy asks."""
        return tuple(one for one in self.declared.values() if not one.met)

    def asked_for(self, line: str) -> Dependency:
        """The one that a test asks for by a line such as `torch>=2.2`. Raises `UsageError` for what is none."""
        known = self._lines.get(line)
        if known is None:
            one = asked(line, self.policy.optional)
            known = self._look(one._replace(tree=str(self.policy.root)) if one.name in self.asked else one)
            self._lines[line] = known
        return known

    def unmet_of(self, lines: Iterable[str]) -> tuple[Dependency, ...]:
        """Those of a test's lines that cannot be used as asked, each once."""
        found = dict.fromkeys(map(self.asked_for, lines))
        return tuple(one for one in found if not one.met)

    def bringing(self, module: str) -> tuple[Dependency, ...]:
        """The unmet declared ones that bring `module`, or something below a module that is missing."""
        return tuple(one for one in self.unmet if any(_is_of(module, own) for own in one.modules))

    def learn(self, modules: Mapping[str, Iterable[str]]) -> None:
        """Take import names from a process that can see what is hidden from this one."""
        self.modules |= {name: tuple(own) for name, own in modules.items() if name in self.asked}
        self._found.clear()
        self._lines.clear()

    def _look(self, one: Asked) -> Dependency:
        known = self._found.get(one)
        if known is None:
            known = self._found[one] = self._found_now(one)
        return known

    def _found_now(self, one: Asked) -> Dependency:
        from gating.optional.state import look

        entry = self.policy.optional.get(one.name)
        found = look(one)
        return Dependency(
            availability=found,
            modules=self.modules.get(one.name, ()),
            entry=entry,
            applies=bool(found) or entry is None or _applies(entry),
            hidden=one.name in self.hidden,
        )


def _is_of(module: str, own: str) -> bool:
    return module == own or module.startswith(f"{own}.") or own.startswith(f"{module}.")


def _applies(entry: Optional) -> bool:
    markers = [entry.when, entry.requires.partition(";")[2].strip()]
    wanted = [text for text in markers if text]
    if not wanted:
        return True
    from packaging.markers import Marker

    return all(Marker(text).evaluate({"extra": ""}) for text in wanted)
