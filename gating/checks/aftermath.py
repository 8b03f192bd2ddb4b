"""Aftermath: what is said and recorded of a command that its optional dependencies kept from running."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from gating.environ import debugging
from gating.optional.wording import calm, mending, told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gating.optional.availability import Availability
    from gating.policy import Policy
    from gating.verdict import Verdict

__all__ = ["LEDGER", "Aftermath", "program", "stray"]

LEDGER = "GATING_LEDGER"


class Aftermath(NamedTuple):
    """One incident: what is missing, in which command (None for a with statement) of which file, by which error."""

    missing: Sequence[Availability]
    command: str | None
    file: str | None
    error: BaseException | None

    def ended_with(self, code: int) -> None:
        """Say it in three lines, and record it. The third line waits for the record, so that it can tell of it."""
        if debugging(os.environ):
            self._trace()
        _say(f"{program()}: {'; '.join(map(told, self.missing))}")
        remedies = list(dict.fromkeys(filter(None, map(mending, self.missing))))
        _say(f"  to mend it: {' && '.join(remedies) or 'no command is known'}")
        recorded = self._record(code, {})
        shown = "" if debugging(os.environ) else "; GATING_DEBUG=1 shows the traceback"
        _say(f"  exit code {code}{recorded and ', '}{recorded}{shown}")

    def replaced_by(self, dry_run: Callable[..., object]) -> None:
        """Say in one line, and record, that another function is run instead."""
        name = name_of(dry_run) or "the dry run"
        recorded = self._record(0, {"dry_run": name})
        words = "; ".join(map(told, self.missing))
        _say(f"{program()}: {words}; {calm(name)} is run instead{recorded and ', '}{recorded}")

    def _trace(self) -> None:
        import traceback

        with contextlib.suppress(OSError, ValueError):
            if self.error is not None:
                traceback.print_exception(self.error)
            elif sys.stderr is not None:
                traceback.print_stack()

    def _record(self, code: int, details: dict[str, Any]) -> str:
        """Record the incident; where it went, in words, empty where it goes nowhere. Changes no exit code."""
        try:
            return self._recorded(code, details)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the command's own end is what counts
            return f"not recorded: {calm(f'{type(error).__name__}: {error}')}"

    def _recorded(self, code: int, details: dict[str, Any]) -> str:
        from gating.optional.asking import asker_of

        asker = asker_of(self.file)
        if asker.policy is None and os.environ.get(LEDGER, "off") in {"", "off"}:
            return ""
        from gating.checks.recording import Subject, recorded
        from gating.errors import GatingError
        from gating.ledger.ledger import OFF
        from gating.words import Mode

        if asker.policy is not None:
            subject, mode = Subject.of(asker.policy), asker.policy.resolved_mode(os.environ)
        else:
            subject, mode = stray(os.environ[LEDGER], asker.owner.application or program()), Mode.LENIENT
        if subject.ledger == OFF:
            return ""

        class EndedError(GatingError):
            exit_code = code

        troubles: list[str] = []
        verdicts = [self._verdict(one, code, details, asker.policy) for one in self.missing]
        with (
            contextlib.suppress(EndedError),
            recorded(
                subject,
                "guard",
                env=os.environ,
                mode=mode,
                python=sys.executable,
                argv=sys.argv,
                say=troubles.append,
            ) as run,
        ):
            run.saw(verdicts)
            run.conclude(verdicts)
            if code:
                raise EndedError
        return calm("; ".join(troubles)) or f"recorded as run {run.record.id}"

    def _verdict(self, one: Availability, code: int, details: dict[str, Any], policy: Policy | None) -> Verdict:
        from gating.verdict import Need, Outcome, Verdict

        return Verdict(
            id=f"optional:{one.name}",
            outcome=Outcome.FAIL if code else Outcome.DEGRADED,
            state=one.state,
            need=Need.ALWAYS if code else Need.OPTIONAL,
            evidence=one.evidence,
            wanted=one.wanted,
            found=one.found,
            path=one.path,
            reason=one.cause,
            remedy=one.remedy,
            source=policy.source("optional", one.name) if policy else None,
            details={"command": self.command, "exit_code": code, **details},
        )


def name_of(function: object) -> str | None:
    """`module:function`, the function alone where it is of no module, None for what has no name."""
    module, name = (getattr(function, one, None) for one in ("__module__", "__qualname__"))
    if not isinstance(name, str):
        return None
    return f"{module}:{name}" if isinstance(module, str) else name


def program() -> str:
    """The command as its user calls it."""
    folder, name = os.path.split(sys.argv[0] if sys.argv else "")
    if name == "__main__.py":
        name = os.path.basename(folder)
    return calm(name) if name not in {"", "-c", "-"} else "python"


def stray(place: str, name: str) -> Any:
    """The subject of an incident outside of a project, for the ledger that the environment names."""
    from gating.checks.recording import Subject
    from gating.errors import UsageError
    from gating.ledger.folder import NAME
    from gating.policy.kinds import LedgerPlace

    if (flaw := LedgerPlace().flaw(place)) is not None:
        raise UsageError(f"{LEDGER} is {flaw}")
    if "://" in place:
        root = os.getcwd()
    else:
        place = os.path.abspath(place)
        folder = os.path.dirname(place)
        root = os.path.dirname(folder) if os.path.basename(folder) == NAME else folder
    return Subject(root=root, project=name, policy=None, digest=None, ledger=place, notes=())


def _say(line: str) -> None:
    if sys.stderr is None:  # a program without a console: print would take stdout instead
        return
    with contextlib.suppress(OSError, ValueError):  # nobody is left who could read it
        print(line, file=sys.stderr, flush=True)
