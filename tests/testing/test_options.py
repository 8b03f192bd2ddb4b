"""How a run was asked for, from pytest's own parsed arguments."""

from __future__ import annotations

from argparse import Namespace

import pytest

from gating.errors import UsageError
from gating.policy.model import Optional
from gating.testing.options import Options, keys_of

OPTIONAL = {
    "torch": Optional(requires="torch>=2.2"),
    "hydra": Optional(requires="hydra-core>=1.3", import_name="hydra_zen"),
}


def test_nothing_was_asked_for() -> None:
    assert Options.of(Namespace()) == Options(strict=False, without=(), runs=True, explains=False)


def test_names_come_one_by_one_or_with_commas() -> None:
    given = Namespace(gating_strict=True, gating_without=["torch, hydra", "torch", ",x"])
    assert Options.of(given) == Options(strict=True, without=("torch", "hydra", "x"))


@pytest.mark.parametrize(("name", "explains"), [("help", True), ("version", True), ("collectonly", False)])
def test_what_runs_no_test_is_known(name: str, explains: bool) -> None:
    assert Options.of(Namespace(**{name: 1})) == Options(runs=False, explains=explains)


def test_a_dependency_goes_by_its_key_its_distribution_and_its_module() -> None:
    assert keys_of(["hydra_zen", "Hydra.Core", "torch", "hydra"], OPTIONAL) == ("hydra", "torch")


@pytest.mark.parametrize(
    ("name", "hint"), [("torhc", "did you mean 'torch'?"), ("numpy", "it has torch, hydra"), ("TORCH!", "it has")]
)
def test_any_other_name_is_a_wrong_use(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=r"no optional dependency") as caught:
        keys_of([name], OPTIONAL)
    assert hint in str(caught.value)


def test_a_policy_without_any_says_so() -> None:
    with pytest.raises(UsageError, match="it has none"):
        keys_of(["torch"], {})
