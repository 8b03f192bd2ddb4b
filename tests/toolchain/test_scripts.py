"""Static evidence: a console script known from metadata, only where its interpreter belongs to that environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.toolchain.candidates import Candidate, candidates
from gating.toolchain.host import Host
from gating.toolchain.scripts import interpreter_of, is_editable, static_probe
from gating.verdict import Evidence, State
from tests.installs import VERSION, Environment, tool

EDITABLE = '{"url": "file:///x", "dir_info": {"editable": true}}'


def candidate(path: Path) -> Candidate:
    (found,) = candidates(str(path), Host(path=(), env={}))
    return found


@pytest.fixture
def made(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


def test_a_console_script_is_known_without_a_process(made: Environment) -> None:
    made.install("pre-commit", "3.7.1", scripts=["pre-commit"], says="it ran")
    probe = static_probe(candidate(made.bin / "pre-commit"))
    assert probe is not None
    assert (probe.state, probe.evidence, probe.version) == (State.OK, Evidence.STATIC, "3.7.1")
    assert (probe.distribution, probe.environment, probe.keep) == ("pre-commit", str(made.prefix), True)


def test_the_scripts_name_need_not_be_the_distributions(made: Environment) -> None:
    made.install("aa-first", "9.9")
    made.install("ansible-core", "2.17", scripts=["ansible", "ansible-playbook"])
    probe = static_probe(candidate(made.bin / "ansible-playbook"))
    assert probe is not None
    assert (probe.distribution, probe.version) == ("ansible-core", "2.17")


def test_a_link_from_elsewhere_is_the_script_behind_it(made: Environment, tmp_path: Path) -> None:
    """So pipx and uv put their tools on PATH."""
    made.install("black", "24.1", scripts=["black"])
    link = tmp_path / "home" / "bin" / "black"
    link.parent.mkdir(parents=True)
    link.symlink_to(made.bin / "black")
    probe = static_probe(candidate(link))
    assert probe is not None
    assert probe.version == "24.1"


def test_an_environment_may_be_reached_through_a_link(made: Environment, tmp_path: Path) -> None:
    alias = tmp_path / "alias"
    alias.symlink_to(made.prefix)
    made.install("black", "24.1", scripts=["black"], shebang=f"#!{alias}/bin/python")
    probe = static_probe(candidate(alias / "bin" / "black"))
    assert probe is not None
    assert probe.version == "24.1"


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_first_line_that_is_too_long_is_pips_way_around_it(made: Environment, quote: str) -> None:
    shebang = f"#!/bin/sh\n'''exec' {quote}{made.python}{quote} \"$0\" \"$@\"\n' '''"
    made.install("black", "24.1", scripts=["black"], shebang=shebang)
    probe = static_probe(candidate(made.bin / "black"))
    assert probe is not None
    assert probe.version == "24.1"


class TestNoEvidence:
    """What metadata does not answer for has to be run."""

    def test_an_interpreter_that_is_gone(self, made: Environment) -> None:
        made.install("black", "24.1", scripts=["black"])
        made.python.unlink()
        assert static_probe(candidate(made.bin / "black")) is None

    def test_an_interpreter_that_cannot_be_executed(self, made: Environment) -> None:
        made.install("black", "24.1", scripts=["black"])
        made.python.unlink()
        made.python.write_text("not a program")
        assert static_probe(candidate(made.bin / "black")) is None

    def test_an_interpreter_of_another_environment(self, made: Environment, tmp_path: Path) -> None:
        other = Environment(tmp_path / "other")
        made.install("black", "24.1", scripts=["black"], shebang=f"#!{other.python}")
        assert static_probe(candidate(made.bin / "black")) is None

    def test_the_real_file_behind_a_virtual_environments_interpreter(self, made: Environment) -> None:
        """Run by the base interpreter the script would not see what is installed in the environment."""
        made.install("black", "24.1", scripts=["black"], shebang=f"#!{os.path.realpath(made.python)}")
        assert static_probe(candidate(made.bin / "black")) is None

    def test_a_first_line_that_leaves_the_choice_to_path(self, made: Environment) -> None:
        made.install("black", "24.1", scripts=["black"], shebang="#!/usr/bin/env python3")
        assert static_probe(candidate(made.bin / "black")) is None

    def test_a_file_that_the_record_does_not_list(self, made: Environment) -> None:
        info = made.install("black", "24.1", scripts=["black"])
        (info / "RECORD").write_text("black.py,,\n")
        assert static_probe(candidate(made.bin / "black")) is None

    def test_a_script_that_no_entry_point_declares(self, made: Environment) -> None:
        info = made.install("black", "24.1", scripts=["black"])
        (info / "entry_points.txt").write_text("[console_scripts]\nblackd = b:main\n")
        assert static_probe(candidate(made.bin / "black")) is None

    def test_metadata_without_a_version(self, made: Environment) -> None:
        info = made.install("black", "24.1", scripts=["black"])
        (info / "METADATA").unlink()
        assert static_probe(candidate(made.bin / "black")) is None

    def test_metadata_of_the_systems_packages(self, made: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
        """A distribution's packagers change what they ship, and leave the metadata as it was."""
        made.install("black", "24.1", scripts=["black"])
        assert static_probe(candidate(made.bin / "black")) is not None
        monkeypatch.setattr("gating.toolchain.scripts._SYSTEM", frozenset({str(made.prefix)}))
        assert static_probe(candidate(made.bin / "black")) is None

    def test_no_script_of_this_systems_own(self) -> None:
        system = Host(path=("/usr/bin",), env={})
        for name in os.listdir("/usr/bin"):
            if interpreter_of(f"/usr/bin/{name}"):
                assert static_probe(candidates(name, system)[0]) is None

    def test_what_cannot_be_executed(self, made: Environment) -> None:
        made.install("black", "24.1", scripts=["black"])
        (made.bin / "black").chmod(0o644)
        assert static_probe(candidate(made.bin / "black")) is None


class TestUpgradeInPlace:
    """`python -m venv --upgrade` leaves the old Python's library beside the new one's."""

    @pytest.fixture
    def two(self, made: Environment) -> Environment:
        made.install("black", "24.1", scripts=["black"])
        made.install("black", "19.3", site=made.prefix / "lib" / "python3.6" / "site-packages")
        return made

    def test_the_configured_version_tells_which_is_looked_at(self, two: Environment) -> None:
        probe = static_probe(candidate(two.bin / "black"))
        assert probe is not None
        assert probe.version == "24.1"

    def test_a_script_that_only_the_old_one_has_is_not_known(self, made: Environment) -> None:
        old = made.prefix / "lib" / "python3.6" / "site-packages"
        made.install("black", "19.3", scripts=["black"], site=old)
        assert static_probe(candidate(made.bin / "black")) is None

    def test_a_first_line_with_a_version_tells_too(self, two: Environment) -> None:
        two.config.write_text("home = /usr/bin\n")
        assert static_probe(candidate(two.bin / "black")) is None
        named = two.bin / f"python{VERSION}"
        named.symlink_to(two.python)
        (two.bin / "black").write_text(f"#!{named}\n")
        probe = static_probe(candidate(two.bin / "black"))
        assert probe is not None
        assert probe.version == "24.1"


def test_an_editable_install_is_not_to_be_kept(made: Environment) -> None:
    made.install("mine", "0.1", scripts=["mine"], origin=EDITABLE)
    made.install("theirs", "0.1", scripts=["theirs"], origin='{"url": "https://example.org/a.whl"}')
    mine, theirs = (static_probe(candidate(made.bin / name)) for name in ("mine", "theirs"))
    assert mine is not None
    assert theirs is not None
    assert (mine.keep, theirs.keep) == (False, True)
    assert is_editable(candidate(made.bin / "mine"))
    assert not is_editable(candidate(made.bin / "theirs"))


def test_a_script_of_an_editable_install_is_known_without_an_entry_point(made: Environment) -> None:
    info = made.install("mine", "0.1", scripts=["mine"], origin=EDITABLE)
    (info / "entry_points.txt").unlink()
    assert is_editable(candidate(made.bin / "mine"))
    assert not is_editable(candidate(tool(made.bin / "plain", "echo 1")))


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"#!/opt/v/bin/python3.12\n", "/opt/v/bin/python3.12"),
        (b"#! /opt/v/bin/python -I\n", "/opt/v/bin/python"),
        (b"#!/opt/v/bin/pythonw", "/opt/v/bin/pythonw"),
        (b"#!/usr/bin/env python\n", None),
        (b"#!python\n", None),
        (b"#!/bin/sh\n", None),
        (b"#!\n/opt/v/bin/python", None),
        (b"#!/opt/v\0/bin/python\n", None),
        (b"\x7fELF /opt/v/bin/python", None),
        (b"", None),
    ],
)
def test_the_interpreter_of_a_first_line(tmp_path: Path, head: bytes, found: str | None) -> None:
    (tmp_path / "script").write_bytes(head)
    assert interpreter_of(str(tmp_path / "script")) == found


@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda data: b"#!/" + data + b"python\n"))
def test_any_first_line_is_an_answer_and_no_error(tmp_path_factory: pytest.TempPathFactory, head: bytes) -> None:
    script = tmp_path_factory.mktemp("bin") / "script"
    script.write_bytes(head)
    script.chmod(0o755)
    found = interpreter_of(str(script))
    assert found is None or (os.path.isabs(found) and os.fsencode(found) in head)
    assert static_probe(candidate(script)) is None
