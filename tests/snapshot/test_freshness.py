"""The key changes when a light snapshot would, and only then; it costs a few looks at files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gating.process.interpreter import describe
from gating.snapshot import freshness, freshness_key

Add = Callable[..., Path]
Git = Callable[..., str]
Key = Callable[[], str]
KINDS = ["path", "described"]


@pytest.fixture
def judged(make_env: Callable[[str], tuple[str, Path]]) -> tuple[str, Path]:
    return make_env("judged")


@pytest.fixture
def key(request: pytest.FixtureRequest, judged: tuple[str, Path], checkout: Path, clean_env: dict[str, str]) -> Key:
    """Ask for the key of the judged environment, by its path or as described, as the parameter says."""
    python = judged[0] if request.param == "path" else describe(judged[0], env=clean_env)
    return lambda: freshness_key(python=python, root=checkout)


both = pytest.mark.parametrize("key", KINDS, indirect=True)


@both
def test_what_changes_it(key: Key, judged: tuple[str, Path], checkout: Path, add: Add, run_git: Git) -> None:
    seen = [key()]

    def changed() -> bool:
        now = key()
        is_new = now not in seen
        seen.append(now)
        return is_new and key() == now

    added = add(judged[1], "it", "1.0")
    assert changed(), "installed"
    added.rename(added.with_name("it-2.0.dist-info"))
    assert changed(), "upgraded"
    run_git(checkout, "commit", "--allow-empty", "-m", "second")
    assert changed(), "committed"
    run_git(checkout, "checkout", "-b", "other")
    assert changed(), "another branch at the same commit"
    run_git(checkout, "checkout", "--detach")
    assert changed(), "detached"
    (checkout / "pyproject.toml").write_text("[project]\nname = 'it'\n")
    assert changed(), "declared"
    python = Path(judged[0])
    real = python.resolve()
    python.unlink()
    python.write_bytes(real.read_bytes())
    assert changed(), "another interpreter at the same path"
    (checkout / ".git").rename(checkout / "git")
    assert changed(), "no checkout any more"


@both
def test_what_does_not_change_it(key: Key, judged: tuple[str, Path], checkout: Path, run_git: Git) -> None:
    before = key()
    (checkout / "file").write_text("dirt\n")
    (checkout / "new").touch()
    run_git(checkout, "add", "file")
    run_git(checkout, "branch", "other")
    run_git(checkout, "tag", "v1")
    run_git(checkout, "pack-refs", "--all")
    run_git(checkout, "gc", "--quiet")
    os.utime(judged[1].parent)
    assert key() == before


def test_two_environments_and_two_projects_differ(
    make_env: Callable[[str], tuple[str, Path]], checkout: Path, tmp_path: Path
) -> None:
    pythons = [make_env("one")[0], make_env("two")[0], sys.executable]
    keys = {freshness_key(python=python, root=root) for python in pythons for root in (checkout, tmp_path)}
    assert len(keys) == 6


def test_two_projects_of_one_checkout_differ(checkout: Path) -> None:
    for name in ("one", "two"):
        (checkout / name).mkdir()
        (checkout / name / "pyproject.toml").write_text(f"[project]\nname = '{name}'\n")
        os.utime(checkout / name / "pyproject.toml", ns=(1, 1))
    assert freshness_key(python=None, root=checkout / "one") != freshness_key(python=None, root=checkout / "two")


def test_our_own_is_the_same_however_it_is_named(checkout: Path) -> None:
    own = freshness_key(python=None, root=checkout)
    assert freshness_key(python=sys.executable, root=checkout) == own
    assert freshness_key(python=describe(None, env=os.environ), root=checkout) == own


def test_gating_and_the_form_of_the_document_are_in_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {freshness_key(python=None, root=checkout)}
    monkeypatch.setattr(freshness, "__version__", "99")
    keys.add(freshness_key(python=None, root=checkout))
    monkeypatch.setattr(freshness, "SCHEMA", "gating.snapshot/99")
    keys.add(freshness_key(python=None, root=checkout))
    assert len(keys) == 3


def test_another_interpreter_than_it_runs_in_makes_no_difference(checkout: Path, judged: tuple[str, Path]) -> None:
    text = "import sys, pathlib, gating.snapshot as s\n"
    text += "print(s.freshness_key(python=sys.argv[1], root=pathlib.Path(sys.argv[2])))"
    argv = [sys.executable, "-c", text, judged[0], str(checkout)]
    assert subprocess.check_output(argv, text=True).strip() == freshness_key(python=judged[0], root=checkout)


def test_of_a_folder_of_sources_only_the_metadata_counts(
    judged: tuple[str, Path], checkout: Path, tmp_path: Path, clean_env: dict[str, str], add: Add
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (judged[1] / "it.pth").write_text(f"{sources}\n")
    described = describe(judged[0], env=clean_env)
    before = freshness_key(python=described, root=checkout)
    (sources / "module.py").touch()
    assert freshness_key(python=described, root=checkout) == before
    add(sources, "it")
    assert freshness_key(python=described, root=checkout) != before


def test_an_environment_that_sees_the_installation_below_counts_both(checkout: Path, tmp_path: Path, add: Add) -> None:
    # laid out by hand, since the installation is not ours to write to
    for prefix in ("env", "base"):
        (tmp_path / prefix / "bin").mkdir(parents=True)
        (tmp_path / prefix / "bin/python").touch()
        (tmp_path / prefix / "lib/python3.12/site-packages").mkdir(parents=True)
    seen = {}
    for system in ("false", "true"):
        (tmp_path / "env/pyvenv.cfg").write_text(
            f"home = {tmp_path}/base/bin\ninclude-system-site-packages = {system}\n"
        )
        seen[system] = [freshness_key(python=str(tmp_path / "env/bin/python"), root=checkout)]
        add(tmp_path / "base/lib/python3.12/site-packages", f"it-{system}")
        seen[system].append(freshness_key(python=str(tmp_path / "env/bin/python"), root=checkout))
    assert seen["false"][0] == seen["false"][1]
    assert seen["true"][0] != seen["true"][1]


def test_an_installation_is_found_behind_a_link(checkout: Path, tmp_path: Path, add: Add) -> None:
    for folder in ("base/bin", "base/lib/python3.12/site-packages", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "base/bin/python3.12").touch()
    link = tmp_path / "bin/python"
    link.symlink_to(tmp_path / "base/bin/python3.12")
    before = freshness_key(python=str(link), root=checkout)
    add(tmp_path / "base/lib/python3.12/site-packages", "it")
    assert freshness_key(python=str(link), root=checkout) != before


def test_python_path_counts(judged: tuple[str, Path], checkout: Path, tmp_path: Path, add: Add) -> None:
    add(tmp_path / "named", "it")
    env = {"PYTHONPATH": str(tmp_path / "named")}
    before = freshness_key(python=judged[0], root=checkout, env=env)
    assert before != freshness_key(python=judged[0], root=checkout, env={})
    add(tmp_path / "named", "other")
    assert freshness_key(python=judged[0], root=checkout, env=env) != before


def test_what_is_missing_or_odd_raises_nothing(tmp_path: Path) -> None:
    keys = {freshness_key(python=python, root=tmp_path / "gone") for python in ("", "/no/such", "a\0b", "x" * 9999)}
    assert len(keys) == 4


def test_it_is_cheap(judged: tuple[str, Path], checkout: Path) -> None:
    text = f"""
import sys, pathlib, gating.snapshot as s
opened = []
def watch(event, args):
    if event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"):
        raise SystemExit(f"started a process: {{event}}")
    if event == "open":
        opened.append(args[0])
s.freshness_key(python={judged[0]!r}, root=pathlib.Path({str(checkout)!r}))
sys.addaudithook(watch)
for python in (None, {judged[0]!r}):
    s.freshness_key(python=python, root=pathlib.Path({str(checkout)!r}))
print(len(opened), [n for n in ("packaging", "importlib.metadata", "hashlib", "platform", "json") if n in sys.modules])
"""
    made = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    count, _, loaded = made.stdout.strip().partition(" ")
    assert (loaded, made.stderr) == ("[]", "")
    assert int(count) <= 12  # HEAD, its branch, no tables, the boot's identity, for each; and a pyvenv.cfg
