"""The nox door: checks for the sessions of anyone's noxfile, judged for the session's own Python.

Every function prints its report, records the run, and ends the session by `session.error` where a verdict
failed. They are safe under `nox -j`, with any backend, and with `--no-install`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gating import front
from gating.errors import GatingError
from gating.verdict import Outcome, Report

if TYPE_CHECKING:
    import nox

    from gating.toolchain.host import Host

__all__ = ["coverage", "drift", "gate", "install_optional", "learn", "preflight", "run", "tests"]


def preflight(
    session: nox.Session,
    *names: str,
    strict: bool | None = None,
    evidence: str | None = None,
    refresh: bool = False,
    fix: bool = False,
) -> Report | None:
    """Check the policy's requirements, or those named, for the session's Python and search path.

    The session's own programs come first, then its PATH. The parameters are those of `gating.preflight`; `fix`
    changes the session's environment, never the one that nox runs in. Returns the report; None under
    `--install-only`. A failed verdict ends the session.
    """
    from gating.checks.preflight import preflight as check

    if _installs_only(session, "preflight"):
        return None
    host = _host(session, {})
    asked: dict[str, Any] = {"strict": strict, "evidence": evidence, "refresh": refresh, "fix": fix}
    return _concluded(session, lambda: check(only=names, host=host, env=host.env, progress=front.progress, **asked))


def gate(session: nox.Session, *names: str, strict: bool | None = None, more: Sequence[str] = ()) -> Report | None:
    """Run gates of the policy with the session's programs first on the search path.

    `more` are arguments for the command of every gate. Returns the report; None under `--install-only`. A failed
    verdict ends the session.
    """
    from gating.checks.gate import gate as check

    if _installs_only(session, f"gate {', '.join(names)}"):
        return None
    host = _host(session, {})
    return _concluded(session, lambda: check(names, strict=strict, host=host, env=host.env, more=more))


def install_optional(session: nox.Session, *names: str, strict: bool | None = None) -> Report | None:
    """Install what the project declares as optional and the session's environment lacks, all of it or what is named.

    Only into an environment of the session's own: with the backend `none`, and under `--no-install` where the
    environment is used again, nothing is installed, and a degraded verdict says so. `--install-only` installs.
    Returns the report. A failed verdict ends the session; one that is only degraded does not.
    """
    from gating.checks.install import install_optional as check

    host = _host(session, {})
    asked: dict[str, Any] = {"strict": strict, "refused": _installs_nothing(session)}
    return _concluded(session, lambda: check(names, host=_with_uv(host), env=host.env, **asked))


def run(
    session: nox.Session,
    *argv: str | os.PathLike[str],
    env: Mapping[str, str | None] | None = None,
    success_codes: Sequence[int] = (0,),
) -> Report | None:
    """Run a command of the session as `session.run` does, and record it as a run with one verdict.

    `env` is laid over the session's environment, None removes a variable. An exit code that is not one of
    `success_codes` ends the session. Returns the report; None under `--install-only`.
    """
    from gating.checks.command import run_command

    words = [os.fspath(word) for word in argv]
    if _installs_only(session, " ".join(words)):
        return None
    session.log(shlex.join(words))
    host = _host(session, env or {})
    return _concluded(
        session, lambda: run_command(words, host=host, env=host.env, success_codes=success_codes), quiet=True
    )


def tests(
    session: nox.Session,
    *pytest_args: str | os.PathLike[str],
    strict: bool | None = None,
    install: Sequence[str] | None = None,
    runner: Sequence[str] = ("python", "-m", "pytest"),
    env: Mapping[str, str | None] | None = None,
    measure: bool | None = None,
    judge: bool = True,
) -> Report | None:
    """Test with pytest in the session's Python, and judge it all: its tools, its optional dependencies, its tests.

    `pytest_args` come before the session's own `posargs`. `install` names optional dependencies to install first
    where they are not there; None for those whose absence would fail the run, `()` for none. `runner` is the
    command that is pytest: `("python", "-X", "dev", "-m", "pytest")` for another mode of Python. `env` is laid over the
    session's environment, None removes a variable. Where the session's Python lacks gating it gets this one,
    installed or, where nothing may be installed, on the search path of this one command. `measure` False leaves
    coverage out, for which a degraded verdict stands where the policy asks for it; None measures where it does. With
    `judge` False its coverage is kept, for `coverage` to judge together with that of other sessions. Returns the
    report; None under `--install-only`. A failed verdict ends the session.
    """
    from gating.checks.tested import run_tests

    words = [os.fspath(word) for word in (*pytest_args, *session.posargs)]
    if _installs_only(session, shlex.join([*runner, *words])):
        return None
    session.log(shlex.join([*runner, *words]))
    host = _with_uv(_host(session, env or {}))
    refused = _installs_nothing(session)
    return _concluded(
        session,
        lambda: run_tests(
            words,
            host=host,
            env=host.env,
            strict=strict,
            runner=runner,
            install=install,
            refused=refused,
            installer=None if refused else _installer(session),
            label=session.name,
            measure=measure,
            judge=judge,
            progress=front.progress,
        ),
    )


def coverage(session: nox.Session, *data: str | os.PathLike[str]) -> Report | None:
    """Judge what several sessions have measured (`tests(session, judge=False)`), together and once.

    `data` are folders, reports or data files; none is what `.gating/coverage` holds. A line is required unless it was
    out of reach in every one of them. Data of older sources is named and left out. Returns the report; None under
    `--install-only`. A failed verdict ends the session.
    """
    from gating.checks.coverage import check_coverage

    if _installs_only(session, "coverage"):
        return None
    host = _host(session, {})

    def checked() -> Report:
        found = check_coverage([os.fspath(one) for one in data], host=host, env=host.env)
        front.emit_coverage(found.report, found.document)
        return found.report

    return _concluded(session, checked, quiet=True)


def learn(session: nox.Session, *pytest_args: str | os.PathLike[str], without: Sequence[str] = ()) -> Report | None:
    """Learn in the session's Python what the tests reach, and what each absence keeps them from: `coverage.learn`.

    `pytest_args` come before the session's own `posargs`. `without` names dependencies: the suite is then run once
    more without each. Nothing is installed but gating itself, where it is not there. Returns the report; None under
    `--install-only`. A failed verdict, after which what was known stays as it is, ends the session.
    """
    from gating.checks.learning import learn_coverage

    words = [os.fspath(word) for word in (*pytest_args, *session.posargs)]
    if _installs_only(session, shlex.join(["coverage.learn", *words])):
        return None
    host = _host(session, {})
    installer = None if _installs_nothing(session) else _installer(session)
    asked: dict[str, Any] = {"without": without, "installer": installer, "say": session.log}
    return _concluded(session, lambda: learn_coverage(words, host=host, env=host.env, **asked))


def drift(session: nox.Session, *pytest_args: str | os.PathLike[str], only: Sequence[str] = ()) -> Report | None:
    """Try the suite in the session's Python without each optional dependency that is there, and without all of them.

    `pytest_args` come before the session's own `posargs`. `only` names the dependencies to try, `all` for all at
    once; empty for each and all. Nothing is installed. Returns the report; None under `--install-only`. A failed
    verdict, that of a dependency without which something breaks unaccounted for, ends the session.
    """
    from gating.checks.drift import drift as check

    words = [os.fspath(word) for word in (*pytest_args, *session.posargs)]
    if _installs_only(session, shlex.join(["drift", *words])):
        return None
    host = _host(session, {})

    def checked() -> Report:
        found = check(words, only=only, host=host, env=host.env, say=session.log)
        front.emit_drift(found.report, found.document)
        return found.report

    return _concluded(session, checked, quiet=True)


def _installer(session: nox.Session) -> Callable[[Sequence[str]], str | None]:
    """What installs into the session's environment, and says why where it could not."""

    def install(words: Sequence[str]) -> str | None:
        from nox.command import CommandFailed

        try:
            session.install(*words, silent=True)
        except (CommandFailed, ValueError) as error:
            return f"it could not be installed{f': {error}' if str(error) else ''}"
        return None

    return install


def _concluded(session: nox.Session, check: Callable[[], Report], *, quiet: bool = False) -> Report:
    """Print what a check found, and end the session where a verdict failed; `quiet` leaves the report out."""
    try:
        report = check()
    except GatingError as error:
        from gating.report.problems import render

        front.write(render(error, "text", **front.style(sys.stderr)), sys.stderr)
        session.error(f"gating: exit {error.exit_code}")
    if not quiet:
        front.emit(report)
    counts = report.counts
    if counts.failed:
        from gating.report.words import label, plain

        failed = [one for one in report.verdicts if one.outcome is Outcome.FAIL]
        unmet = [f"{label(one.id)} ({plain(one.reason) or one.state})" for one in failed]
        session.error("gating: failed: " + "; ".join(unmet))
    if counts.degraded:
        session.warn(f"gating: degraded: {counts.degraded} of {len(report.verdicts)} verdicts; this is not a full run")
    return report


def _host(session: nox.Session, env: Mapping[str, str | None]) -> Host:
    """Where the session looks: its environment laid over ours, its programs before PATH, its own Python judged."""
    from gating.toolchain.host import Host

    laid = {**os.environ, **session.env, **env}
    own = {name: text for name, text in laid.items() if text is not None}
    first = session.bin_paths or ()
    # backend none has no folder of its own: its Python is the one that the search path finds
    places = os.pathsep.join(first) if first else own.get("PATH")
    python = shutil.which("python", path=places) or shutil.which("python3", path=places) or sys.executable
    return Host.of(own, python=python, root=os.getcwd(), first=first, protected=(sys.prefix,))


def _installs_only(session: nox.Session, what: str) -> bool:
    """Whether nox was told to install and run nothing; it keeps that to itself but for this."""
    config = getattr(getattr(session, "_runner", None), "global_config", None)
    if not getattr(config, "install_only", False):
        return False
    session.log(f"Skipping {what}, as --install-only is set.")
    return True


def _installs_nothing(session: nox.Session) -> str | None:
    """Why the session must not install anything, as `session.install` sees it; None where it may."""
    if not session.bin_paths:
        return "the session has no environment of its own"
    runner = getattr(session, "_runner", None)
    no_install = getattr(getattr(runner, "global_config", None), "no_install", False)
    if no_install and getattr(getattr(runner, "venv", None), "_reused", False):
        return "nox was told --no-install"
    return None


def _with_uv(host: Host) -> Host:
    """The host with the uv that nox itself uses, which may be in nox's environment alone, last on its search path."""
    from gating.toolchain.channels import on_path

    if on_path("uv", host):
        return host
    from nox import virtualenv

    program = shutil.which(getattr(virtualenv, "UV", "uv"))
    return host if program is None else host._replace(path=(*host.path, os.path.dirname(os.path.abspath(program))))
