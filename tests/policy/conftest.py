"""A project folder with a policy in it, and the two ways that loading it can end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gating.errors import PolicyError, Problem
from gating.policy import Policy, load_policy


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that no search leaves upwards."""
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.fixture
def load(project: Path) -> Callable[..., Policy]:
    """Load a text as the project's pyproject.toml."""

    def loaded(
        text: str | bytes, *, env: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
    ) -> Policy:
        (project / "pyproject.toml").write_bytes(text.encode() if isinstance(text, str) else text)
        return load_policy(project, env=env or {}, overrides=overrides)

    return loaded


@pytest.fixture
def problems(load: Callable[..., Policy]) -> Callable[..., tuple[Problem, ...]]:
    """Load a text that is wrong, and hand out what is said about it."""

    def found(
        text: str | bytes, *, env: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
    ) -> tuple[Problem, ...]:
        with pytest.raises(PolicyError) as caught:
            load(text, env=env or {}, overrides=overrides)
        assert caught.value.exit_code == 2
        return caught.value.problems

    return found
