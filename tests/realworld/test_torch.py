"""A small training command with the real torch: installed, absent, made to look absent, and broken.

Only the CPU build is asked for (`torch==2.13.0+cpu`), which pip's own configuration has to know a place of.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import gating
from gating.ledger import open_ledger
from tests.projects import Done, Project

pytestmark = [pytest.mark.realworld, pytest.mark.timeout(900)]

TORCH = "torch==2.13.0+cpu"

TRAIN = """\
from gating import guard


def pretend(steps=200):
    print("would train for", steps, "steps")


@guard("torch")
def train(steps=200):
    import torch

    torch.manual_seed(0)
    inputs = torch.randn(64, 4)
    targets = inputs @ torch.tensor([1.0, -2.0, 3.0, 0.5]) + 1.0
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(inputs).squeeze(1), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    print(losses[0], losses[-1])


plan = guard("torch", dry_run=pretend)(train)

if __name__ == "__main__":
    import sys

    {"train": train, "plan": plan}[sys.argv[1]]()
"""

# runs a command, and a function of its own, while torch is made to look absent
WITHOUT = """\
import subprocess
import sys

import gating
from train import train

with gating.absent("torch"):
    code = subprocess.run([sys.executable, "train.py", "train"]).returncode
    try:
        train()
    except SystemExit as error:
        sys.exit(code * 1000 + error.code)
"""


def environment(folder: Path, *wanted: str) -> Path:
    """The Python of a fresh environment with gating, installed from the checkout, and what is wanted."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    home = Path(gating.__file__).parent.parent
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", "torch"]
    subprocess.run([*install, str(home), *wanted], check=True)
    return python


@pytest.fixture(scope="module")
def with_torch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("with-torch"), TORCH)


@pytest.fixture(scope="module")
def without_torch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("without-torch"))


@pytest.fixture
def training(project: Project) -> Project:
    project.policy("[tool.gating.optional]\ntorch = { requires = 'torch>=2.2', extra = 'train' }")
    project.write("train.py", TRAIN)
    project.write("without.py", WITHOUT)
    return project


def run(training: Project, python: Path, *arguments: str) -> Done:
    return training.run(str(python), *arguments, timeout=120)


def incident(training: Project) -> tuple[int | None, str, str]:
    """The exit code of the newest recorded run, and the state and the reason of its one verdict."""
    detail = open_ledger(project=training.root).show().as_dict()
    (verdict,) = detail["verdicts"]
    assert verdict["id"] == "optional:torch"
    return detail["run"]["exit_code"], verdict["state"], verdict["reason"]


def test_installed_it_trains(training: Project, with_torch: Path) -> None:
    done = run(training, with_torch, "train.py", "train")
    assert done.returncode == 0
    assert "to mend it" not in done.stderr  # torch itself warns where there is no numpy
    first, last = map(float, done.stdout.split())
    assert last < first / 100
    assert not (training.root / ".gating").exists()


def test_absent_it_says_so_in_three_lines(training: Project, without_torch: Path) -> None:
    done = run(training, without_torch, "train.py", "train")
    assert (done.returncode, done.stdout) == (69, "")
    first, second, third = done.stderr.splitlines()
    assert first == "train.py: torch>=2.2 is absent: torch is not installed"
    assert second == f"  to mend it: {without_torch} -m pip install -e '.[train]'"
    assert third.startswith("  exit code 69, recorded as run ")
    assert incident(training)[:2] == (69, "absent")
    dry = run(training, without_torch, "train.py", "plan")
    assert (dry.returncode, dry.stdout) == (0, "would train for 200 steps\n")
    assert len(dry.stderr.splitlines()) == 1
    assert incident(training)[:2] == (0, "absent")


def test_made_to_look_absent_it_says_the_same(training: Project, with_torch: Path) -> None:
    done = run(training, with_torch, "without.py")
    assert done.returncode == (69 * 1000 + 69) % 256
    lines = done.stderr.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("train.py: torch>=2.2 is absent: ")
    assert lines[3].startswith("without.py: torch>=2.2 is absent: ")
    assert lines[1] == lines[4] == f"  to mend it: {with_torch} -m pip install -e '.[train]'"
    assert incident(training)[:2] == (69, "absent")
    assert run(training, with_torch, "train.py", "train").returncode == 0


@contextmanager
def instead_of(file: Path, text: str | None) -> Iterator[None]:
    """A file with another content for a while, or away where that is None."""
    kept = file.with_name(f"{file.name}.kept")
    file.rename(kept)
    try:
        if text is not None:
            file.write_text(text, encoding="utf-8")
        yield
    finally:
        kept.replace(file)


def test_broken_it_is_called_broken(training: Project, with_torch: Path) -> None:
    (package,) = with_torch.parent.parent.glob("lib/python*/site-packages/torch")
    with instead_of(package / "lib" / "libtorch_cpu.so", None):
        done = run(training, with_torch, "train.py", "train")
    assert done.returncode == 69
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("train.py: torch>=2.2 is broken: ")
    assert "libtorch_cpu.so: cannot open shared object file" in lines[0]
    code, state, reason = incident(training)
    assert (code, state) == (69, "broken")
    assert "libtorch_cpu.so" in reason

    with instead_of(package / "__init__.py", "raise OSError('libcudart.so: no such file')\n"):
        done = run(training, with_torch, "train.py", "plan")
    assert done.returncode == 69
    assert "torch>=2.2 is broken: OSError: libcudart.so: no such file" in done.stderr
    assert run(training, with_torch, "train.py", "train").returncode == 0
