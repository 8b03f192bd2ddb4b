"""Commands of applications that are installed by pip, and of source trees, where an optional dependency is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gating
from gating.ledger import open_ledger
from tests.installs import Environment, by_virtualenv, wheel
from tests.pages import blocks
from tests.projects import Done, Project

HOME = Path(gating.__file__).parent.parent

TRAINER = """\
import argparse

from gating import available, guard, require


@guard("sample-dep")
def train(epochs):
    import sample_dep

    print("trained", epochs, "with", sample_dep.__name__)


def show():
    one = available("sample-dep")
    print(one.state, one.wanted, one.asked.extra, one.asked.application)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["train", "show", "need"])
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    if given.what == "train":
        train(given.epochs)
    elif given.what == "need":
        with guard("sample-dep", exit_code=7):
            require("sample-dep>=9")
    else:
        show()


if __name__ == "__main__":
    main()
"""


class Installed:
    """An environment with the application `trainer`, installed by pip from a wheel, and gating on its path."""

    def __init__(self, folder: Path) -> None:
        self.wheels = folder / "wheels"
        headers = ["Provides-Extra: fancy", "Requires-Dist: sample-dep>=2.2; extra == 'fancy'"]
        modules = {"trainer/cli.py": TRAINER, "trainer/__init__.py": ""}
        wheel(self.wheels, "trainer", "1.0", script="trainer", headers=headers, modules=modules)
        for version in ("1.0", "2.5"):
            wheel(self.wheels, "sample-dep", version)
        self.python = by_virtualenv(folder / "env")
        (self.site,) = folder.glob("env/lib/python*/site-packages")
        (self.site / "gating.pth").write_text(f"{HOME}\n")
        packaging = importlib.util.find_spec("packaging")
        assert packaging is not None
        assert packaging.submodule_search_locations
        (self.site / "packaging").symlink_to(packaging.submodule_search_locations[0])
        self.pip("trainer")

    def pip(self, *wanted: str) -> None:
        offline = ("--no-index", "--no-deps", "--find-links", str(self.wheels), "--disable-pip-version-check")
        subprocess.run([self.python, "-m", "pip", "install", "--quiet", *offline, *wanted], check=True, timeout=60)

    def trainer(self, project: Project, *arguments: str, **env: str) -> Done:
        return project.run(str(self.python.with_name("trainer")), *arguments, env=env)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def absent(installed: Installed) -> Installed:
    site = installed.site
    for left in site.glob("sample_dep*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    return installed


@pytest.fixture
def foreign(project: Project) -> Project:
    """Somebody's project, in which the application is run."""
    project.policy("[tool.gating.optional]\nsample-dep = { requires = 'sample-dep<1', extra = 'theirs' }")
    return project


def test_an_installed_application_says_what_its_own_metadata_says(absent: Installed, foreign: Project) -> None:
    done = absent.trainer(foreign, "train")
    assert (done.returncode, done.stdout) == (69, "")
    first, second, third = done.stderr.splitlines()
    assert first == "trainer: sample-dep>=2.2 is absent: sample-dep is not installed"
    assert second.endswith("install 'trainer[fancy]'")
    assert str(absent.python) in second
    assert third == "  exit code 69; GATING_DEBUG=1 shows the traceback"
    assert not (foreign.root / ".gating").exists()
    shown = absent.trainer(foreign, "show")
    assert shown.stdout == "absent >=2.2 fancy trainer\n"
    assert absent.trainer(foreign, "--help").returncode == 0


def test_the_page_shows_what_happens(absent: Installed, foreign: Project) -> None:
    (code,) = [block for block in blocks("python", page="docs/optional.md") if "@guard" in block.text]
    (shown,) = [block for block in blocks("console", page="docs/optional.md") if block.text.startswith("$ shop")]
    headers = ["Provides-Extra: train", "Requires-Dist: torch>=2.2; extra == 'train'"]
    wheel(absent.wheels, "shop", "1.0", script="shop", headers=headers, modules={"shop/cli.py": code.text})
    absent.pip("shop")
    done = foreign.run(str(absent.python.with_name("shop")))
    said = done.stderr.replace(str(absent.python), ".venv/bin/python")
    assert (done.returncode, f"$ shop\n{said}") == (69, shown.text)


def test_the_life_of_a_dependency(absent: Installed, foreign: Project) -> None:
    absent.pip("sample-dep==1.0")
    old = absent.trainer(foreign, "train")
    assert old.returncode == 69
    assert "sample-dep>=2.2 is outdated" in old.stderr
    absent.pip("--upgrade", "sample-dep")
    fine = absent.trainer(foreign, "train", "--epochs", "5")
    assert (fine.returncode, fine.stdout, fine.stderr) == (0, "trained 5 with sample_dep\n", "")
    need = absent.trainer(foreign, "need")
    assert need.returncode == 7
    assert "sample-dep>=9 is outdated" in need.stderr

    module = absent.site / "sample_dep.py"
    module.write_text("raise OSError('libsample.so: cannot open shared object file')\n")
    broken = absent.trainer(foreign, "train")
    assert broken.returncode == 69
    assert "is broken: OSError: libsample.so: cannot open" in broken.stderr
    assert len(broken.stderr.splitlines()) == 3
    traced = absent.trainer(foreign, "train", GATING_DEBUG="1")
    assert traced.returncode == 69
    assert "Traceback (most recent call last):" in traced.stderr
    assert 'cli.py", line' in traced.stderr


def test_what_is_made_to_look_absent_is_so_for_a_command(absent: Installed, foreign: Project) -> None:
    absent.pip("sample-dep==2.5")
    before = absent.trainer(foreign, "train")
    with gating.absent("sample-dep"):
        hidden = {name: os.environ[name] for name in ("PYTHONPATH", "GATING_ABSENT")}
        gone = absent.trainer(foreign, "train", **hidden)
    assert (before.returncode, gone.returncode) == (0, 69)
    lines = gone.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("trainer: sample-dep>=2.2 is absent")


def test_the_ledger_that_the_environment_names_has_the_incident(absent: Installed, foreign: Project) -> None:
    place = foreign.home / "incidents.db"
    parent = "0189f7e5c3d87a3fb8a1c6d2e4f50617"
    done = absent.trainer(foreign, "train", GATING_LEDGER=str(place), GATING_RUN=parent)
    assert done.returncode == 69
    detail = open_ledger(place).show().as_dict()
    assert detail["run"]["id"] in done.stderr
    assert (detail["run"]["project"], detail["run"]["exit_code"], detail["run"]["parent"]) == ("trainer", 69, parent)
    (verdict,) = detail["verdicts"]
    assert verdict["id"] == "optional:sample-dep"
    assert verdict["details"]["command"] == "trainer.cli:train"
    assert not (foreign.root / ".gating").exists()


@pytest.fixture
def tree(project: Project) -> Project:
    """The same application as a source tree with a policy of its own."""
    project.policy("[tool.gating.optional]\nsample-dep = { requires = 'sample-dep>=3', extra = 'fancy' }")
    project.write("src/trainer/__init__.py", "")
    project.write("src/trainer/cli.py", TRAINER)
    return project


def run_tree(tree: Project, *arguments: str, cwd: Path | None = None, **env: str) -> Done:
    path = os.pathsep.join([str(tree.root / "src"), str(HOME)])
    return tree.run(
        sys.executable, "-m", "trainer.cli", *arguments, env={"PYTHONPATH": path, **env}, cwd=cwd or tree.home
    )


def test_a_source_tree_has_its_own_policy_ledger_and_remedy(tree: Project) -> None:
    done = run_tree(tree, "train")
    assert done.returncode == 69
    first, second, third = done.stderr.splitlines()
    assert first == "cli.py: sample-dep>=3 is absent: sample-dep is not installed"
    assert second.endswith(f" -e '{tree.root}[fancy]'")
    (row,) = open_ledger(project=tree.root).runs()
    assert f"recorded as run {row.id}" in third
    assert not (tree.home / ".gating").exists()
    assert run_tree(tree, "train", cwd=tree.root).stderr.splitlines()[1].endswith(" -e '.[fancy]'")
    assert len(open_ledger(project=tree.root).runs()) == 2


def test_an_editable_install_has_the_projects_policy(tree: Project, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "environment")
    origin = f'{{"url": "{tree.root.as_uri()}", "dir_info": {{"editable": true}}}}'
    environment.install("trainer", "1.0", origin=origin)
    (environment.site / "trainer.py").unlink()  # its code is elsewhere
    (environment.site / "trainer.pth").write_text(f"{tree.root / 'src'}\n{HOME}\n")
    done = tree.run(str(environment.python), "-m", "trainer.cli", "train", cwd=tree.home)
    assert done.returncode == 69
    assert "sample-dep>=3 is absent" in done.stderr
    assert len(open_ledger(project=tree.root).runs()) == 1


def test_what_cannot_be_recorded_is_said_in_the_third_line(tree: Project) -> None:
    tree.write(".gating", "in the way")
    done = run_tree(tree, "train")
    assert done.returncode == 69
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("  exit code 69, ")
    assert "recorded as run" not in lines[2]


def test_a_folder_that_cannot_be_written_changes_no_exit_code(tree: Project) -> None:
    folder = tree.root / ".gating"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        done = run_tree(tree, "train")
    finally:
        folder.chmod(0o755)
    assert done.returncode == 69
    assert len(done.stderr.splitlines()) == 3


def test_a_switched_off_ledger_is_switched_off(tree: Project) -> None:
    done = run_tree(tree, "train", GATING_LEDGER="off")
    assert done.returncode == 69
    assert not (tree.root / ".gating").exists()


def test_nobody_reading_changes_no_exit_code(tree: Project) -> None:
    path = os.pathsep.join([str(tree.root / "src"), str(HOME)])
    command = f"{sys.executable} -m trainer.cli train 2>&-"
    assert tree.run("sh", "-c", command, env={"PYTHONPATH": path}).returncode == 69
