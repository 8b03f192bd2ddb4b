"""The `gating` command: the tasks of `gating.tasks` as a program of its own, with exit codes that are kept."""

from __future__ import annotations

import sys
from typing import NoReturn

from invoke.exceptions import Exit, ParseError
from invoke.program import Program

from gating import __version__
from gating.errors import EXIT_INTERRUPTED, EXIT_USAGE
from gating.tasks import ns

__all__ = ["main"]


class _Program(Program):
    """invoke's program, but for two exit codes: 2 for a wrong use, 130 for an interrupt; invoke's own are 1."""

    def parse_core(self, argv: list[str] | None) -> None:
        try:
            super().parse_core(argv)
        except ParseError as wrong:
            raise Exit(str(wrong), code=EXIT_USAGE) from wrong

    def parse_tasks(self) -> None:
        try:
            super().parse_tasks()
        except ParseError as wrong:
            raise Exit(str(wrong), code=EXIT_USAGE) from wrong

    def execute(self) -> None:
        try:
            super().execute()
        except KeyboardInterrupt as interrupt:
            raise Exit("gating: interrupted", code=EXIT_INTERRUPTED) from interrupt


def main() -> NoReturn:
    """Run the command with the process's own arguments, and exit."""
    _Program(namespace=ns, name="gating", binary="gating", version=__version__).run()
    sys.exit(0)


if __name__ == "__main__":
    main()
