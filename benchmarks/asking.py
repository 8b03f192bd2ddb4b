"""What asking for an optional dependency costs an application: at its start, again and again, and where it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import gating
from benchmarks.measure import Claim, command, medians

__all__ = ["asking"]

_ASKED = "torch"
_GUARDED = f"""\
from gating import guard

@guard({_ASKED!r})
def main():
    raise SystemExit("it is there")

main()
"""


def asking(folder: Path, *, env: Mapping[str, str], rounds: int) -> list[Claim]:
    """The claims, measured in a folder of no project."""
    script = folder / "guarded.py"
    script.write_text(_GUARDED, encoding="utf-8")

    def asks(name: str) -> Callable[[], float]:
        code = f"from gating import available; available({name!r})"
        return command((sys.executable, "-c", code), env=env, cwd=folder)

    found = medians(
        rounds * 2,
        bare=command((sys.executable, "-c", "pass"), env=env, cwd=folder),
        absent=asks(_ASKED),
        there=asks("pytest>=8.3"),
        said=_until_words(script, env),
    )
    ms = {name: seconds * 1e3 for name, seconds in found.items()}
    over = {name: took - ms["bare"] for name, took in ms.items()}

    def beside(name: str) -> str:
        return f"{ms[name]:.1f} ms beside {ms['bare']:.1f} ms"

    return [
        Claim(
            what=f'`from gating import available; available("{_ASKED}")`, absent',
            beside="over a bare interpreter",
            ratio=over["absent"],
            bound=25,
            unit="ms",
            detail=f"{beside('absent')}; {over['there']:.1f} ms above it for one that is there",
        ),
        Claim(
            what="`available()`, asked again",
            beside="",
            ratio=_again() * 1e3,
            bound=0.1,
            unit="ms",
            detail="in a project with a policy",
        ),
        Claim(
            what=f'`guard("{_ASKED}")`, absent: from the start to its message',
            beside="over a bare interpreter",
            ratio=over["said"],
            bound=50,
            unit="ms",
            detail=beside("said"),
        ),
    ]


def _until_words(script: Path, env: Mapping[str, str]) -> Callable[[], float]:
    """A competitor that is a command: seconds from its start until it has said what is missing and what mends it."""

    def run() -> float:
        started = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, script], env=dict(env), cwd=script.parent, stderr=subprocess.PIPE
        ) as made:
            assert made.stderr is not None
            made.stderr.readline()
            made.stderr.readline()
            taken = time.perf_counter() - started
            made.stderr.read()
        if made.returncode != 69:
            sys.exit(f"{script.name} ended with {made.returncode}; is {_ASKED} installed?")
        return taken

    return run


def _again() -> float:
    """The median seconds of one call, after the first."""
    gating.available(_ASKED)
    time.sleep(0.1)  # what has changed just now is not remembered
    taken = []
    for _ in range(2000):
        started = time.perf_counter()
        gating.available(_ASKED)
        taken.append(time.perf_counter() - started)
    return median(taken)
