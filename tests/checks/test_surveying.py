"""From what a check was asked to the survey that answers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.checks.surveying import settings, survey_of
from gating.errors import UsageError
from gating.policy import load_policy
from gating.toolchain.host import Host
from gating.verdict import Mode
from tests.projects import Project


@pytest.fixture
def sample(project: Project) -> Project:
    project.policy("""
        [tool.gating.tools]
        git = {}
        torch = {}
        [tool.gating.optional]
        torch = {}
        rich = {}
    """)
    return project


def ids(project: Project, *only: str) -> tuple[str, ...]:
    policy, host = settings(project.root, env=project.env)
    return survey_of(policy, host, env=project.env, only=only).ids


def test_all_that_the_policy_asks_for_in_its_order(sample: Project) -> None:
    assert ids(sample) == ("tool:git", "tool:torch", "optional:torch", "optional:rich")


def test_or_what_is_named_in_the_policys_order(sample: Project) -> None:
    assert ids(sample, "rich", "git") == ("tool:git", "optional:rich")
    assert ids(sample, "torch") == ("tool:torch", "optional:torch")
    assert ids(sample, "optional:torch") == ("optional:torch",)


@pytest.mark.parametrize(
    ("name", "words"), [("gti", "did you mean 'git'"), ("zzz", "it has git, torch"), ("tool:rich", "no requirement")]
)
def test_a_name_that_the_policy_lacks_is_a_wrong_use(sample: Project, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ids(sample, name)


@pytest.mark.parametrize(
    ("evidence", "mode", "executed"),
    [
        (None, "lenient", False),
        (None, "strict", True),
        ("static", "strict", False),
        ("executed", "lenient", True),
    ],
)
def test_an_execution_is_wanted_when_strict_unless_it_is_said(
    sample: Project, evidence: str | None, mode: str, executed: bool
) -> None:
    env = {**sample.env, "GATING_MODE": mode}
    policy, host = settings(sample.root, env=env)
    assert survey_of(policy, host, env=env, evidence=evidence).executed is executed


def test_no_other_evidence_can_be_wanted(sample: Project) -> None:
    policy, host = settings(sample.root, env=sample.env)
    for evidence in ("present", "absent", "seen", ""):
        with pytest.raises(UsageError, match="static and executed"):
            survey_of(policy, host, env=sample.env, evidence=evidence)


@pytest.mark.parametrize(("strict", "mode"), [(True, Mode.STRICT), (False, Mode.LENIENT), (None, Mode.AUTO)])
def test_strict_wins_over_the_policy_also_over_one_that_is_given(
    sample: Project, strict: bool | None, mode: Mode
) -> None:
    given = load_policy(sample.root, env=sample.env)
    assert settings(sample.root, strict=strict, env=sample.env)[0].mode is mode
    assert settings(None, policy=given, strict=strict, env=sample.env)[0].mode is mode


def test_the_hosts_root_is_the_policys_folder(sample: Project, tmp_path: Path) -> None:
    inner = sample.root / "inner"
    inner.mkdir()
    assert settings(inner, env=sample.env)[1].root == str(sample.root)
    given = Host.of(sample.env, root=str(tmp_path))
    assert settings(inner, host=given, env=sample.env)[1] == given._replace(root=str(sample.root))
