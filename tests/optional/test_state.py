"""The state of an optional dependency in twenty situations and more, for this process and for another interpreter."""

from __future__ import annotations

import importlib.machinery
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from gating.optional.asked import Asked, asked
from gating.optional.availability import Availability
from gating.optional.state import look
from gating.process.interpreter import Interpreter, describe
from gating.words import Evidence, State
from tests.installs import Environment
from tests.optional.places import Site

INIT = "thing/__init__.py"
Look = Callable[..., Availability]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site folder of this process."""
    site = Site(tmp_path / "own")
    monkeypatch.syspath_prepend(site.folder)
    yield site
    for name in [name for name in sys.modules if name.partition(".")[0] in {"thing", "imported"}]:
        del sys.modules[name]


class Other:
    """Another interpreter, described when it is first asked for."""

    def __init__(self, root: Path) -> None:
        self.made = Environment(root / "venv")
        self.site = Site(self.made.site)

    @property
    def interpreter(self) -> Interpreter:
        return describe(str(self.made.python), env={"PATH": os.defpath})


@pytest.fixture(params=["own", "other"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Site, Look]:
    """A site folder, and a look at it: of this process, or of another interpreter."""
    if request.param == "own":
        return request.getfixturevalue("own"), lambda text, **more: look(_asked(text), **more)
    other = Other(tmp_path)
    return other.site, lambda text, **more: look(_asked(text), interpreter=other.interpreter, **more)


def _asked(text: str | Asked) -> Asked:
    return asked(text) if isinstance(text, str) else text


def deep(body: str) -> Callable[[Site], object]:
    return lambda site: site.install("thing", "2.5", {INIT: body})


def ghost(site: Site) -> None:
    info = site.install("thing", "2.5", {INIT: ""})
    (site.folder / INIT).unlink()
    (site.folder / "thing").rmdir()
    assert info.exists()


SITUATIONS: dict[str, tuple[Callable[[Site], object], str | Asked, bool, State, str]] = {
    "good": (lambda site: site.install("thing", "2.5", {INIT: ""}), "thing>=2.0", False, State.OK, ""),
    "absent": (lambda _: None, "thing>=2.0", False, State.ABSENT, "thing is not installed"),
    "ImportError from a library": (
        deep("raise ImportError('libx.so.1: cannot open shared object file: No such file or directory')"),
        "thing>=2.0",
        True,
        State.BROKEN,
        "importing thing raised ImportError: libx.so.1: cannot open shared object file: No such file or directory",
    ),
    "a missing transitive": (
        deep("import surely_missing.part"),
        "thing>=2.0",
        True,
        State.BROKEN,
        "thing needs the module surely_missing, which cannot be found",
    ),
    "OSError at import": (
        deep("raise OSError('libcudart.so: no such file')"),
        "thing",
        True,
        State.BROKEN,
        "importing thing raised OSError: libcudart.so: no such file",
    ),
    "AttributeError at import": (
        deep("import os\nos.surely_missing"),
        "thing",
        True,
        State.BROKEN,
        "importing thing raised AttributeError: module 'os' has no attribute 'surely_missing'",
    ),
    "SystemExit at import": (
        deep("import sys\nsys.exit('no licence')"),
        "thing",
        True,
        State.BROKEN,
        "importing thing ended Python: SystemExit(no licence)",
    ),
    "too old": (
        lambda site: site.install("thing", "1.0", {INIT: ""}),
        "thing>=2.0",
        False,
        State.OUTDATED,
        "found 1.0, wanted >=2.0",
    ),
    "a ghost": (
        ghost,
        "thing>=2.0",
        False,
        State.IMPOSTOR,
        "thing 2.5 is in the metadata, but its files are not there",
    ),
    "another import name in top_level.txt": (
        lambda site: site.install("py-stuff", "2.5", {INIT: ""}, top_level="thing", record=False),
        "py-stuff>=2.0",
        False,
        State.OK,
        "",
    ),
    "another import name in the RECORD": (
        lambda site: site.install("py-stuff", "2.5", {INIT: ""}),
        "py-stuff>=2.0",
        False,
        State.OK,
        "",
    ),
    "a left-over folder": (
        lambda site: site.write("thing/data/x.bin"),
        "thing",
        False,
        State.IMPOSTOR,
        "only a folder of that name is there, which no installed distribution has files in",
    ),
    "no metadata, none asked": (
        lambda site: site.write(INIT, "__version__ = '2.5'"),
        "thing",
        False,
        State.OK,
        "",
    ),
    "no metadata, a version that cannot be read": (
        lambda site: site.write(INIT, "__version__ = '.'.join(['2', '5'])"),
        "thing>=2.0",
        False,
        State.UNKNOWN,
        "it has no version that could be read; wanted >=2.0",
    ),
    "no version at all": (
        lambda site: site.write(INIT, ""),
        "thing>=1.0",
        False,
        State.UNKNOWN,
        "it has no version that could be read; wanted >=1.0",
    ),
    "a release candidate": (
        lambda site: site.install("thing", "2.0rc1", {INIT: ""}),
        "thing>=2.0",
        False,
        State.OUTDATED,
        "found 2.0rc1, wanted >=2.0",
    ),
    "a local version": (
        lambda site: site.install("thing", "2.0+cu121", {INIT: "__version__ = '2.0'"}),
        "thing>=2.0",
        False,
        State.OK,
        "",
    ),
    "metadata against __version__": (
        lambda site: site.install("thing", "1.0", {INIT: "__version__ = '2.5'"}),
        "thing>=2.0",
        False,
        State.OUTDATED,
        "found 1.0, wanted >=2.0",
    ),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_situations(name: str, place: tuple[Site, Look]) -> None:
    site, looked = place
    make, text, deeply, state, cause = SITUATIONS[name]
    make(site)
    found = looked(text, deep=deeply)
    assert (found.state, found.cause) == (state, cause)
    assert bool(found) == (state is State.OK)
    assert (found.evidence is Evidence.EXECUTED) == deeply
    assert "thing" not in sys.modules


def test_blocked_in_this_process(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    own.install("thing", "2.5", {INIT: ""})
    monkeypatch.setitem(sys.modules, "thing", None)
    found = look(asked("thing"))
    assert (found.state, found.cause) == (State.ABSENT, "blocked: sys.modules['thing'] is None")
    above = look(Asked(name="thing", distribution="thing", module="thing.part"))
    assert above.cause == "blocked: sys.modules['thing'] is None"


def test_a_module_that_was_made_by_hand(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.ModuleType("thing")
    made.__version__ = "2.5"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "thing", made)
    assert look(asked("thing>=2.0")).state is State.IMPOSTOR
    own.install("thing", "2.5", {INIT: ""})
    assert look(asked("thing>=2.0")).state is State.IMPOSTOR


@pytest.mark.parametrize("spec", [False, True])
def test_a_mock_over_a_good_package(own: Site, monkeypatch: pytest.MonkeyPatch, spec: bool) -> None:
    own.install("thing", "2.5", {INIT: ""})
    mock = MagicMock(name="thing")
    if spec:
        mock.__spec__ = importlib.machinery.ModuleSpec("thing", None)
    monkeypatch.setitem(sys.modules, "thing", mock)
    found = look(asked("thing"))
    assert (found.state, found.cause) == (State.IMPOSTOR, "a MagicMock is in its place in sys.modules")
