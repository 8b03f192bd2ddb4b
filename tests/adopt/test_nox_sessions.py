"""What a noxfile says of its sessions, read without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.adopt.nox_sessions import Noxfile, read_noxfile


def read(folder: Path, text: str | bytes) -> Noxfile:
    (folder / "noxfile.py").write_bytes(text if isinstance(text, bytes) else text.encode())
    found = read_noxfile(str(folder))
    assert found is not None
    return found


def commands(folder: Path, body: str, head: str = "") -> list[tuple[str | None, ...]]:
    text = f"import nox\n{head}\n@nox.session\ndef tests(session):\n    {body}\n"
    return [one.words for one in read(folder, text).commands]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("session.run('pytest', '-q')", ("pytest", "-q")),
        ("session.run_always('pytest')", ("pytest",)),
        ("session.run_install('uv', 'sync')", ("uv", "sync")),
        ("session.run('pytest', *session.posargs)", ("pytest",)),
        ("session.run('pytest', *options, 'x')", ("pytest", None, "x")),
        ("session.run(TOOL, f'{TOOL}-{x}')", ("hugo", None)),
        ("session.run(f'{TOOL}', 'a' + TOOL)", ("hugo", "ahugo")),
        ("if True:\n        session.run(str(x))", (None,)),
    ],
)
def test_the_words_of_a_run(tmp_path: Path, body: str, words: tuple[str | None, ...]) -> None:
    assert commands(tmp_path, body, head="TOOL = 'hugo'") == [words]


def test_what_others_run_is_no_session_s(tmp_path: Path) -> None:
    text = "import subprocess\nsubprocess.run(['docker'])\ndef f(session, other):\n    other.run('npm')\n"
    assert read(tmp_path, text).commands == ()


@pytest.mark.parametrize(
    "head",
    ["@nox.session\ndef docs(s)", "@nox.session(python=['3.12'])\ndef docs(s)", "def docs(x, s: nox.Session)",
     "def docs(x, session)", "@session\nasync def docs(s)"],
)  # fmt: skip
def test_a_session_is_known_by_decorator_annotation_or_name(tmp_path: Path, head: str) -> None:
    name = "session" if head.endswith("session)") else "s"
    (found,) = read(tmp_path, f"import nox\n{head}:\n    {name}.run('hugo')\n").commands
    assert (found.words, found.within, found.file, found.external) == (("hugo",), "docs", "noxfile.py", False)


def test_external_is_only_what_says_so(tmp_path: Path) -> None:
    calls = "session.run('a', external=True); session.run('b', external=False); session.run('c')"
    assert [one.external for one in read(tmp_path, f"def f(session):\n    {calls}\n").commands] == [True, False, False]


def test_what_sessions_install_and_look_for(tmp_path: Path) -> None:
    text = """
import shutil
import nox
nox.needs_version = ">=2025.2"
def f(session):
    session.install("-e", ".[test]", "mypy>=1.4", EXTRA)
    session.conda_install("cmake")
    if shutil.which("docker") is None or shutil.which(f"docker-{x}"):
        return
EXTRA = "late"
"""
    found = read(tmp_path, text)
    assert found.installed == {"mypy>=1.4", "cmake"}
    assert found.looked_for == ("docker",)
    assert found.needs_version == ">=2025.2"


def test_a_parameter_hides_a_constant(tmp_path: Path) -> None:
    text = "TOOL = 'hugo'\ndef f(session, TOOL):\n    session.run(TOOL)\ndef g(session):\n    session.run(TOOL)\n"
    assert [one.words for one in read(tmp_path, text).commands] == [(None,), ("hugo",)]


def test_no_noxfile_is_none(tmp_path: Path) -> None:
    (tmp_path / "noxfile.py").mkdir()
    assert read_noxfile(str(tmp_path)) is None


@pytest.mark.parametrize("text", [b"def (", b"\xff\xfe", b"a = '\0'", b"(" * 10_000, b"# coding: nonsense\n"])
def test_what_is_no_python_is_said_in_one_line(tmp_path: Path, text: bytes) -> None:
    found = read(tmp_path, text)
    assert found.problem is not None
    assert "\n" not in found.problem
    assert found.commands == ()


def test_an_invalid_escape_in_the_project_is_no_warning_of_ours(tmp_path: Path) -> None:
    assert commands(tmp_path, r"session.run('x', '\d')") == [("x", "\\d")]


def test_a_chain_of_calls_as_long_as_you_like_is_read_or_refused(tmp_path: Path) -> None:
    assert read(tmp_path, "x = " + "f(" * 80 + ")" * 80).problem is None
    read(tmp_path, "x = a" + ".b()" * 5000)
