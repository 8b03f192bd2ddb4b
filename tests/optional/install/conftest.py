"""What the tests of installing share: wheels, environments by uv and by pip, and a policy on which to plan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gating.optional.install.declared import declared
from gating.optional.install.plan import Plan, make_plan
from gating.optional.state import look
from gating.policy import load_policy
from gating.toolchain.cache import Cache
from gating.toolchain.host import Host
from gating.toolchain.judged import JudgedPython
from tests.installs import by_uv, by_virtualenv, no_network, wheel
from tests.projects import clean_environment

Planned = Callable[..., tuple[Plan, Host]]


@pytest.fixture(scope="session")
def pip_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One environment with pip in it for all tests that start pip: each uses distributions of its own."""
    return by_virtualenv(tmp_path_factory.mktemp("pip") / "venv")


@pytest.fixture
def uv_python(tmp_path: Path) -> Path:
    return by_uv(tmp_path / "uv-venv")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    for version in ("0.5", "1.5"):
        wheel(tmp_path / "wheels", "tiny-lib", version)
    wheel(tmp_path / "wheels", "low", "1.0", headers=["Requires-Dist: tiny-lib<1"])
    wheel(tmp_path / "wheels", "high", "1.0", headers=["Requires-Dist: tiny-lib>=1"])
    return tmp_path / "wheels"


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Plan the installation of `[optional]` entries, given as TOML, into an interpreter."""

    def plan(
        python: Path | str, optional: str, *names: str, refused: str | None = None, **env: str
    ) -> tuple[Plan, Host]:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        (root / "pyproject.toml").write_text(f"[tool.gating.optional]\n{optional}\n")
        base = {**clean_environment(tmp_path), **no_network(tmp_path), **env}
        del base["PYTHONDONTWRITEBYTECODE"]  # pip compiles itself once, and is then three times as quick
        host = Host.of(base, python=str(python), root=str(root))
        judged = JudgedPython(host, Cache(None, about=[]))
        wanted = declared(load_policy(root, env={}), names)
        made = make_plan(
            wanted,
            judged,
            lambda one, words: look(one.asked._replace(wanted=words.specifier), interpreter=judged.interpreter),
            refused=refused,
        )
        return made, host

    return plan
