"""Incident: a command that cannot do without an optional dependency ends with words, an exit code and a record.

`guard` stands around a command's entry point, as a decorator or as a context manager.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from gating.optional.asked import asked
from gating.optional.asking import plausible
from gating.optional.owner import calling_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from gating.optional.availability import Availability

__all__ = ["EX_UNAVAILABLE", "guard"]

EX_UNAVAILABLE = 69  # of sysexits.h: a service or a support file is unavailable
_LAST_CODE = 255

_Command = TypeVar("_Command")


class guard:  # noqa: N801 - it is used as functions are: as a decorator, and in a with statement
    """End the command where an optional dependency cannot be used: at most three lines on stderr, and `exit_code`.

    `name` and `more` are requirements, `torch` or `torch>=2.2`. They are looked at before the body, without an
    import; what the calling code's own policy or metadata says of them holds, as for `available`. The command also
    ends so where its body imports one of them and that fails, whatever it raises, and where the body raises a
    `MissingDependency`. Any other error passes untouched. A version that cannot be read is let pass.

    It decorates functions, coroutine functions, generators and asynchronous generators, above or below the
    decorators of click and typer. `dry_run` is a function to be run instead of the decorated one, with the same
    arguments; what it returns is returned. One line on stderr says so, and the run is recorded as degraded. A body
    that has begun is not replaced.

    The end is a `SystemExit`, which ends the process in the main thread only: another thread ends alone, as by
    `sys.exit`. `GATING_DEBUG=1` shows the traceback. The incident is recorded as a run with a verdict
    `optional:NAME` in the ledger of the project in whose tree the calling file lies, else in `GATING_LEDGER` where
    that is set, else nowhere. Raises `UsageError` for what is no requirement, and for an exit code that is none of
    1 to 255.
    """

    def __init__(
        self, name: str, *more: str, exit_code: int = EX_UNAVAILABLE, dry_run: Callable[..., Any] | None = None
    ) -> None:
        self._requirements = (name, *more)
        for one in self._requirements:
            asked(plausible(one))
        if exit_code not in range(1, _LAST_CODE + 1):
            raise _usage(f"the exit code {exit_code!r} is none of 1 to {_LAST_CODE}")
        self._file = calling_file()
        self.exit_code = exit_code
        self.dry_run = dry_run

    def __call__(self, command: _Command) -> _Command:
        from gating.checks.guarding import guarded

        return guarded(command, self)

    def __enter__(self) -> None:
        if self.dry_run is not None:
            raise _usage("dry_run is for a decorated command: the body of a with statement cannot be replaced")
        self.before(None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.after(error, None)

    def before(self, command: str | None) -> bool:
        """Whether the body is to be run; False for the dry run, which has been said and recorded.

        `command` is what is guarded, `module:function`, None for a with statement. Raises SystemExit where there is
        no dry run.
        """
        from gating.optional.calls import UNUSABLE

        missing = [one for one in self._found() if one.state in UNUSABLE]
        if not missing:
            return True
        self._ended(missing, command, None)
        return False

    def after(self, error: BaseException | None, command: str | None) -> None:
        """Raises SystemExit where an error of the body is about an optional dependency; else does nothing."""
        if error is None or isinstance(error, KeyboardInterrupt | GeneratorExit):
            return
        from gating.optional.blame import blamed
        from gating.optional.missing import MissingDependency

        one = error.availability if isinstance(error, MissingDependency) else blamed(error, self._found())
        if one is not None:
            self._ended([one], command, error)

    def _found(self) -> list[Availability]:
        from gating.optional.asking import found_for

        return [found_for(one, self._file) for one in self._requirements]

    def _ended(self, missing: list[Availability], command: str | None, error: BaseException | None) -> None:
        from gating.checks.aftermath import Aftermath

        aftermath = Aftermath(missing=missing, command=command, file=self._file, error=error)
        if error is None and self.dry_run is not None:
            aftermath.replaced_by(self.dry_run)
            return
        aftermath.ended_with(self.exit_code)
        raise SystemExit(self.exit_code) from error


def _usage(message: str) -> Exception:
    from gating.errors import UsageError

    return UsageError(message)
