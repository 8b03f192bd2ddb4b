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
PYPROJECT = nox.project.load_toml("pyproject.toml")


def install(session: nox.Session, group: str) -> None:
    """Install the package from the checkout with its extras, and a dependency group."""
    session.install("-e", ".[metrics,nox,rich,test]", *nox.project.dependency_groups(PYPROJECT, group))


@nox.session
def preflight(session: nox.Session) -> None:
    """Check the tools that this project asks for."""
    sessions.preflight(session)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the suite on each interpreter that is here, measured on the newest; nox names those that it did not find."""
    install(session, "test")
    # two workers for the whole suite, and neither waits while the other has the slow tests; a selection of one's own
    # is not worth their start
    workers: tuple[str, ...] = () if session.posargs else ("-n", "2", "--dist", "worksteal")
    if session.python not in {PYTHONS[0], PYTHONS[-1]} and not session.posargs:
        workers += ("--ignore", "tests/e2e")  # whole commands behave as on the oldest and the newest
    if session.python != PYTHONS[-1]:
        sessions.tests(session, *workers)
        return
    # coverage starts before pytest does: the plugin imports gating before pytest-cov could measure it
    env = {"COVERAGE_FILE": str(Path(session.virtualenv.location, "coverage")), "COVERAGE_CORE": "ctrace"}
    session.run("coverage", "erase", env=env)  # what a run that was ended has left would be combined with this one
    sessions.tests(session, *workers, runner=("coverage", "run", "-m", "pytest"), env=env)
    session.run("coverage", "combine", "--quiet", env=env)
    session.run("coverage", "report", "--skip-covered", "--show-missing", env=env)


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
    """Run the suite without each optional dependency, and without all; takes as many times as long as `tests`."""
    install(session, "test")
    # what makes things look absent is not tried while something is made to look absent
    own = [f"--ignore=tests/optional/test_{name}.py" for name in ("children", "late", "shim", "standing")]
    sessions.drift(session, "-n", "2", *own)


@nox.session(default=False)
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
