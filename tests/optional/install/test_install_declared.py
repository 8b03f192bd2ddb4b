"""What a project declares as optional: by its policy, its extras and its groups, and what each name means."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.errors import UsageError
from gating.optional.asked import asked
from gating.optional.install.declared import Wanted, Where, declared
from gating.optional.install.requirements import words_of
from gating.policy import Policy, load_policy

PROJECT = """
[project]
name = "My.App"
version = "1"
[project.optional-dependencies]
train = ["Torch<3", "hydra-core>=1.3; python_version < '3'"]
Fancy = ["rich>=13", "tabulate[widechars]>=0.9,<1"]
all = ["my-app[train,fancy]", "orjson"]
round = ["my_app[round]", "ready"]
[dependency-groups]
old = ["torch<1"]
docs = ["sphinx>=7", { include-group = "lint" }, { include-group = "Docs" }]
lint = ["Ruff>=0.9"]
[tool.gating.optional]
torch = { requires = "torch>=2.2", extra = "train", need = "ci", why = "training" }
table = { requires = "tabulate!=0.9.1", import = "tabulate", when = "python_version >= '3'" }
plain = {}
linked = "linked @ file:///w/linked-1.0-py3-none-any.whl"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return at(tmp_path, PROJECT)


def at(folder: Path, text: str) -> Policy:
    (folder / "pyproject.toml").write_text(text)
    return load_policy(folder, env={})


def words(policy: Policy, *names: str, true: bool = True) -> list[tuple[str, ...]]:
    return [words_of(one, lambda _marker: true).words for one in declared(policy, names)]


def test_without_names_it_is_all_of_the_policy(policy: Policy) -> None:
    found = declared(policy)
    assert [one.name for one in found] == ["torch", "table", "plain", "linked"]
    assert (found[0].need, found[0].why, found[1].when) == ("ci", "training", "python_version >= '3'")
    assert all(one.in_policy for one in found)


def test_what_the_extra_asks_holds_as_well(policy: Policy) -> None:
    (torch,) = declared(policy, ["torch"])
    assert [(one.line, one.place) for one in torch.lines] == [
        ("torch>=2.2", "the policy"),
        ("Torch<3", "the extra train"),
    ]
    assert words(policy, "torch") == [("torch<3,>=2.2",)]
    assert words(policy, "table") == [("tabulate[widechars]!=0.9.1,<1,>=0.9",)]


def test_without_an_extra_of_its_own_those_that_list_it_hold_and_else_the_groups(tmp_path: Path) -> None:
    policy = at(tmp_path, PROJECT.replace(', extra = "train"', ""))
    assert words(policy, "torch") == [("torch<3,>=2.2",)]
    policy = at(tmp_path, PROJECT.replace('"Torch<3", ', ""))
    assert words(policy, "torch") == [("torch<1,>=2.2",)]  # a contradiction is the project's own, and pip says so


@pytest.mark.parametrize("name", ["table", "tabulate", "TABULATE", "Table"])
def test_a_name_is_a_key_a_distribution_or_a_module(policy: Policy, name: str) -> None:
    assert [one.name for one in declared(policy, [name])] == ["table"]


def test_a_distribution_of_an_extra_or_a_group_alone(policy: Policy) -> None:
    (rich, ruff) = declared(policy, ["Rich", "ruff"])
    assert (rich.name, rich.in_policy, str(rich.need)) == ("rich", False, "optional")
    assert words(policy, "rich") == [("rich>=13",)]
    assert ruff.lines[0].place == "the group docs"  # which includes lint


def test_an_extra_or_a_group_is_all_that_it_lists(policy: Policy) -> None:
    assert [one.name for one in declared(policy, ["fancy"])] == ["rich", "table"]
    assert [one.name for one in declared(policy, ["all"])] == ["rich", "table", "torch", "hydra-core", "orjson"]
    assert [one.name for one in declared(policy, ["docs"])] == ["sphinx", "Ruff"]
    assert [one.name for one in declared(policy, ["round"])] == ["ready"]
    assert [one.name for one in declared(policy, ["table", "fancy", "plain"])] == ["table", "rich", "plain"]


def test_what_is_not_declared_is_a_wrong_use(policy: Policy) -> None:
    with pytest.raises(UsageError, match="no optional dependency 'torhc'; did you mean 'torch'"):
        declared(policy, ["torhc"])
    with pytest.raises(UsageError, match="it declares torch, table, plain, linked, hydra-core"):
        declared(policy, ["zzzzzzz"])


def test_a_line_whose_marker_is_false_is_left_out(policy: Policy) -> None:
    assert words(policy, "hydra-core") == [("hydra-core>=1.3",)]
    assert words(policy, "hydra-core", true=False) == [()]


def test_a_url_stands_beside_the_specifier(policy: Policy) -> None:
    (linked,) = declared(policy, ["linked"])
    found = words_of(linked, lambda _marker: True)
    assert found.words == ("linked @ file:///w/linked-1.0-py3-none-any.whl",)
    assert found.urls == ("file:///w/linked-1.0-py3-none-any.whl",)


@pytest.mark.parametrize(
    "text",
    [
        "[project]\noptional-dependencies = 3\n",
        "[project]\nname = 1\n[project.optional-dependencies]\nx = 'no list'\ny = [1, 'bad bad']\n",
        "dependency-groups = []\n",
        "[dependency-groups]\na = 'b'\nb = [{ include-group = 'nowhere' }, 1, { other = 2 }]\n",
    ],
)
def test_what_has_another_form_is_as_if_it_were_not_there(tmp_path: Path, text: str) -> None:
    policy = at(tmp_path, f"{text}[tool.gating.optional]\nrich = {{}}\n")
    assert words(policy) == [("rich",)]


def test_a_policy_beside_no_pyproject(tmp_path: Path) -> None:
    (tmp_path / "gating.toml").write_text('[optional]\nrich = "rich>=13"\n')
    assert words(load_policy(tmp_path, env={})) == [("rich>=13",)]


@given(name=st.text(min_size=1, max_size=30))
def test_no_name_breaks_it(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    policy = at(tmp_path_factory.mktemp("declared"), PROJECT)
    with contextlib.suppress(UsageError):
        assert declared(policy, [name])


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("torch", (("torch",), None)),
        ("torch>=2.2", (("torch>=2.2",), ">=2.2")),
        ("t.o-r_ch==1", (("t.o-r_ch==1",), "==1")),
        ("torch >= 2.2", (("torch>=2.2",), ">=2.2")),
        ("torch===2", (("torch===2",), "===2")),
        ("torch==2.*", (("torch==2.*",), "==2.*")),
        ("torch(>=2)", (("torch>=2",), ">=2")),
        ("torch>=2,<3", (("torch<3,>=2",), "<3,>=2")),
        ("torch-", ((), None)),
        ("torch>=2.", ((), None)),
    ],
)
def test_a_line_as_an_installer_is_told_it(line: str, found: tuple[tuple[str, ...], str | None]) -> None:
    wanted = Wanted(name="torch", asked=asked(line.rstrip("-.")), lines=(Where(line=line, place="x"),))
    assert words_of(wanted, lambda _marker: True)[:2] == found
