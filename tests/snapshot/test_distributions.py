"""What is installed is read as importlib.metadata reads it, also where an installer left rubble."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gating.process.interpreter import describe
from gating.snapshot.distributions import Installed, headers, installed, normalised

Add = Callable[..., Path]
LISTED = """
import importlib.metadata, json, sys
print(json.dumps([(one.metadata["Name"], one.version) for one in importlib.metadata.distributions(path=sys.argv[1:])]))
"""


def look(*site: Path) -> tuple[dict[str, Installed], list[str]]:
    notes: list[str] = []
    return installed(map(str, site), notes), notes


def versions(*site: Path) -> dict[str, str | None]:
    return {name: one.version for name, one in look(*site)[0].items()}


def test_our_own_environment_reads_as_importlib_metadata_reads_it() -> None:
    site = describe(None, env=os.environ).site
    # asked in another process: in this one a dependency may be made to look absent
    done = subprocess.run([sys.executable, "-c", LISTED, *site], capture_output=True, text=True, check=True)
    theirs: dict[str, str] = {}
    for name, version in json.loads(done.stdout):
        theirs.setdefault(normalised(name), version)
    found = installed(site, [])
    assert {name: one.version for name, one in found.items()} == theirs
    assert list(found) == sorted(theirs)
    assert "pytest" in found


def test_names_are_normalised_and_the_first_folder_wins(tmp_path: Path, add: Add) -> None:
    add(tmp_path / "a", "Zope.Interface", "2.0")
    add(tmp_path / "b", "zope_interface", "1.0")
    add(tmp_path / "b", "A--b", "3")
    assert list(versions(tmp_path / "a", tmp_path / "b").items()) == [("a-b", "3"), ("zope-interface", "2.0")]
    assert versions(tmp_path / "b", tmp_path / "a")["zope-interface"] == "1.0"


def test_older_forms(tmp_path: Path) -> None:
    (tmp_path / "folder.egg-info").mkdir()
    (tmp_path / "folder.egg-info" / "PKG-INFO").write_text("Name: folder\nVersion: 1\n")
    (tmp_path / "file-2-py3.egg-info").write_text("Name: file\nVersion: 2\n")
    (tmp_path / "egg-3-py3.egg" / "EGG-INFO").mkdir(parents=True)
    (tmp_path / "egg-3-py3.egg" / "EGG-INFO" / "PKG-INFO").write_text("Name: egg\nVersion: 3\n")
    assert versions(tmp_path, tmp_path / "egg-3-py3.egg") == {"egg": "3", "file": "2", "folder": "1"}


def test_rubble_is_no_distribution(tmp_path: Path, add: Add) -> None:
    add(tmp_path, "~umpy", "1.0")
    (tmp_path / "ghost-1.0.dist-info").mkdir()
    add(tmp_path, "real")
    found, notes = look(tmp_path, tmp_path / "gone")
    assert list(found) == ["real"]
    assert notes == [f"distributions: {tmp_path / 'ghost-1.0.dist-info' / 'METADATA'} cannot be read"]


def test_an_unknown_version_is_null(tmp_path: Path, add: Add) -> None:
    add(tmp_path, "unversioned", None)
    assert versions(tmp_path) == {"unversioned": None}


@pytest.mark.parametrize(
    ("direct", "origin"),
    [
        (None, None),
        ({"url": "file:///a", "dir_info": {"editable": True}}, "editable"),
        ({"url": "file:///a", "dir_info": {}}, "file"),
        ({"url": "https://me:secret@example.invalid/a", "vcs_info": {"vcs": "git", "commit_id": "1"}}, "vcs"),
        ({"url": "https://example.invalid/a.whl", "archive_info": {}}, "archive"),
        ({"url": "file:///a"}, None),
        ("[]", None),
        ("{", None),
    ],
)
def test_origins(tmp_path: Path, add: Add, direct: object, origin: str | None) -> None:
    add(tmp_path, "it", direct=direct)
    assert look(tmp_path)[0]["it"].origin == origin


def test_metadata_beside_sources_is_editable_and_in_a_site_folder_it_is_not(tmp_path: Path) -> None:
    for folder in (tmp_path / "src", tmp_path / "site-packages"):
        (folder / "it.egg-info").mkdir(parents=True)
        (folder / "it.egg-info" / "PKG-INFO").write_text("Name: it\nVersion: 1\n")
    assert look(tmp_path / "src")[0]["it"].origin == "editable"
    assert look(tmp_path / "site-packages")[0]["it"].origin is None


def test_headers_end_where_the_description_begins() -> None:
    text = "Name: it\nRequires-Dist: a\nRequires-Dist: b\nLicense: x\n Name: folded\n\nName: described\n"
    assert headers(text) == {"name": ["it"], "requires-dist": ["a", "b"], "license": ["x"]}
