"""Sessions that say what they could not check; `nox -l` lists them."""

from __future__ import annotations

import nox
from gating import sessions


@nox.session(venv_backend="none")
def preflight(session: nox.Session) -> None:
    """Check the tools that the policy asks for, those named after `--` alone."""
    sessions.preflight(session, *session.posargs)


@nox.session(venv_backend="none")
def gates(session: nox.Session) -> None:
    """Run the gates of the policy with the tools that are on PATH."""
    sessions.gate(session, "typing", "dead-code")


@nox.session
def tests(session: nox.Session) -> None:
    """Test in an environment of the session's own, whose Python is the one that is judged."""
    sessions.preflight(session, "python")
    sessions.run(session, "python", "-m", "unittest", *session.posargs)


@nox.session(default=False)
def show(session: nox.Session) -> None:
    """Greet with the optional dependencies that can be had here."""
    sessions.install_optional(session)
    session.run("python", "-c", "import greeter; greeter.show('Ada')")
