"""Writing a proposal: the whole file or nothing, and never over what somebody else wrote."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gating.adopt import Proposal, propose, write
from gating.errors import UsageError
from tests.projects import Project

Propose = Callable[..., Proposal]


@pytest.mark.parametrize("text", ["[project]\nname = 'a'\n", "[project]\r\nname = 'a'\r\n", "[project]\nname = 'a'"])
def test_the_file_is_what_was_proposed_to_the_byte(project: Project, proposal: Propose, text: str) -> None:
    (project.root / "pyproject.toml").write_bytes(text.encode())
    found = proposal()
    write(found)
    content = (project.root / "pyproject.toml").read_bytes()
    assert content == found.text.encode()
    assert content.startswith(text.encode())
    assert content.endswith(b"\n") == text.endswith("\n")
    assert (b"\r\n" in content) == ("\r\n" in text)


def test_nothing_else_is_left_in_the_folder(project: Project, proposal: Propose) -> None:
    write(proposal())
    assert [path.name for path in project.root.iterdir()] == ["pyproject.toml"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_permissions_stay(project: Project, proposal: Propose, mode: int) -> None:
    file = project.root / "pyproject.toml"
    file.chmod(mode)
    write(proposal())
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_new_file_can_be_read_by_whom_the_umask_lets(project: Project, proposal: Propose) -> None:
    (project.root / "pyproject.toml").unlink()
    write(proposal())
    (project.root / "beside").touch()
    made = (project.root / "gating.toml").stat()
    assert stat.S_IMODE(made.st_mode) == stat.S_IMODE((project.root / "beside").stat().st_mode)


def test_a_link_stays_a_link(project: Project, proposal: Propose) -> None:
    file = project.root / "pyproject.toml"
    file.rename(project.home / "real.toml")
    file.symlink_to(project.home / "real.toml")
    found = proposal()
    assert found.file == file
    write(found)
    assert file.is_symlink()
    assert (project.home / "real.toml").read_text() == found.text


def test_a_policy_that_is_there_is_never_written_over(project: Project, proposal: Propose) -> None:
    write(proposal())
    content = (project.root / "pyproject.toml").read_bytes()
    with pytest.raises(UsageError, match=r"pyproject\.toml has a policy already: `gating explain`"):
        write(proposal())
    assert (project.root / "pyproject.toml").read_bytes() == content


def test_a_file_that_changed_meanwhile_is_left_as_it_is(project: Project, proposal: Propose) -> None:
    found = proposal()
    project.write("pyproject.toml", "[project]\nname = 'other'\n")
    with pytest.raises(UsageError, match=r"pyproject\.toml has changed since.*call `gating init` again"):
        write(found)
    assert (project.root / "pyproject.toml").read_text() == "[project]\nname = 'other'\n"


def test_a_file_that_went_meanwhile_is_not_made_again(project: Project, proposal: Propose) -> None:
    found = proposal()
    (project.root / "pyproject.toml").unlink()
    with pytest.raises(UsageError, match="has changed"):
        write(found)
    assert not list(project.root.iterdir())


def test_a_file_that_came_meanwhile_is_not_replaced(project: Project, proposal: Propose) -> None:
    (project.root / "pyproject.toml").unlink()
    found = proposal()
    (project.root / "gating.toml").write_text("mode = 'strict'\n")
    with pytest.raises(UsageError, match=r"gating\.toml has changed"):
        write(found)
    assert (project.root / "gating.toml").read_text() == "mode = 'strict'\n"


def test_a_file_that_cannot_be_written_is_a_wrong_use_and_stays(project: Project) -> None:
    found = propose(project.root, env=project.env)
    nowhere = Path("/dev/null/pyproject.toml")
    with pytest.raises(UsageError, match=r"cannot be (read|written)"):
        write(replace(found, file=nowhere))
    with pytest.raises(UsageError, match=r"cannot be written .* is as it was; `gating init --dry-run` prints"):
        write(replace(found, file=Path("/proc/gating.toml"), before=None))
