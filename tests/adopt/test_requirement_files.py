"""Requirement files, by their usual names."""

from __future__ import annotations

from pathlib import Path

from gating.adopt.requirement_files import requirement_files

LOCKED = """\
# made by a tool
-r base.txt
--hash=x
mypy==1.13.0 \\
    --hash=sha256:abc
ruff>=0.9  # fast
coverage[toml] ; python_version >= "3.11"
"""


def test_the_files_that_are_called_so_are_read(tmp_path: Path) -> None:
    names = (
        "requirements.txt",
        "requirements-dev.txt",
        "dev_requirements.in",
        "requirements/lint.txt",
        "tests/requirements.txt",
    )
    others = ("notes.txt", "tests/data.txt", "my-requirements-notes.md")
    for name in (*names, *others):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(LOCKED)
    found = dict(requirement_files(str(tmp_path)))
    assert set(found) == set(names)
    wanted = ("mypy==1.13.0", "ruff>=0.9", 'coverage[toml] ; python_version >= "3.11"')
    assert {tuple(line for line in lines) for lines in found.values()} == {wanted}


def test_what_cannot_be_read_is_an_empty_list(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"\xff")
    (tmp_path / "requirements-dir.txt").mkdir()
    assert dict(requirement_files(str(tmp_path))) == {"requirements.txt": ()}
