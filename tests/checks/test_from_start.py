"""When what a run is to lack is hidden from the interpreter's start, and what that process then sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gating.checks.from_start import hidden_from_start
from gating.policy import load_policy
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython

POLICY = """
[tool.gating.optional]
invoke = "invoke"
packaging = "packaging"

[tool.pytest.ini_options]
filterwarnings = ["error", "ignore::mine.Mine"]
"""
SEEN = "import importlib.util as u; print(*(bool(u.find_spec(name)) for name in ('invoke', 'packaging')))"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(POLICY)
    return tmp_path


def seen(root: Path, *without: str, words: tuple[str, ...] = ()) -> str:
    judged = JudgedPython(Host.of(os.environ, python=sys.executable), Cache(None, about=["from-start"]))
    with hidden_from_start(without, words, policy=load_policy(root), judged=judged, env=os.environ) as laid:
        env = {**os.environ, **laid}
        done = subprocess.run([sys.executable, "-c", SEEN], env=env, capture_output=True, text=True, check=True)
        folders = [Path(laid["PYTHONPATH"].partition(os.pathsep)[0])] if laid else []
    assert not any(folder.exists() for folder in folders), "nothing is left behind"
    return done.stdout.strip()


def test_it_is_hidden_where_pytest_imports_something_before_its_plugins(root: Path) -> None:
    assert seen(root, "invoke") == "False True"
    assert seen(root, "packaging", "invoke") == "False False"


def test_else_nothing_is_laid_over(root: Path) -> None:
    assert seen(root) == "True True"
    assert seen(root, "invoke", words=("-o", "filterwarnings=error")) == "True True"
    assert seen(root, "invoke", words=("-p", "no:warnings")) == "True True"
