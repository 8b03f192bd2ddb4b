"""The `gating` command: the tasks of `gating.tasks` as a program of its own, with exit codes that are kept."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import NoReturn

from invoke.exceptions import Exit, ParseError, UnknownFileType
from invoke.program import Program

from gating import __version__
from gating.errors import EXIT_INTERRUPTED, EXIT_USAGE
from gating.tasks import ns

__all__ = ["main"]


class _Program(Program):
    """invoke's program, but for two exit codes: 2 for a wrong use, 130 for an interrupt; invoke's own are 1."""

    def parse_core(self, argv: list[str] | None) -> None:
        with _told():
            super().parse_core(argv)

    def parse_tasks(self) -> None:
        with _told():
            super().parse_tasks()

    def update_config(self, merge: bool = True) -> None:
        with _told():
            super().update_config(merge)

    def execute(self) -> None:
        with _told():
            super().execute()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn what invoke raises, or lets through, into the exit code that it stands for."""
    try:
        yield
    except (ParseError, UnknownFileType, ValueError) as wrong:  # ValueError: a flag that wants a number
        raise Exit(f"gating: {wrong}", code=EXIT_USAGE) from wrong
    except KeyboardInterrupt as interrupt:
        raise Exit("gating: interrupted", code=EXIT_INTERRUPTED) from interrupt


def main() -> NoReturn:
    """Run the command with the process's own arguments, and exit."""
    _Program(namespace=ns, name="gating", binary="gating", version=__version__).run()
    sys.exit(0)


if __name__ == "__main__":
    main()
