"""What an entry of the policy asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from gating.policy.model import Optional, Tool
from gating.toolchain.asked import distribution_of, markers_of, want_of, wanted_by


def test_a_tool_is_looked_for_by_its_name() -> None:
    want = want_of("git", Tool(version=">=2"))
    assert (want.name, want.names, want.wanted, want.arguments) == ("git", ("git",), ">=2", None)
    assert want_of("git", Tool()).wanted is None


def test_or_by_its_command_or_by_several_names() -> None:
    want = want_of("compose", Tool(command=("docker", "compose", "version"), pattern="v(.*)", timeout=3.0))
    assert (want.names, want.arguments, want.pattern, want.timeout) == (
        ("docker",),
        ("compose", "version"),
        "v(.*)",
        3.0,
    )
    assert want_of("make", Tool(any_of=("gmake", "make"))).names == ("gmake", "make")
    assert want_of("x", Tool(command=("x",))).arguments == ()


def test_exit_codes_are_the_policys_only_where_it_names_some() -> None:
    assert want_of("x", Tool()).ok_codes is None
    assert want_of("x", Tool(ok_codes=(0, 1))).ok_codes == (0, 1)


@pytest.mark.parametrize(
    ("requires", "name", "specifier"),
    [
        ("torch", "torch", None),
        ("torch>=2.2", "torch", ">=2.2"),
        ("torch >= 2.2, < 3", "torch", ">= 2.2, < 3"),
        ("torch[cuda,x] ~=2.2", "torch", "~=2.2"),
        ("torch (>=2.2)", "torch", ">=2.2"),
        ("torch>=2; python_version < '3.14'", "torch", ">=2"),
        ("torch @ https://example.org/torch.whl", "torch", None),
        ("zope.interface==5.*", "zope.interface", "==5.*"),
    ],
)
def test_an_optional_dependency_is_a_distribution_in_some_versions(
    requires: str, name: str, specifier: str | None
) -> None:
    assert distribution_of(Optional(requires=requires)) == (name, specifier)
    assert wanted_by(Optional(requires=requires)) == specifier


NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
CLAUSES = st.lists(st.sampled_from([">=1.0", "<3", "!=1.5", "==2.*", "~=1.4"]), max_size=3).map(",".join)


@given(
    NAMES,
    st.sampled_from(["", "[a]", "[a,b-c]"]),
    st.sampled_from(["", " "]),
    CLAUSES,
    st.sampled_from(["", "; os_name == 'posix'", " ;python_version<'4'"]),
)
def test_it_is_what_packaging_reads(name: str, extras: str, blank: str, clauses: str, marker: str) -> None:
    requires = f"{name}{extras}{blank}{clauses}{marker}"
    read = Requirement(requires)
    found, specifier = distribution_of(Optional(requires=requires))
    assert found == read.name
    assert (specifier or "") == clauses
    assert bool(markers_of(Optional(requires=requires))) == (read.marker is not None)


def test_a_tool_may_be_a_distribution() -> None:
    entry = Tool(distribution="pytest-cov", version=">=6")
    assert distribution_of(entry) == ("pytest-cov", ">=6")
    assert wanted_by(entry) == ">=6"


def test_both_markers_must_hold() -> None:
    entry = Optional(requires="tomli>=2; python_version < '3.11'", when="os_name == 'posix'")
    assert markers_of(entry) == ("os_name == 'posix'", "python_version < '3.11'")
    assert markers_of(Tool(when="x")) == ("x",)
    assert markers_of(Tool()) == ()
