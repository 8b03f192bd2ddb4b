"""Python and Python distributions, judged in a named interpreter with one process or none."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from gating.toolchain.cache import Cache
from gating.toolchain.distributions import find_distribution, find_python
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from gating.toolchain.select import Selection
from gating.verdict import Evidence, State
from tests.installs import VERSION, Environment, tool

EDITABLE = '{"url": "file:///x", "dir_info": {"editable": true}}'


class Place:
    """Two environments, each with a package that the other has not, and a Python that logs each of its starts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.made = Environment(root / "venv")
        (self.made.site / "log.pth").write_text(
            f"import os; open({str(root / 'log')!r}, 'a').write(f'{os.getpid()}\\n')\n"
        )

    def judged(self, python: str | None = None) -> JudgedPython:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.root)}
        self.cache = Cache(self.root / "cache", about=[python or "venv"])
        return JudgedPython(Host.of(env, python=python or str(self.made.python)), self.cache)

    def find(self, name: str, wanted: str | None = None) -> Selection:
        """What a process of its own finds."""
        found = find_distribution(name, self.judged(), wanted)
        self.cache.save()
        return found

    @property
    def started(self) -> int:
        log = self.root / "log"
        return len(set(log.read_text().split())) if log.exists() else 0  # a .pth file may be read twice


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_package_in_exactly_one_of_the_two_interpreters(place: Place) -> None:
    place.made.install("only-there", "1.5")
    assert place.find("only-there").state is State.OK
    assert place.find("pytest").state is State.ABSENT
    ours = place.judged(sys.executable)
    assert find_distribution("only-there", ours, None).state is State.ABSENT
    assert find_distribution("pytest", ours, ">=8").state is State.OK


def test_one_process_for_all_of_them_and_then_none(place: Place) -> None:
    for number in range(5):
        place.made.install(f"dist{number}", f"1.{number}")
    judged = place.judged()
    assert find_python(judged, ">=3.8").state is State.OK
    assert [find_distribution(f"dist{number}", judged, None).version for number in range(5)] == [
        f"1.{number}" for number in range(5)
    ]
    place.cache.save()
    assert place.started == 1
    assert place.find("dist3").cached
    assert find_python(place.judged(), None).cached
    assert place.started == 1


def test_the_judged_interpreter_itself(place: Place) -> None:
    found = find_python(place.judged(), f"=={VERSION}.*")
    assert (found.state, found.evidence, found.path) == (State.OK, Evidence.EXECUTED, str(place.made.python))
    assert found.environment == str(place.made.prefix)
    old = find_python(place.judged(), ">=4")
    assert (old.state, old.reason) == (State.OUTDATED, f"found {old.version}, wanted >=4")
    place.made.python.unlink()
    tool(place.made.python, "exit 9")
    broken = find_python(place.judged(), None)
    assert (broken.state, broken.evidence) == (State.BROKEN, Evidence.PRESENT)


@pytest.mark.parametrize(
    ("version", "wanted", "state"),
    [
        ("2.5", ">=2.0", State.OK),
        ("2.0rc1", ">=2.0", State.OUTDATED),
        ("2.0+cu121", ">=2.0", State.OK),
        ("2.1.dev3", ">=2.0", State.OK),
        ("1.0", ">=2.0", State.OUTDATED),
        ("1.0", None, State.OK),
        ("three", ">=2", State.UNKNOWN),
        ("three", None, State.OK),
    ],
)
def test_distributions_are_compared_by_pep_440(place: Place, version: str, wanted: str | None, state: State) -> None:
    place.made.install("thing", version)
    found = place.find("thing", wanted)
    assert (found.state, found.version, found.evidence) == (state, version, Evidence.STATIC)
    again = place.find("thing", wanted)
    assert (again.state, again.cached, again.reason) == (state, True, found.reason)


def test_a_left_over_folder_is_an_impostor_and_is_looked_at_again(place: Place) -> None:
    info = place.made.install("thing", "1.0")
    (info / "METADATA").unlink()
    for _ in range(2):
        found = place.find("thing", ">=0.5")
        assert (found.state, found.path, found.cached) == (State.IMPOSTOR, str(info), False)
    (info / "METADATA").write_text("Name: thing\nVersion: 1.0\n")
    assert place.find("thing").state is State.OK


def test_a_left_over_does_not_hide_a_whole_one(place: Place) -> None:
    for number in range(20):  # whatever the order in which the file system lists them
        (place.made.site / f"thing-0.{number}.dist-info").mkdir()
    place.made.install("thing", "1.0")
    assert place.find("thing").version == "1.0"


def test_what_is_absent_is_remembered_until_something_is_installed(place: Place) -> None:
    first, second = place.find("thing"), place.find("thing")
    assert (first.state, first.evidence, first.cached) == (State.ABSENT, Evidence.ABSENT, False)
    assert (second.state, second.evidence, second.cached) == (State.ABSENT, Evidence.ABSENT, True)
    assert str(place.made.python) in first.reason
    place.made.install("thing", "1.0")
    assert place.find("thing").state is State.OK


def test_a_change_inside_the_metadata_is_seen(place: Place) -> None:
    """The site folder itself does not change when a removal stops half-way."""
    info = place.made.install("thing", "1.0")
    place.find("thing")
    site = place.made.site.stat()
    (info / "METADATA").unlink()
    os.utime(place.made.site, ns=(site.st_atime_ns, site.st_mtime_ns))
    assert place.find("thing").state is State.IMPOSTOR


def test_another_version_wanted_is_judged_anew(place: Place) -> None:
    place.made.install("thing", "1.0")
    place.find("thing", ">=1")
    found = place.find("thing", ">=2")
    assert (found.state, found.cached) == (State.OUTDATED, False)


def test_an_editable_install_is_never_kept(place: Place) -> None:
    info = place.made.install("mine", "0.1", origin=EDITABLE)
    assert [place.find("mine").cached for _ in range(2)] == [False, False]
    (info / "METADATA").write_text("Name: mine\nVersion: 0.2\n")
    found = place.find("mine")
    assert (found.version, found.cached) == ("0.2", False)


def test_without_an_interpreter_nothing_is_known(place: Place) -> None:
    place.made.install("thing", "1.0")
    place.made.python.unlink()
    tool(place.made.python, "echo that is no Python; exit 1")
    found = place.find("thing")
    assert (found.state, found.evidence) == (State.BROKEN, Evidence.ABSENT)
    assert "the judged interpreter ended with 1" in found.reason


def test_what_was_read_is_told_to_who_remembers_it(place: Place) -> None:
    info = place.made.install("thing", "1.0")
    for _ in range(2):  # from the metadata, and from the cache
        judged = place.judged()
        find_distribution("thing", judged, None)
        place.cache.save()
        assert str(info / "METADATA") in judged.read


def test_a_kept_answer_of_another_shape_is_looked_up_anew(place: Place) -> None:
    place.made.install("thing", "1.0")
    place.find("thing")
    file = next((place.root / "cache" / "probes").iterdir())
    whole = file.read_text()
    for old, new in (
        ('"state": "ok", "path"', '"state": "fine", "path"'),
        ('"files":', '"file":'),
        ('"folder":', '"f":'),
    ):
        assert old in whole
        file.write_text(whole.replace(old, new))
        found = place.find("thing")
        assert (found.version, found.cached) == ("1.0", False)


def test_pythonpath_is_a_site_folder_too(place: Place, tmp_path: Path) -> None:
    extra = tmp_path / "extra"
    place.made.install("beside", "1.0", site=extra)
    shutil.rmtree(place.root / "cache", ignore_errors=True)
    judged = place.judged()
    judged = JudgedPython(judged.host._replace(env={**judged.host.env, "PYTHONPATH": str(extra)}), judged.cache)
    assert find_distribution("beside", judged, None).path == str(extra)
