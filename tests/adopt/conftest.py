"""A project's files in a temporary folder, and what is proposed for them on a host that has only certain tools."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from gating.adopt import Proposal, propose
from gating.policy import load_policy
from tests.projects import Project

Propose = Callable[..., Proposal]
Table = Callable[..., dict[str, Any]]


@pytest.fixture
def proposal(project: Project) -> Propose:
    """Write files (dedented; `pyproject.toml` alone by position) and propose; `has` are the tools on the host."""

    def made(
        pyproject: str | None = None, files: Mapping[str, str] | None = None, *, has: tuple[str, ...] = ()
    ) -> Proposal:
        for name, text in {**({"pyproject.toml": pyproject} if pyproject else {}), **(files or {})}.items():
            project.write(name, text)
        for name in has:
            project.tool(name, "exit 99")
        # an interpreter that is not there brings no scripts folder, so that PATH is all there is
        env = {"PATH": str(project.bin), "HOME": str(project.home)}
        return propose(project.root, env=env, python=str(project.bin / "python"))

    return made


@pytest.fixture
def table(proposal: Propose, project: Project) -> Table:
    """Propose, and give the added table, which must be a policy as it stands."""

    def made(*arguments: Any, **more: Any) -> dict[str, Any]:
        found = proposal(*arguments, **more)
        data: dict[str, Any] = tomllib.loads(found.text)
        (project.home / found.file.name).write_bytes(found.text.encode())
        assert load_policy(project.home, env={}).file == project.home.resolve() / found.file.name
        return dict(data["tool"]["gating"] if found.file.name == "pyproject.toml" else data)

    return made
