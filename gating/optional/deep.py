"""Deep: a module imported in a process of its own, where anything may happen to it."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from gating.optional.source_version import contradiction
from gating.words import Evidence, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gating.optional.availability import Availability
    from gating.process import Captured
    from gating.process.interpreter import Interpreter

__all__ = ["is_to_import", "try_import", "try_imports"]

_MARK = "gating.import "
# what the module prints goes nowhere, and the answer through a descriptor that it does not know; an end that
# is not ours (os._exit, a signal) is one without an answer
_CODE = """
import os, sys
answer = os.dup(1)
nowhere = os.open(os.devnull, os.O_WRONLY)
os.dup2(nowhere, 1)
os.dup2(nowhere, 2)
import importlib, json
name, path = sys.argv[1], json.loads(sys.argv[2])
if path is not None:
    sys.path[:] = path
try:
    made = importlib.import_module(name)
    version = getattr(made, "__version__", None)
    said = {"version": version if isinstance(version, str) else None}
except BaseException as problem:
    code = getattr(problem, "code", None) if isinstance(problem, SystemExit) else None
    try:
        text = str(problem)
    except BaseException:
        text = ""
    lines = text.strip().splitlines()
    said = {
        "error": type(problem).__name__,
        "message": lines[0][:500] if lines else "",
        "missing": str(problem.name) if isinstance(problem, ModuleNotFoundError) and problem.name else None,
        "exit": isinstance(problem, SystemExit),
    }
os.write(answer, ("\\n" + MARK + json.dumps(said) + "\\n").encode())
os._exit(0)
""".replace("MARK", repr(_MARK))


def is_to_import(one: Availability) -> bool:
    """Whether an import would tell more: where files and metadata leave nothing to complain of."""
    known = one.module is not None and one.evidence is not Evidence.EXECUTED
    return known and one.state in {State.OK, State.UNKNOWN}


def try_import(one: Availability, *, interpreter: Interpreter | None, timeout: float) -> Availability:
    """What becomes of an availability when its module is imported, for at most `timeout` seconds.

    A module that cannot be found is absent, one that lacks another or fails in any other way is broken. A version
    that no metadata told is taken from what was imported. One whose module is not known is left as it is.
    """
    (made, _) = try_imports([one], interpreter=interpreter, timeout=timeout)[0]
    return made


def try_imports(
    ones: Sequence[Availability],
    *,
    interpreter: Interpreter | None,
    timeout: float,
    env: Mapping[str, str] | None = None,
    on_tick: Callable[[Sequence[str]], None] | None = None,
) -> list[tuple[Availability, float]]:
    """What becomes of each, all of them imported at once in processes of their own, and the seconds that it took.

    `env` is the environment of those processes, None for our own. `on_tick` is called about ten times a second with
    the names of the modules that are still being imported.
    """
    import json

    from gating.process import Command, capture

    # our own path is handed on, folders that a test or a tool put there too; another interpreter has its own
    path = json.dumps([os.path.abspath(entry) for entry in sys.path] if interpreter is None else None)
    wanted = [one for one in ones if one.module is not None]
    commands = [
        Command(argv=(*_importing(one), path), timeout=timeout, label=one.module or "", env=env) for one in wanted
    ]
    ended = dict(zip(map(id, wanted), capture(commands, on_tick=on_tick), strict=True))
    return [
        (_outcome(one, ended[id(one)], timeout), ended[id(one)].duration_s) if id(one) in ended else (one, 0.0)
        for one in ones
    ]


def _importing(one: Availability) -> tuple[str, ...]:
    return (one.python, "-I", "-c", _CODE, one.module or "")


def _outcome(one: Availability, made: Captured, timeout: float) -> Availability:
    said, name = _answer(made), one.module or ""
    if said is None:
        return one._replace(state=State.BROKEN, cause=_died(name, made, timeout), evidence=Evidence.EXECUTED)
    if "error" not in said:
        return _imported(one, said["version"])
    state, cause = _failed(name, said)
    return one._replace(state=state, cause=cause, evidence=Evidence.EXECUTED)


def _answer(made: Captured) -> dict[str, str | None] | None:
    import json

    for line in made.stdout.splitlines():
        if line.startswith(_MARK):
            said: dict[str, str | None] = json.loads(line.removeprefix(_MARK))
            return said
    return None


def _imported(one: Availability, version: str | None) -> Availability:
    one = one._replace(evidence=Evidence.EXECUTED)
    if one.found is None and version is not None:
        from gating.optional.compare import compare

        state, cause = compare(version, one.asked.wanted)
        return one._replace(state=state, cause=cause, found=version)
    if version is not None and (told := contradiction(one.found or "", path=None, told=version)) is not None:
        note = f"the metadata says {one.found}, {one.module}.__version__ says {told}"
        return one if note in one.notes else one._replace(notes=(*one.notes, note))
    return one


def _failed(name: str, said: dict[str, str | None]) -> tuple[State, str]:
    missing = said["missing"]
    if missing is not None and f"{name}.".startswith(f"{missing}."):
        return State.ABSENT, f"no module named {missing!r} can be imported"
    if missing is not None:
        return State.BROKEN, f"{name} needs the module {missing}, which cannot be found"
    if said["exit"]:
        return State.BROKEN, f"importing {name} ended Python: SystemExit({said['message']})"
    told = f"{said['error']}: {said['message']}" if said["message"] else f"{said['error']}"
    return State.BROKEN, f"importing {name} raised {told}"


def _died(name: str, made: Captured, timeout: float) -> str:
    if made.error is not None:
        return f"{name} could not be imported: {made.error}"
    if made.ending == "timed-out":
        return f"importing {name} did not end within {timeout:g} s"
    if made.code is not None and made.code < 0:
        return f"importing {name} killed Python with {_signal(-made.code)}"
    return f"importing {name} ended Python with exit code {made.code}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
