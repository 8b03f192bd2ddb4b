"""Imports in a process of its own, in which anything may happen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gating.optional.asked import Asked, asked
from gating.optional.availability import Availability
from gating.optional.deep import try_imports
from gating.optional.state import look
from gating.words import Evidence, State
from tests.optional.places import Site


class Place:
    def __init__(self, site: Site) -> None:
        self.site = site

    def look(self, body: str, text: str = "spam", *, timeout: float = 10.0) -> Availability:
        self.site.install("spam", "2.5", {"spam/__init__.py": body})
        return look(asked(text), deep=True, timeout=timeout)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    site = Site(tmp_path / "site")
    monkeypatch.syspath_prepend(site.folder)
    return Place(site)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "importing spam killed Python with SIGSEGV"),
        ("import os\nos._exit(3)", "importing spam ended Python with exit code 3"),
        ("import sys\nsys.exit()", "importing spam ended Python: SystemExit()"),
        ("raise KeyboardInterrupt", "importing spam raised KeyboardInterrupt"),
        ("import spam.part", "spam needs the module spam.part, which cannot be found"),
        ("from os import surely_missing", "importing spam raised ImportError: cannot import name 'surely_missing' "),
        ("raise ImportError('libx.so', name='spam')", "importing spam raised ImportError: libx.so"),
        (
            "class E(Exception):\n    def __str__(self): raise ValueError\nraise E",
            "importing spam raised E",
        ),
        ("raise OSError('first\\nsecond')", "importing spam raised OSError: first"),
        ("def", "importing spam raised SyntaxError: "),
        ("import sys\nsys.setrecursionlimit(50)\ndef f(): f()\nf()", "importing spam raised RecursionError: "),
        ("import os\nos.closerange(0, 100)", "importing spam ended Python with exit code "),
    ],
)
def test_whatever_it_does_is_one_line(place: Place, body: str, cause: str) -> None:
    found = place.look(body)
    assert (found.state, found.evidence) == (State.BROKEN, Evidence.EXECUTED)
    assert found.cause.startswith(cause)
    assert "\n" not in found.cause
    assert found.found == "2.5"
    assert found.remedy is not None
    assert found.remedy.commands[0][-2:] == ("--force-reinstall", "spam")


def test_one_that_hangs_is_ended(place: Place) -> None:
    found = place.look("import time\ntime.sleep(60)", timeout=0.5)
    assert found.cause == "importing spam did not end within 0.5 s"


def test_what_it_prints_goes_nowhere(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    body = """
        import os, sys
        print("gating.import {}")
        print("loud", file=sys.stderr)
        for _ in range(100):
            os.write(1, b"x" * 65536)
            os.write(2, b"x" * 65536)
    """
    found = place.look(body)
    assert (found.state, found.evidence) == (State.OK, Evidence.EXECUTED)
    assert capfd.readouterr() == ("", "")


def test_a_thread_that_it_starts_does_not_keep_it(place: Place) -> None:
    assert place.look("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()")


def test_a_module_that_removes_itself_is_absent(place: Place) -> None:
    found = place.look("raise ModuleNotFoundError('gone', name='spam')")
    assert (found.state, found.cause) == (State.ABSENT, "no module named 'spam' can be imported")


def test_the_path_of_this_process_is_handed_on(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Site(tmp_path / "relative").write("other.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, "relative"])
    assert place.look("import other\n__version__ = '2.5'")


def test_a_version_that_only_the_module_tells(place: Place) -> None:
    place.site.write("single.py", "__version__ = '.'.join('25')")
    assert look(asked("single>=2")).state is State.UNKNOWN
    found = look(asked("single>=2"), deep=True)
    assert (found.state, found.found, found.evidence) == (State.OK, "2.5", Evidence.EXECUTED)
    assert look(asked("single>=3"), deep=True).state is State.OUTDATED


def test_a_contradiction_that_only_the_module_tells(place: Place) -> None:
    found = place.look("__version__ = '.'.join('31')")
    assert found.notes == ("the metadata says 2.5, spam.__version__ says 3.1",)
    assert found.found == "2.5"


def test_what_needs_no_import_starts_no_process(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr("gating.process.capturing.capture", never)
    assert look(asked("surely-missing"), deep=True).state is State.ABSENT
    assert place.look("", "spam>=3").state is State.OUTDATED
    place.site.install("meta", "1.0", {}, metadata="Requires-Dist: spam\n")
    assert look(asked("meta"), deep=True).evidence is Evidence.STATIC


def test_many_are_imported_at_once(place: Place) -> None:
    ones = []
    for name in "abc":
        place.site.install(f"spam-{name}", "1.0", {f"spam_{name}.py": "import surely_missing" if name == "b" else ""})
        ones.append(look(asked(f"spam-{name}")))
    ones.append(Availability(Asked(name="x", distribution="x"), State.OK, python=sys.executable))
    made = try_imports(ones, interpreter=None, timeout=10.0)
    assert [one.state for one, _ in made] == [State.OK, State.BROKEN, State.OK, State.OK]
    assert [one.evidence for one, _ in made][2:] == [Evidence.EXECUTED, Evidence.ABSENT]
    assert all(seconds > 0 for _, seconds in made[:3])


def test_a_python_that_cannot_be_started(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.path.join(place.site.folder, "no-python"))
    found = place.look("")
    assert found.state is State.BROKEN
    assert found.cause.startswith("spam could not be imported: ")
