"""Gating brought to another Python: found there, installed, or lent for one command."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import gating
from gating.checks.carry import carried, own_requirement
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from gating.verdict import Outcome
from tests.installs import Environment


@pytest.fixture
def there(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


def judged(environment: Environment, **env: str) -> JudgedPython:
    host = Host.of({"PATH": "/usr/bin:/bin", **env}, python=str(environment.python))
    return JudgedPython(host, Cache(None, about=["carry"]))


def said_by(environment: Environment, more: dict[str, str], code: str) -> str:
    argv = [str(environment.python), "-c", code]
    done = subprocess.run(argv, env={"PATH": "/usr/bin:/bin", **more}, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_nothing_is_done_where_gating_is_there(there: Environment) -> None:
    there.install("gating", "0.1.0")
    with carried(judged(there), install=None) as brought:
        assert (brought.environment, brought.verdict, brought.usable) == ({}, None, True)


def test_it_is_lent_for_one_command_with_the_plugin_and_packaging(there: Environment) -> None:
    (there.site / "mine").mkdir()
    with carried(judged(there, PYTHONPATH=str(there.site / "mine")), install=None) as brought:
        assert brought.verdict is not None
        assert brought.verdict.outcome is Outcome.DEGRADED
        assert "nothing may be installed here" in brought.verdict.reason
        code = """
import gating, packaging.version, importlib.metadata as m, sys
(point,) = [one for one in m.entry_points(group="pytest11") if one.name == "gating"]
print(gating.__version__, m.version("gating"), point.load().__name__, sys.path[2].endswith("mine"))
"""
        assert said_by(there, brought.environment, code) == f"{gating.__version__} " * 2 + "gating.pytest_plugin True"
        folder = Path(brought.environment["PYTHONPATH"].partition(":")[0])
        assert folder.is_dir()
    assert not folder.exists()
    assert Path(gating.__file__).exists()  # what was lent is a link, and is left where it is


def test_the_other_pythons_own_packaging_is_not_hidden(there: Environment) -> None:
    there.install("packaging", "1.0")
    (there.site / "packaging").mkdir()
    (there.site / "packaging" / "__init__.py").write_text("whose = 'theirs'\n")
    with carried(judged(there), install=None) as brought:
        assert said_by(there, brought.environment, "import packaging; print(packaging.whose)") == "theirs"


def test_the_same_origin_is_installed_where_that_is_allowed(there: Environment) -> None:
    asked: list[Sequence[str]] = []

    def install(words: Sequence[str]) -> str | None:
        asked.append(words)
        there.install("gating", gating.__version__)
        return None

    with carried(judged(there), install=install) as brought:
        assert brought.verdict is not None
        assert brought.verdict.outcome is Outcome.PASS
        assert brought.environment == {}
    assert asked == [own_requirement()]
    assert asked[0] == ("-e", str(Path(gating.__file__).parent.parent))  # the suite runs from a checkout


@pytest.mark.parametrize("said", ["there is no network", None])
def test_an_install_that_did_not_work_is_said_and_gating_lent(there: Environment, said: str | None) -> None:
    with carried(judged(there), install=lambda _words: said) as brought:
        assert brought.verdict is not None
        assert brought.verdict.outcome is Outcome.DEGRADED
        assert (said or "is not found") in brought.verdict.reason
        assert "PYTHONPATH" in brought.environment
