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
# what the newest alone runs, to save a third of the time: on the oldest the whole commands are left out
# that take longest and are the same on each, in between all of them
LEFT_OUT = {
    "3.11": [f"tests/e2e/test_{name}.py" for name in ("documents", "drift", "examples", "learning", "transcripts")],
    "3.12": ["tests/e2e"],
}
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
    """Run the suite on each interpreter that is here; on the newest, what it covers is judged by .gating/reach.json."""
    install(session, "test")
    words: list[str] = []
    if not session.posargs:  # a selection of one's own is whole, and not worth the workers' start
        words += [*WORKERS, *(f"--ignore={path}" for path in LEFT_OUT.get(str(session.python), []))]
    # three times the same figure would cost two suites
    sessions.tests(session, *words, measure=session.python == PYTHONS[-1])


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
