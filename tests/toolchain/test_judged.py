"""The judged interpreter: named, asked at most once, and remembered while its files and the system stay the same."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from tests.installs import Environment, tool


class Place:
    """A virtual environment whose Python logs each start, and a cache."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.made = Environment(root / "venv")
        self.log = root / "log"
        self.env = {"PATH": "/usr/bin:/bin", "HOME": str(root)}
        self.python = self.wrap(self.made)

    def wrap(self, made: Environment) -> Path:
        real = made.bin / "python-real"
        made.python.rename(real)
        return tool(made.python, f'echo started >> {self.log}\nexec {real} "$@"')

    def judged(self, *, may_start: bool = True, env: Mapping[str, str] | None = None) -> JudgedPython:
        host = Host.of({**self.env, **(env or {})}, python=str(self.python))
        self.cache = Cache(self.root / "cache", about=["here"])
        return JudgedPython(host, self.cache, may_start=may_start)

    @property
    def started(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def edit(self, name: str, change: Callable[[dict[str, object]], object]) -> None:
        file = next((self.root / "cache" / "probes").iterdir())
        document = json.loads(file.read_text())
        change(document["entries"][name])
        file.write_text(json.dumps(document))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_our_own_interpreter_needs_no_process(tmp_path: Path) -> None:
    host = Host.of({"PATH": str(tmp_path)})
    judged = JudgedPython(host, Cache(None, about=[]), may_start=False)
    assert judged.own
    assert (judged.path, judged.interpreter.executable) == (sys.executable, sys.executable)
    assert judged.applies(f"python_version == '{sys.version_info.major}.{sys.version_info.minor}'")
    assert JudgedPython(Host.of({}, python=sys.executable), Cache(None, about=[])).own


def test_another_is_asked_once_for_everything(place: Place) -> None:
    judged = place.judged()
    assert not judged.own
    assert str(place.made.site) in judged.interpreter.site
    assert judged.applies("python_version >= '3.8'")
    assert not judged.applies("sys_platform == 'plan9'")
    assert place.started == 1


def test_and_not_at_all_while_nothing_has_changed(place: Place) -> None:
    first = place.judged()
    assert first.interpreter.error is None
    first.applies("python_version >= '3.8'")
    place.cache.save()
    again = place.judged()
    assert again.interpreter == first.interpreter
    assert again.applies("python_version >= '3.8'")
    assert again.cached
    assert place.started == 1


def later(place: Place) -> int:
    """How often it is asked in a process that comes after."""
    before = place.started
    _ = place.judged().interpreter
    return place.started - before


@pytest.fixture
def known(place: Place) -> Place:
    _ = place.judged().interpreter
    place.cache.save()
    assert later(place) == 0
    return place


@pytest.mark.parametrize(
    "change",
    [
        lambda place: os.utime(place.python, ns=(7, 7)),
        lambda place: place.made.config.write_text(place.made.config.read_text() + "\n# changed\n"),
        lambda place: place.made.install("new", "1.0"),
        lambda place: (place.made.site / "new.pth").write_text(""),
    ],
    ids=["interpreter", "pyvenv.cfg", "a distribution", "a .pth file"],
)
def test_a_change_of_its_files_is_seen(known: Place, change: Callable[[Place], object]) -> None:
    change(known)
    assert later(known) == 1


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONUSERBASE", "PYTHONNOUSERSITE"])
def test_what_moves_its_folders_is_seen(known: Place, name: str) -> None:
    before = known.started
    _ = known.judged(env={name: str(known.root)}).interpreter
    assert known.started == before + 1


@pytest.mark.parametrize("part", range(4), ids=["system", "release", "version", "machine"])
def test_another_system_with_the_same_folder_asks_anew(known: Place, part: int) -> None:
    """The marker environment is part of the key: a home folder may be shared, a kernel be replaced."""
    known.judged().applies("platform_release != 'x'")
    known.cache.save()

    def change(entry: dict[str, object]) -> None:
        system = entry["seen"][-1]  # type: ignore[index]
        assert system == [os.uname().sysname, os.uname().release, os.uname().version, os.uname().machine]
        system[part] = "another"

    known.edit("python", change)
    assert later(known) == 1

    def lie(entry: dict[str, object]) -> None:
        entry["result"] = {"applies": False}

    known.edit("when platform_release != 'x'", lie)
    assert not known.judged().applies("platform_release != 'x'")  # what is kept is served …
    known.edit("when platform_release != 'x'", change)
    assert known.judged().applies("platform_release != 'x'")  # … only on the system that it was found on


def test_a_broken_one_is_data_and_is_not_remembered(place: Place) -> None:
    tool(place.python, f"echo started >> {place.log}\nexit 3")
    for _ in range(2):
        judged = place.judged()
        assert judged.interpreter.error is not None
        assert "3" in judged.interpreter.error
        assert judged.applies("sys_platform == 'plan9'")  # it has no environment: everything applies
        place.cache.save()
    assert place.started == 2


def test_one_that_is_not_there_says_so(tmp_path: Path) -> None:
    for python in (str(tmp_path / "python"), "python-of-nobody"):
        judged = JudgedPython(Host.of({"PATH": "/bin"}, python=python), Cache(None, about=[]))
        assert judged.interpreter.error


def test_for_a_plan_it_is_not_started(place: Place) -> None:
    judged = place.judged(may_start=False)
    assert judged.interpreter.error == "was not asked"
    assert judged.applies("sys_platform == 'plan9'")
    assert place.started == 0
    assert place.judged().applies("sys_platform != 'plan9'")
    place.cache.save()
    planned = place.judged(may_start=False)
    assert planned.interpreter.error is None  # it is known by now
    assert not planned.applies("sys_platform == 'plan9'")
    assert place.started == 1


def test_a_kept_answer_of_another_shape_is_asked_anew(known: Place) -> None:
    for result in ({}, {"interpreter": 5, "site": []}, {"interpreter": {"site": []}, "site": []}):
        known.edit("python", lambda entry, result=result: entry.update(result=result))  # type: ignore[misc]
        assert later(known) == 1
    known.judged().applies("python_version >= '3.8'")
    known.cache.save()
    known.edit("when python_version >= '3.8'", lambda entry: entry.update(result={"applies": 0}))
    assert known.judged().applies("python_version >= '3.8'") is True
