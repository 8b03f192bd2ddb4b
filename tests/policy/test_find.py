"""Discovery: upwards to the first file with a policy, not past a repository or the home folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from gating.errors import PolicyError, UsageError
from gating.policy import Policy, load_policy

STRICT = '[tool.gating]\nmode = "strict"\n'


@pytest.fixture
def deep(project: Path) -> Path:
    folder = project / "src" / "app"
    folder.mkdir(parents=True)
    return folder


def test_the_nearest_file_with_a_table_is_the_policy(project: Path, deep: Path) -> None:
    (project / "pyproject.toml").write_text(STRICT)
    (project / "src" / "pyproject.toml").write_text('[project]\nname = "inner"\n')
    policy = load_policy(deep, env={})
    assert policy.file == project / "pyproject.toml"
    assert policy.root == project
    assert policy.shown == "../../pyproject.toml"
    assert str(policy.origin("mode")) == "../../pyproject.toml:2:8"
    assert policy.notes == ()


def test_a_file_of_its_own_has_the_table_without_the_prefix(project: Path, deep: Path) -> None:
    (project / "gating.toml").write_text('mode = "strict"\n[tools]\ngit = "*"\n')
    (project / "pyproject.toml").write_text('[project]\nname = "demo"\n')
    policy = load_policy(deep, env={})
    assert policy.mode == "strict"
    assert policy.project == "demo"
    assert str(policy.source("tools", "git")) == "../../gating.toml:3:7"


def test_a_start_that_is_a_file_means_its_folder(project: Path) -> None:
    (project / "pyproject.toml").write_text(STRICT)
    (project / "noxfile.py").touch()
    assert load_policy(project / "noxfile.py", env={}).mode == "strict"


def test_the_current_folder_is_where_the_search_starts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "pyproject.toml").write_text(STRICT)
    monkeypatch.chdir(project)
    monkeypatch.setenv("GATING_LEDGER", "off")
    policy = load_policy()
    assert (policy.mode, policy.ledger, policy.shown) == ("strict", "off", "pyproject.toml")


def test_two_policies_in_one_folder_are_a_mistake(project: Path) -> None:
    (project / "pyproject.toml").write_text("[project]\nname = 'x'\n" + STRICT)
    (project / "gating.toml").write_text("")
    with pytest.raises(PolicyError, match=r"^pyproject.toml:3:7: there is a policy here and in gating.toml") as caught:
        load_policy(project, env={})
    assert caught.value.problems[0].text == "[tool.gating]"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_no_search_leaves_a_repository(tmp_path: Path, kind: str) -> None:
    (tmp_path / "pyproject.toml").write_text(STRICT)
    inner = tmp_path / "inner" / "deep"
    inner.mkdir(parents=True)
    mark = inner.parent / ".git"
    mark.mkdir() if kind == "folder" else mark.write_text("gitdir: elsewhere\n")
    policy = load_policy(inner, env={})
    assert policy == Policy(root=inner.parent, project="inner", notes=policy.notes)
    assert "`gating init`" in policy.notes[0]
    (inner.parent / "pyproject.toml").write_text('[project]\nname = "demo"\n')
    assert load_policy(inner, env={}) == Policy(root=inner.parent, project="demo", notes=policy.notes)


def test_no_search_leaves_the_home_folder_but_looks_into_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_text(STRICT)
    home = tmp_path / "home"
    work = home / "work"
    work.mkdir(parents=True)
    assert load_policy(work, env={"HOME": str(home)}).file is None
    assert load_policy(work, env={"HOME": str(home)}).root == work
    (home / "gating.toml").write_text('mode = "lenient"')
    assert load_policy(work, env={"HOME": str(home)}).mode == "lenient"


def test_without_a_policy_the_nearest_project_is_the_root(project: Path, deep: Path) -> None:
    (project / "src" / "pyproject.toml").write_text('[project]\nname = "inner"\n')
    policy = load_policy(deep, env={"GATING_MODE": "strict"})
    assert (policy.file, policy.root, policy.project) == (None, project / "src", "inner")
    assert (policy.mode, policy.digest, policy.shown) == ("strict", None, None)
    assert str(policy.origin("mode")) == "GATING_MODE"


def test_a_broken_file_is_not_passed_over(project: Path, deep: Path) -> None:
    (project / "pyproject.toml").write_text(STRICT)
    nearest = project / "src" / "pyproject.toml"
    nearest.write_text("[project\n")
    with pytest.raises(PolicyError, match=r"^../pyproject.toml:1:9: TOML syntax"):
        load_policy(deep, env={})


def test_a_broken_file_further_up_counts_where_it_speaks_of_a_policy(project: Path, deep: Path) -> None:
    (deep / "pyproject.toml").write_text("")
    above = project / "pyproject.toml"
    above.write_text("# about gating\n[project\n")
    assert load_policy(deep, env={}).file is None
    above.write_text("[ tool . gating ]\n[project\n")
    with pytest.raises(PolicyError, match=r"^../../pyproject.toml:2:9: TOML syntax"):
        load_policy(deep, env={})


def test_what_is_no_regular_file_is_no_policy(project: Path) -> None:
    (project / "pyproject.toml").mkdir()
    os.mkfifo(project / "gating.toml")
    assert load_policy(project, env={}).file is None


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that opens and does not read, whoever asks")
def test_a_file_that_cannot_be_read_is_an_error(project: Path) -> None:
    (project / "pyproject.toml").symlink_to("/proc/self/mem")
    with pytest.raises(PolicyError, match=r"^pyproject.toml: cannot be read: Input/output error"):
        load_policy(project, env={})


def test_a_named_file_is_taken_whatever_else_there_is(project: Path, deep: Path) -> None:
    (project / "pyproject.toml").write_text(STRICT)
    (deep / "ci.toml").write_text('mode = "lenient"\n')
    policy = load_policy(project, env={}, file=deep / "ci.toml")
    assert (policy.mode, policy.root, policy.shown) == ("lenient", deep, "src/app/ci.toml")
    (deep / "pyproject.toml").write_text("[broken")
    assert load_policy(project, env={}, file=deep / "ci.toml").project == "app"
    (deep / "pyproject.toml").write_text("")
    bare = load_policy(project, env={}, file=deep / "pyproject.toml")
    assert bare.mode == "auto"
    assert bare.notes


def test_a_named_file_or_folder_that_is_not_there_is_wrong_use(project: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no policy file .*nothing\.toml"):
        load_policy(project, env={}, file=project / "nothing.toml")
    for start in (project / "nowhere", "a\0b"):
        with pytest.raises(UsageError, match=r"there is no folder '.*(nowhere|a\\x00b)'"):
            load_policy(start, env={})
    with pytest.raises(UsageError, match="there is no policy file"):
        load_policy(project, env={}, file="a\0b")


def test_a_current_folder_that_is_gone_is_wrong_use(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = project / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match="the current folder is gone"):
        load_policy(env={})


def test_a_link_to_a_folder_leads_to_the_policy_of_its_target(project: Path, deep: Path, tmp_path: Path) -> None:
    (project / "src" / "pyproject.toml").write_text(STRICT)
    link = project / "link"
    link.symlink_to(deep)
    assert load_policy(link, env={}).mode == "strict"
