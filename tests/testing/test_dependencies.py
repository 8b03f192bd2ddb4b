"""What the policy declares and what tests ask for, as it is found in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from gating.errors import UsageError
from gating.policy import load_policy
from gating.policy.model import Fallback
from gating.testing.dependencies import Dependencies
from gating.words import Need, State

POLICY = """
[tool.gating.optional]
torchette = { requires = "torchette>=2", need = "ci", fallback = "fail" }
pluggy = "pluggy"
nowhere = { requires = "nowhere", when = "sys_platform == 'nowhere'" }
marked = "marked-one; python_version < '3'"
here = { requires = "packaging>=20", when = "sys_platform == 'nowhere'" }
"""


@pytest.fixture
def policy_folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(POLICY)
    return tmp_path


def test_each_is_found_as_it_is(policy_folder: Path) -> None:
    made = Dependencies(load_policy(policy_folder))
    assert {name: (one.availability.state, one.applies, one.met) for name, one in made.declared.items()} == {
        "torchette": (State.ABSENT, True, False),
        "pluggy": (State.OK, True, True),
        "nowhere": (State.ABSENT, False, False),
        "marked": (State.ABSENT, False, False),
        "here": (State.OK, True, True),  # what is there can be used, wherever it is wanted
    }
    assert [one.name for one in made.unmet] == ["torchette", "nowhere", "marked"]


def test_a_test_may_ask_for_more_than_the_policy(policy_folder: Path) -> None:
    made = Dependencies(load_policy(policy_folder))
    assert made.asked_for("pluggy").met
    tight = made.asked_for("pluggy>=99")
    assert (tight.met, tight.name, tight.availability.state) == (False, "pluggy", State.OUTDATED)
    assert tight.reason.startswith("needs pluggy>=99, which is outdated (")
    other = made.asked_for("not-there")
    assert (other.name, other.fallback, other.need) == ("not-there", Fallback.SKIP, Need.OPTIONAL)
    assert [one.name for one in made.unmet_of(["torchette", "torchette", "pluggy", "not-there"])] == [
        "torchette",
        "not-there",
    ]
    with pytest.raises(UsageError, match="is no requirement"):
        made.asked_for(">=2")


def test_nobody_fails_for_what_is_only_made_to_look_absent(policy_folder: Path) -> None:
    policy = load_policy(policy_folder)
    real, hidden = Dependencies(policy), Dependencies(policy, ["torchette"])
    one, other = real.declared["torchette"], hidden.declared["torchette"]
    assert (one.fallback, one.need) == (Fallback.FAIL, Need.CI)
    assert (other.fallback, other.need) == (Fallback.SKIP, Need.OPTIONAL)
    assert other.reason == "needs torchette>=2, which is made to look absent"


def test_import_names_can_be_learnt(policy_folder: Path) -> None:
    made = Dependencies(load_policy(policy_folder))
    assert made.bringing("torch.nn") == ()
    made.learn({"torchette": ["torch"], "unknown": ["x"]})
    assert [one.name for one in made.bringing("torch.nn")] == ["torchette"]
    assert "unknown" not in made.modules
