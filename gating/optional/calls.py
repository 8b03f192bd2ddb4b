"""Calls: what an application's own code asks of its optional dependencies, `available` and `require`."""

from __future__ import annotations

import os

from gating.optional.asked import Asked
from gating.optional.asking import asked_of, asker_of, found_for
from gating.optional.availability import Availability
from gating.optional.owner import calling_file
from gating.words import Evidence, State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["UNUSABLE", "available", "raised_by", "require"]

# the states that nothing is imported in; a version that cannot be read is no reason not to try
UNUSABLE = frozenset({State.ABSENT, State.OUTDATED, State.BROKEN, State.IMPOSTOR})


def available(
    requirement: str, *, python: str | None = None, deep: bool = False, timeout: float = 10.0
) -> Availability:
    """What is there of an optional dependency, `torch` or `torch>=2.2`; true where it can be used as asked.

    Nothing is imported. The project in whose tree the calling file lies has its policy asked for the name, an
    installed application its own metadata: so `available("torch")` takes the specifier that stands there. `python`
    is another interpreter, by its path or by a name on PATH; None is this process. `deep` imports the module in a
    process of its own, which gets `timeout` seconds. Never raises: for what is no requirement, and whatever else goes
    wrong, the state is `unknown` and its cause says why.
    """
    try:
        file = calling_file()
        if python is None and not deep:
            return found_for(requirement, file)
        return _look_elsewhere(requirement, file, python, deep=deep, timeout=timeout)
    except Exception as error:  # noqa: BLE001 - nobody who asks whether something is there expects an error
        given: object = requirement
        name = given[:80] if isinstance(given, str) else type(given).__name__
        cause = str(error) or type(error).__name__
        return Availability(asked=Asked(name=name, distribution=name), state=State.UNKNOWN, cause=cause)


def require(requirement: str) -> ModuleType:
    """Import an optional dependency and return its module; of `google-cloud-storage` it is `google.cloud.storage`.

    What it takes for the requirement is as for `available`. Raises `MissingDependency`, an ImportError, where it is
    absent, outdated, broken or an impostor, whatever its import raised; that is the `__cause__`. A version that
    cannot be read is let pass. Raises `UsageError` for what is no requirement.
    """
    one = found_for(requirement, calling_file())
    if one.state in UNUSABLE and one.state is not State.ABSENT:
        from gating.optional.missing import MissingDependency

        raise MissingDependency.of(one)
    from importlib import import_module

    try:
        loaded = import_module(one.module or one.name)
    except (Exception, SystemExit) as error:
        from gating.optional.missing import MissingDependency

        raise MissingDependency.of(one if one.state is State.ABSENT else raised_by(error, one)) from error
    if one.state is State.ABSENT:  # found by what the judgement does not trust
        from gating.optional.missing import MissingDependency

        raise MissingDependency.of(one)
    return loaded


def raised_by(error: BaseException, one: Availability) -> Availability:
    """What an import's error says of a dependency that looked well: absent where it is not found, else broken."""
    module = one.module or one.name
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if name is not None and f"{module}.".startswith(f"{name}."):
        return one._replace(state=State.ABSENT, cause=str(error), evidence=Evidence.ABSENT)
    said = f"{type(error).__name__}: {error}"
    return one._replace(state=State.BROKEN, cause=said, evidence=Evidence.EXECUTED)


def _look_elsewhere(
    requirement: str, file: str | None, python: str | None, *, deep: bool, timeout: float
) -> Availability:
    from gating.optional.state import look

    one = asked_of(requirement, asker_of(file))
    if python is None:
        return look(one, deep=deep, timeout=timeout)
    from gating.process.interpreter import describe

    return look(one, interpreter=describe(python, env=os.environ, timeout=timeout), deep=deep, timeout=timeout)
