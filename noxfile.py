#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.5.1", "packaging>=24.0"]
# ///
"""The sessions of this project; `nox -l` lists them."""

from __future__ import annotations

import sys
from pathlib import Path

import nox

# `nox` does not put this folder on sys.path (`python -m nox` does), and gating is imported from the checkout
sys.path.insert(0, str(Path(__file__).resolve().parent))

from gating import sessions

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"

PYTHONS = ["3.11", "3.12", "3.13"]
# two for the whole suite, and neither waits while the other has the slow tests
WORKERS = ("-n", "2", "--dist", "worksteal")
# what starts processes, the newest alone runs in `tests`, so that all three end within ten minutes on two slow cores;
# `everywhere` leaves nothing out
LEFT_OUT = [
    *("checks", "e2e", "ledger", "metrics", "optional/install", "process", "testing", "toolchain"),
    *("coverage/test_ini.py", "report/test_live.py", "report/test_report_metrics.py"),
]
PYPROJECT = nox.project.load_toml("pyproject.toml")


def install(session: nox.Session, group: str) -> None:
    """Install the package from the checkout with its extras, and a dependency group."""
    session.install("-e", ".[all,gpu,plot]", *nox.project.dependency_groups(PYPROJECT, group))


@nox.session
def preflight(session: nox.Session) -> None:
    """Check the tools that this project asks for."""
    sessions.preflight(session)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the whole suite on the newest interpreter, judged by .gating/reach.json, and its quick part on the others."""
    install(session, "test")
    newest = session.python == PYTHONS[-1]
    words: list[str] = []
    if not session.posargs:  # a selection of one's own is whole, and not worth the workers' start
        words += WORKERS
        words += [] if newest else [f"--ignore=tests/{path}" for path in LEFT_OUT]
    # three times the same figure would cost two suites
    sessions.tests(session, *words, measure=newest)


@nox.session(python=PYTHONS[:-1], default=False)
def everywhere(session: nox.Session) -> None:
    """Run the whole suite where `tests` runs its quick part, as CI does; takes a quarter of an hour."""
    install(session, "test")
    sessions.tests(session, *WORKERS, "--hypothesis-profile=wide", measure=False)


@nox.session(default=False)
def properties(session: nox.Session) -> None:
    """Try each property with a thousand examples that no run has drawn before."""
    install(session, "test")
    session.run("pytest", *WORKERS, "-m", "hypothesis", "--hypothesis-profile=thorough", "--timeout=0", "tests")


@nox.session(python=PYTHONS[-1], default=False)
def learn(session: nox.Session) -> None:
    """Write .gating/reach.json, which `tests` judges by: the measured suite twice, on a machine that is quiet."""
    install(session, "test")
    sessions.learn(session, *WORKERS)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and layout, and this project's nox practices."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("repo-review", "--select", "NOX101,NOX102,NOX103,NOX201,NOX202,NOX203", ".")


@nox.session
def typing(session: nox.Session) -> None:
    """Check the types of package, tests, benchmarks, noxfile and tasks."""
    install(session, "typing")
    session.run("mypy")


@nox.session(default=False)
def drift(session: nox.Session) -> None:
    """Run the suite without each optional dependency, and without all; takes several times as long as `tests`."""
    install(session, "test")
    # the processes of whole commands see what is installed (see tests/conftest.py), whatever is hidden from the tests
    sessions.drift(session, *WORKERS, "--ignore=tests/e2e")


@nox.session(python=PYTHONS[-1], default=False)
def bench(session: nox.Session) -> None:
    """Measure start-up, warm and cold preflights beside their peers; needs a quiet machine."""
    install(session, "bench")
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session(default=False)
def realworld(session: nox.Session) -> None:
    """Adopt gating in projects of others, and what else takes a minute; needs a package index."""
    install(session, "test")
    session.run("pytest", "-m", "realworld", *(session.posargs or ["tests"]))


if __name__ == "__main__":
    nox.main()
