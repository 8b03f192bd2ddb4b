"""Installed metadata, read as files: the right answer where it is whole, and none where it is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.toolchain import metadata
from tests.installs import Environment


@pytest.fixture
def made(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


@pytest.mark.parametrize("asked", ["Pre-Commit", "pre_commit", "pre.commit", "PRE--COMMIT"])
def test_a_distribution_is_found_by_any_spelling_of_its_name(made: Environment, asked: str) -> None:
    info = made.install("pre-commit", "3.7.1")
    made.install("pre-commit-hooks", "1.0")
    assert list(metadata.folders_of(asked, str(made.site))) == [str(info)]
    assert metadata.field(str(info), "Version") == "3.7.1"
    assert metadata.field(str(info), "Name") == "pre-commit"


def test_older_layouts_are_found_too(made: Environment, tmp_path: Path) -> None:
    folder = made.site / "older-1.2.egg-info"
    folder.mkdir()
    (folder / "PKG-INFO").write_text("Name: older\nVersion: 1.2\n")
    (made.site / "oldest.egg-info").write_text("Name: oldest\nVersion: 0.3\n")
    egg = tmp_path / "hatched-2.0-py3.11.egg"
    (egg / "EGG-INFO").mkdir(parents=True)
    (egg / "EGG-INFO" / "PKG-INFO").write_text("Name: hatched\nVersion: 2.0\n")
    for name, site, version in (("older", made.site, "1.2"), ("oldest", made.site, "0.3"), ("hatched", egg, "2.0")):
        (found,) = metadata.folders_of(name, str(site))
        assert metadata.field(found, "Version") == version


def test_a_version_in_the_description_is_not_the_distributions(made: Environment) -> None:
    info = made.install("thing", "1.0")
    (info / "METADATA").write_text("Name: thing\n\nVersion: 9.9\n")
    assert metadata.field(str(info), "Version") is None


def test_a_missing_or_unreadable_folder_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "gone", tmp_path / "file", tmp_path / "nul\0"):
        site = str(folder)
        assert metadata.dist_infos(site.replace("\0", "")) == []
        assert metadata.field(site, "Version") is None
        assert not metadata.declares(site, "x")
        assert not metadata.records(site, "/x")
        assert not metadata.is_editable(site)


def test_words_that_are_not_utf8_are_read_as_far_as_they_are(made: Environment) -> None:
    info = made.install("thing", "1.0")
    (info / "METADATA").write_bytes(b"Name: thing\nAuthor: Ren\xe9\nVersion: 1.0\n")
    assert metadata.field(str(info), "Version") == "1.0"


@pytest.mark.parametrize(
    ("points", "declared"),
    [
        ("[console_scripts]\nrun = a:b\n", True),
        ("[gui_scripts]\nrun=a:b", True),
        ("[ console_scripts ]\r\n  run = a:b\r\n", True),
        ("[console_scripts]\nrunner = a:b\n[other]\nrun = a:b\n", False),
        ("[other]\nrun = a:b\n[console_scripts]\n", False),
        ("# [console_scripts]\nrun = a:b\n", False),
        ("", False),
    ],
)
def test_only_console_and_gui_scripts_are_declared(made: Environment, points: str, declared: bool) -> None:
    info = made.install("thing", "1.0")
    (info / "entry_points.txt").write_bytes(points.encode())
    assert metadata.declares(str(info), "run") is declared


@pytest.mark.parametrize(
    ("record", "listed"),
    [
        ("../../../bin/run,sha256=x,1\n", True),
        ("first.py,,\r\n../../../bin/run,,\r\n", True),
        ("../../../../bin/run,,\n", False),
        ("../../../bin/run2,,\n", False),
        ("../../../bin/run", False),
    ],
)
def test_only_a_whole_line_of_the_record_lists_a_file(made: Environment, record: str, listed: bool) -> None:
    info = made.install("thing", "1.0")
    (info / "RECORD").write_bytes(record.encode())
    assert metadata.records(str(info), str(made.bin / "run")) is listed


def test_a_name_with_a_comma_is_quoted_in_the_record(made: Environment) -> None:
    info = made.install("thing", "1.0")
    (info / "RECORD").write_text('"../../../bin/a,""b""",sha256=x,1\n')
    assert metadata.records(str(info), str(made.bin / 'a,"b"'))
    assert not metadata.records(str(info), str(made.bin / "a"))


@pytest.mark.parametrize(
    ("origin", "editable"),
    [
        ('{"url": "file:///x", "dir_info": {"editable": true}}', True),
        ('{"url": "file:///x", "dir_info": {"editable":true}}', True),
        ('{"url": "file:///x", "dir_info": {"editable": false}}', False),
        ('{"url": "https://example.org/editable.whl"}', False),
        ("not JSON", False),
    ],
)
def test_an_editable_install_says_so(made: Environment, origin: str, editable: bool) -> None:
    assert metadata.is_editable(str(made.install("thing", "1.0", origin=origin))) is editable


@given(text=st.text(), name=st.text(st.characters(exclude_characters="\0/"), min_size=1))
def test_any_text_is_an_answer_and_no_error(tmp_path_factory: pytest.TempPathFactory, text: str, name: str) -> None:
    info = tmp_path_factory.mktemp("site") / "x-1.dist-info"
    info.mkdir()
    for file in ("METADATA", "RECORD", "entry_points.txt", "direct_url.json"):
        (info / file).write_bytes(text.encode("utf-8", "replace"))
    version = metadata.field(str(info), "Version")
    assert version is None or (version in text and version.split() == [version])
    assert metadata.declares(str(info), name) in {True, False}
    assert metadata.records(str(info), f"/{name}") in {True, False}
    assert metadata.is_editable(str(info)) == ("editable" in text and metadata.is_editable(str(info)))


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 200_000,
        "[console_scripts]\n" * 5_000,
        "[console_scripts]\n" + "\n" * 200_000,
        " " * 200_000,
        "x\n" * 200_000,
        "[" * 200_000,
    ],
)
def test_a_hostile_file_costs_no_more_than_its_size(made: Environment, text: str) -> None:
    info = made.install("thing", "1.0")
    for file in ("METADATA", "RECORD", "entry_points.txt", "direct_url.json"):
        (info / file).write_text(text)
    started = time.monotonic()
    metadata.field(str(info), "Version")
    metadata.declares(str(info), "run")
    metadata.records(str(info), str(made.bin / "run"))
    metadata.is_editable(str(info))
    assert time.monotonic() - started < 2  # a search that goes back and forth took minutes
