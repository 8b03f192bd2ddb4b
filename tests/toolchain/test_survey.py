"""Surveys of tools: what is planned, what is run, what is known without running, and what is kept for the next."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.select import Selection
from gating.toolchain.survey import Want, carry_out, plan, settled
from gating.verdict import Evidence, State
from tests.installs import Environment, tool

EDITABLE = '{"url": "file:///x", "dir_info": {"editable": true}}'


class Place:
    """Two folders on PATH, a cache, and a log in which every tool leaves a line when it is run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.one, self.two = root / "one", root / "two"
        self.log = root / "log"
        self.folder = root / "cache"
        self.path = [self.one, self.two, Path("/usr/bin"), Path("/bin")]

    @property
    def host(self) -> Host:
        path = tuple(map(str, self.path))
        return Host(path=path, env={"PATH": os.pathsep.join(path)}, root=str(self.root))

    def tool(self, folder: Path, name: str, body: str) -> Path:
        return tool(folder / name, f"echo {name} $* >> {self.log}\n{body}")

    def survey(self, *wants: Want, executed: bool = False, refresh: bool = False) -> list[Selection]:
        """What a process of its own finds."""
        cache = Cache(self.folder, about=["here"], refresh=refresh)
        steps = plan(wants, self.host, cache, executed=executed)
        found = carry_out(steps, self.host, cache, executed=executed)
        cache.save()
        return found

    def one_of(self, want: Want, *, executed: bool = False, refresh: bool = False) -> Selection:
        (found,) = self.survey(want, executed=executed, refresh=refresh)
        return found

    @property
    def ran(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def want(name: str = "tool", **fields: Any) -> Want:
    return Want(name=name, **{"names": (name,), **fields})


def how(place: Place, asked: Want, *, executed: bool = False) -> str:
    (step,) = plan([asked], place.host, Cache(place.folder, about=["here"]), executed=executed)
    return step.how


def test_a_plan_says_what_would_be_done_and_does_nothing(place: Place, tmp_path: Path) -> None:
    place.tool(place.one, "tool", "echo tool 1.0")
    tool(place.one / "dead", "x", mode=0o644)
    made = Environment(tmp_path / "venv")
    made.install("black", "24.1", scripts=["black"])
    place.path.append(made.bin)
    assert how(place, want()) == "execute"
    assert how(place, want("nowhere")) == "absent"
    assert how(place, want("dead")) == "defect"
    assert how(place, want("black")) == "static"
    assert how(place, want("black"), executed=True) == "execute"
    (step,) = plan([want(arguments=("-v", "x"))], place.host, Cache(None, about=[]), executed=False)
    assert [(ask.arguments, one.path) for ask, one in step.to_run] == [(("-v", "x"), str(place.one / "tool"))]
    assert place.ran == []
    place.one_of(want())
    assert how(place, want()) == "cached"


def test_what_is_settled_needs_no_process(place: Place, tmp_path: Path) -> None:
    place.tool(place.one, "tool", "echo tool 1.0")
    tool(place.one / "dead", "x", mode=0o644)
    made = Environment(tmp_path / "venv")
    made.install("black", "24.1", scripts=["black"])
    place.path.append(made.bin)
    wants = [want(), want("dead"), want("nowhere"), want("black", wanted=">=25")]
    steps = plan(wants, place.host, Cache(None, about=[]), executed=False)
    states = [found.state if (found := settled(step)) else None for step in steps]
    assert states == [None, State.BROKEN, State.ABSENT, State.OUTDATED]
    assert place.ran == []


def test_answers_come_in_the_order_of_the_wants(place: Place) -> None:
    for number in range(5):
        place.tool(place.one, f"t{number}", f"sleep 0.{5 - number}; echo t{number} 1.{number}")
    wants = [want("t0"), want("nowhere"), want("t1"), want("t4"), want("t2")]
    assert [found.version for found in place.survey(*wants)] == ["1.0", None, "1.1", "1.4", "1.2"]


class TestShadowed:
    def test_a_later_one_that_fits_is_named_when_the_first_does_not(self, place: Place) -> None:
        place.tool(place.one, "tool", "echo tool 1.0")
        later = place.tool(place.two, "tool", "echo tool 2.0")
        found = place.one_of(want(wanted=">=2"))
        assert (found.state, found.version, found.fitting) == (State.OUTDATED, "1.0", str(later))
        assert f"{later} would fit, but stands later on PATH" in found.reason

    def test_later_ones_are_not_run_when_the_first_fits(self, place: Place) -> None:
        place.tool(place.one, "tool", "echo tool 2.0")
        place.tool(place.two, "tool", "echo tool 3.0")
        found = place.one_of(want(wanted=">=2"))
        assert found.shadowed == (str(place.two / "tool"),)
        assert len(place.ran) == 1

    def test_metadata_answers_for_a_later_one_too(self, place: Place, tmp_path: Path) -> None:
        made = Environment(tmp_path / "venv")
        made.install("black", "24.1", scripts=["black"], says="it ran")
        place.tool(place.one, "black", "echo black 19.3")
        place.path.append(made.bin)
        assert place.one_of(want("black", wanted=">=24")).fitting == str(made.bin / "black")

    def test_a_first_that_hangs_leaves_no_time_for_a_second(self, place: Place) -> None:
        place.tool(place.one, "tool", "sleep 60")
        place.tool(place.two, "tool", "sleep 60")
        started = time.monotonic()
        assert place.one_of(want(timeout=1.0)).state is State.BROKEN
        assert time.monotonic() - started < 10
        assert len(place.ran) == 1

    def test_a_second_gets_what_is_left_of_the_deadline(self, place: Place) -> None:
        place.tool(place.one, "tool", "sleep 1.2; exit 1")
        place.tool(place.two, "tool", "sleep 60")
        started = time.monotonic()
        assert place.one_of(want(timeout=2.0)).fitting is None
        assert time.monotonic() - started < 10
        assert len(place.ran) == 2

    def test_a_dead_first_does_not_hide_a_good_second(self, place: Place) -> None:
        tool(place.one / "tool", "x", mode=0o644)
        place.tool(place.two, "tool", "echo tool 2.0")
        assert place.one_of(want()).version == "2.0"


class TestAnyOf:
    def test_the_first_name_that_fits_counts(self, place: Place) -> None:
        place.tool(place.one, "gmake", "echo GNU Make 3.81")
        place.tool(place.one, "make", "echo GNU Make 4.4")
        asked = want("make", names=("gmake", "make"))
        assert place.one_of(replace(asked, wanted=">=4")).path == str(place.one / "make")
        assert place.one_of(asked).path == str(place.one / "gmake")

    def test_the_names_are_looked_at_at_once(self, place: Place) -> None:
        names = ("first", "second", "third")
        up = " && ".join(f"[ -e {place.one}.{name} ]" for name in names)
        for name in names:
            place.tool(place.one, name, f"touch {place.one}.{name}; until {up}; do sleep 0.05; done; echo {name} 1.0")
        # each waits for the others: one after the other they would all be broken
        assert place.one_of(want("any", names=names, wanted=">=2")).state is State.OUTDATED

    def test_each_name_is_asked_in_its_own_way(self, place: Place) -> None:
        """`go` answers `version`, and every other tool here --version."""
        place.tool(place.one, "go", 'test "$1" = version && echo go version go1.22.1 linux/amd64')
        found = place.one_of(want("compiler", names=("go", "unheard-of")))
        assert (found.state, found.version) == (State.OK, "1.22.1")

    def test_a_name_that_is_not_known_is_asked_as_the_tool_is(self, place: Place) -> None:
        place.tool(place.one, "my-go", 'test "$1" = version && echo my-go version go1.22.1 linux/amd64')
        assert place.one_of(want("go", names=("my-go",))).state is State.OK


class TestThePolicysOwnQuestion:
    def test_arguments_pattern_and_exit_codes(self, place: Place) -> None:
        place.tool(place.one, "linter", 'test "$1" = -v && echo "Some Linter 2.12" && exit 3')
        asked = want("linter", arguments=("-v",), pattern=r"Linter (\S+)", ok_codes=(3,))
        assert place.one_of(asked).version == "2.12"

    def test_a_command_with_a_slash_is_the_projects_own(self, place: Place) -> None:
        place.tool(place.root / "scripts", "check", "echo check 0.4")
        found = place.one_of(want("check", names=("scripts/check",), arguments=("--version",)))
        assert (found.version, found.path) == ("0.4", str(place.root / "scripts" / "check"))

    def test_a_question_to_a_part_of_a_tool_is_not_answered_by_the_metadata_of_the_whole(
        self, place: Place, tmp_path: Path
    ) -> None:
        made = Environment(tmp_path / "venv")
        made.install("host-tool", "24.1", scripts=["host-tool"], says="plugin 0.3")
        place.path.append(made.bin)
        part = want("plugin", names=("host-tool",), arguments=("plugin", "--version"))
        assert place.one_of(part).version == "0.3"
        assert place.one_of(want("host-tool", pattern=r"plugin (\S+)")).version == "0.3"
        assert place.one_of(want("host-tool")).version == "24.1"


class TestCache:
    def test_a_second_look_runs_nothing(self, place: Place) -> None:
        place.tool(place.one, "tool", "echo tool 1.0")
        first, second = place.one_of(want()), place.one_of(want())
        assert (first.cached, second.cached) == (False, True)
        assert replace(second, cached=False) == first
        assert len(place.ran) == 1

    def test_refresh_runs_it_again(self, place: Place) -> None:
        place.tool(place.one, "tool", "echo tool 1.0")
        place.one_of(want())
        assert not place.one_of(want(), refresh=True).cached
        assert len(place.ran) == 2

    def test_a_cached_execution_serves_a_demand_for_one_and_cached_metadata_does_not(
        self, place: Place, tmp_path: Path
    ) -> None:
        made = Environment(tmp_path / "venv")
        made.install("black", "24.1", scripts=["black"], says="black 24.1.1")
        place.path.append(made.bin)
        asked = want("black")
        assert place.one_of(asked).evidence is Evidence.STATIC
        assert place.one_of(asked).cached
        demanded = place.one_of(asked, executed=True)
        assert (demanded.evidence, demanded.version, demanded.cached) == (Evidence.EXECUTED, "24.1.1", False)
        assert place.one_of(asked, executed=True).cached
        served = place.one_of(asked)
        assert (served.evidence, served.cached) == (Evidence.EXECUTED, True)

    @pytest.mark.parametrize(
        "changed",
        [
            {"wanted": ">=0.5"},
            {"arguments": ("-V",)},
            {"pattern": r"tool (\S+)"},
            {"ok_codes": (0, 1)},
            {"names": ("tool", "other")},
        ],
    )
    def test_another_requirement_is_asked_anew(self, place: Place, changed: dict[str, Any]) -> None:
        place.tool(place.one, "tool", "echo tool 1.0")
        place.one_of(want())
        assert not place.one_of(want(**changed)).cached
        assert len(place.ran) == 2

    def test_another_recipe_is_asked_anew(self, place: Place) -> None:
        """The same file, asked as another tool's recipe has it."""
        place.tool(place.one, "tool", "echo tool 1.0")
        place.one_of(want())
        file = next((place.folder / "probes").iterdir())
        document = json.loads(file.read_text())
        (entry,) = document["entries"].values()
        assert "--version" in json.dumps(entry["key"])
        entry["key"] = json.loads(json.dumps(entry["key"]).replace("--version", "-version"))
        file.write_text(json.dumps(document))
        assert not place.one_of(want()).cached

    @pytest.mark.parametrize("part", ["path", "real", "mtime", "size", "inode", "device", "defect"])
    def test_each_part_of_a_files_identity_counts(self, place: Place, part: str) -> None:
        place.tool(place.one, "tool", "echo tool 1.0")
        place.one_of(want())
        file = next((place.folder / "probes").iterdir())
        document = json.loads(file.read_text())
        (entry,) = document["entries"].values()
        ((seen,),) = entry["seen"].values()
        where = ["path", "real", "mtime", "size", "inode", "device", "defect"].index(part)
        seen[where] = "another" if where in {0, 1, 6} else seen[where] + 1
        file.write_text(json.dumps(document))
        assert not place.one_of(want()).cached
        assert len(place.ran) == 2

    @pytest.mark.parametrize(
        "change",
        [
            lambda place: place.tool(place.one, "tool", "echo tool 1.0 # longer"),
            lambda place: os.utime(place.one / "tool", ns=(1, 1)),
            lambda place: place.tool(place.two, "tool", "echo tool 2.0"),
            lambda place: place.path.reverse(),
        ],
        ids=["rewritten", "touched", "another later on PATH", "another PATH"],
    )
    def test_a_change_of_the_files_is_seen(self, place: Place, change: Callable[[Place], object]) -> None:
        place.tool(place.one, "tool", "echo tool 1.0")
        place.tool(place.root / "away", "tool", "echo tool 7.0")
        place.path.append(place.root / "away")
        place.one_of(want())
        change(place)
        assert not place.one_of(want()).cached

    def test_what_is_broken_is_tried_again(self, place: Place) -> None:
        """A missing library or a full disk is mended without a change to the tool."""
        place.tool(place.one, "tool", f"test -e {place.root}/mended && echo tool 1.0")
        assert place.one_of(want()).state is State.BROKEN
        (place.root / "mended").write_text("")
        assert place.one_of(want()).state is State.OK

    def test_a_shim_of_a_version_manager_is_never_kept(self, place: Place) -> None:
        shims = place.root / ".pyenv" / "shims"
        place.tool(shims, "tool", f"cat {place.root}/version")
        place.path.insert(0, shims)
        for version in ("1.0", "2.0"):
            (place.root / "version").write_text(f"tool {version}\n")
            found = place.one_of(want())
            assert (found.version, found.cached) == (version, False)

    @pytest.mark.parametrize("executed", [False, True])
    def test_an_editable_install_is_never_kept(self, place: Place, tmp_path: Path, executed: bool) -> None:
        made = Environment(tmp_path / "venv")
        info = made.install("mine", "0.1", scripts=["mine"], says="mine 0.1", origin=EDITABLE)
        place.path.append(made.bin)
        place.one_of(want("mine"), executed=executed)
        (info / "METADATA").write_text("Name: mine\nVersion: 0.2\n")
        found = place.one_of(want("mine"), executed=executed)
        assert not found.cached
        assert found.version == ("0.1" if executed else "0.2")

    def test_a_kept_answer_of_another_shape_is_asked_anew(self, place: Place) -> None:
        place.tool(place.one, "tool", "echo tool 1.0")
        place.one_of(want())
        file = next((place.folder / "probes").iterdir())
        document = json.loads(file.read_text())
        (entry,) = document["entries"].values()
        for result in ({}, {**entry["result"], "state": "fine"}, {**entry["result"], "shadowed": 5}, {"new": 1}):
            file.write_text(json.dumps({**document, "entries": {"tool tool": {**entry, "result": result}}}))
            assert place.one_of(want()).version == "1.0"

    def test_tools_that_were_slow_are_started_first(self, place: Place) -> None:
        for number in range(70):  # six more than are run at once
            place.tool(place.one, f"t{number}", "echo 1.0" if number < 69 else "sleep 0.6; echo 1.0")
        wants = [want(f"t{number}", timeout=20.0) for number in range(70)]
        place.survey(*wants)
        place.log.unlink()
        place.survey(*wants, refresh=True)
        assert "t69 --version" in place.ran[:64]
