"""Carry: give the judged interpreter the same gating that judges it, so that its pytest finds the plugin.

Where gating is there, nothing is done. Else it is installed, version and origin as they are here; where that cannot
be done it is lent for one command by its search path, and a degraded verdict says so.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gating
from gating.checks.luggage import packed
from gating.toolchain.distributions import find_distribution
from gating.toolchain.judged import JudgedPython
from gating.verdict import Evidence, Need, Outcome, State, Verdict

__all__ = ["VERDICT", "Carried", "Install", "carried", "own_requirement"]

VERDICT = "tool:gating"
Install = Callable[[Sequence[str]], str | None]  # takes pip's words for what to install; says why it could not
_LEAST = (3, 11)


@dataclass(frozen=True, kw_only=True)
class Carried:
    """How gating came to the judged interpreter. `environment` is laid over that of the command to be run.

    `verdict` is None where it was there. `usable` is False where that interpreter cannot run gating at all.
    """

    environment: dict[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None
    usable: bool = True


@contextlib.contextmanager
def carried(judged: JudgedPython, *, install: Install | None) -> Iterator[Carried]:
    """Bring gating to the judged interpreter for the time of the block.

    `install` is how something gets into it; None where nothing may be installed.
    """
    if find_distribution("gating", judged, None).state is State.OK or judged.interpreter.error is not None:
        yield Carried()
        return
    version = judged.interpreter.version
    if _numbers(version) < _LEAST:
        why = f"Python {version} cannot run gating, which needs {_LEAST[0]}.{_LEAST[1]}: nothing accounts for its tests"
        yield Carried(verdict=_verdict(judged, Outcome.DEGRADED, State.ABSENT, why), usable=False)
        return
    why_not = _installed(judged, install)
    if why_not is None:
        reason = f"installed for this session: {' '.join(own_requirement() or ())}"
        yield Carried(verdict=_verdict(judged, Outcome.PASS, State.OK, reason))
        return
    lacks = find_distribution("packaging", judged, None).state is not State.OK
    with packed(packaging=lacks) as folder:
        there = judged.host.env.get("PYTHONPATH")
        path = os.pathsep.join([folder, there] if there else [folder])
        reason = f"lent to this command by its search path: {why_not}"
        yield Carried(
            environment={"PYTHONPATH": path}, verdict=_verdict(judged, Outcome.DEGRADED, State.ABSENT, reason)
        )


def own_requirement() -> tuple[str, ...] | None:
    """What pip is told to install the gating that runs here: its checkout, PEP 610's origin, or its version.

    None where nothing says where it came from.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    root = Path(gating.__file__).parent.parent
    try:
        origin = distribution("gating").read_text("direct_url.json")
    except PackageNotFoundError:
        return ("-e", str(root)) if _is_checkout(root) else None
    if _is_checkout(root):  # imported from a checkout, whatever is installed beside it
        return ("-e", str(root))
    if origin is None:
        return (f"gating=={gating.__version__}",)
    told = json.loads(origin)
    if "vcs_info" in told:
        return (f"gating @ {told['vcs_info']['vcs']}+{told['url']}@{told['vcs_info']['commit_id']}",)
    return (f"gating @ {told['url']}",)


def _is_checkout(root: Path) -> bool:
    try:
        return 'name = "gating"' in (root / "pyproject.toml").read_text(encoding="utf-8")
    except OSError:
        return False


def _installed(judged: JudgedPython, install: Install | None) -> str | None:
    """Why gating is not installed now, None where it is."""
    wants = own_requirement()
    if install is None:
        return "nothing may be installed here"
    if wants is None:
        return "nothing says where this gating came from"
    if (why_not := install(wants)) is not None:
        return why_not
    again = JudgedPython(judged.host, judged.cache)
    there = find_distribution("gating", again, None).state is State.OK
    return None if there else f"{' '.join(wants)} was installed and is not found"


def _verdict(judged: JudgedPython, outcome: Outcome, state: State, reason: str) -> Verdict:
    return Verdict(
        id=VERDICT,
        outcome=outcome,
        state=state,
        need=Need.OPTIONAL,
        evidence=Evidence.STATIC if state is State.OK else Evidence.ABSENT,
        found=gating.__version__,
        reason=reason,
        details={"python": judged.path},
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
