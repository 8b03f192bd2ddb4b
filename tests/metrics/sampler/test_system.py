"""The sampler does without the module os: what it calls is there without it, and nothing else imports it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import gating
from gating.metrics.sampler.system import exists, folder_of, is_folder

ROOT = Path(gating.__file__).parent
SAMPLER = ROOT / "metrics" / "sampler"
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there is no posix")
# as the sampler starts, up to where it would wait for its configuration
START = f"""\
import sys
sys.path.append({str(ROOT.parent)!r})
from gating.metrics.sampler.main import main
from gating.metrics.sampler.events import Events
from gating.metrics.sampler.readers import choose
readers = choose({{"source": "proc", "path": "/tmp/nothing.jsonl", "interval_s": 1.0}}, Events())
readers.tree.watch(1, owned=False)
readers.host.sample(), readers.tree.sample(0.0), readers.cgroup.sample(), readers.host.facts(), readers.cgroup.facts()
print(*sorted({{"os", "json", "typing", "re", "subprocess", "dataclasses", "ctypes"}} & set(sys.modules)))
"""


def users() -> list[Path]:
    """The modules that have `os` from there."""
    return [file for file in sorted(SAMPLER.glob("*.py")) if "sampler.system import" in file.read_text("utf-8")]


@POSIX
@pytest.mark.parametrize("file", users(), ids=lambda file: file.stem)
def test_what_is_called_is_there_without_os(file: Path) -> None:
    import posix

    named = {
        node.attr
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    }
    assert {name for name in named if not hasattr(posix, name)} == set()


def test_nothing_that_is_dear_is_imported_at_the_start() -> None:
    assert len(users()) > 8
    argv = [sys.executable, "-I", "-S", "-c", START]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split() == []


def test_paths(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    found = {
        name: (exists(str(tmp_path / name)), is_folder(str(tmp_path / name)))
        for name in ("file", "folder", "dangling", "nothing")
    }
    assert found == {
        "file": (True, False),
        "folder": (True, True),
        "dangling": (False, False),
        "nothing": (False, False),
    }
    assert not exists("a\0b")
    assert folder_of("/a/b/c") == "/a/b"
    assert folder_of("/a") == ""
