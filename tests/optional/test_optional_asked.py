"""What a line of requirement asks for, whatever is written in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from gating.errors import UsageError
from gating.optional.asked import Asked, asked, asked_by, normalise
from gating.optional.names import guessed
from gating.optional.state import look
from gating.policy.model import Optional
from tests.strategies import nasty_texts

NAMES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True)
CLAUSES = st.lists(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from([">=", "<=", "==", "!=", "~=", "<", ">"]),
        st.sampled_from(["", " "]),
        st.integers(0, 30),
        st.sampled_from([".0", ".1.2", ".0rc1"]),
    ),
    max_size=3,
    unique=True,
)
EXTRAS = st.lists(st.from_regex(r"[a-z]{1,5}", fullmatch=True), max_size=2, unique=True)
MARKERS = st.sampled_from(["", "; python_version >= '3.8'", " ; os_name == 'nt' and extra == 'x'"])
BLANKS = st.sampled_from(["", " ", "  "])


@st.composite
def lines(draw: st.DrawFn) -> str:
    """Requirements as people write them, all of them right by PEP 508."""
    extras, clauses = draw(EXTRAS), ",".join(draw(CLAUSES))
    told = f"({clauses})" if clauses and draw(st.booleans()) else clauses
    asks = f"[{','.join(extras)}]" if extras else ""
    return f"{draw(BLANKS)}{draw(NAMES)}{draw(BLANKS)}{asks}{draw(BLANKS)}{told}{draw(MARKERS)}"


@given(lines())
def test_what_packaging_reads_is_read_alike(line: str) -> None:
    right, made = Requirement(line.strip()), asked(line)
    assert (made.name, made.distribution) == (right.name, right.name)
    assert SpecifierSet(made.wanted or "") == right.specifier
    assert Requirement(str(made)).extras == right.extras
    assert Requirement(str(made)).specifier == right.specifier


@given(nasty_texts())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        made = asked(text)
    except UsageError as error:
        assert repr(text) in str(error)  # noqa: PT017 - most are refused, and some are not
        with pytest.raises(InvalidRequirement):
            Requirement(text)
    else:
        assert made.name
        assert made.module is None
        assert str(made).startswith(made.name)
        assert look(made).asked is made


@pytest.mark.parametrize("text", ["", ">=2", "torch 2", "torch not ok", "[x]", "-e .", "torch, hydra"])
def test_what_is_no_requirement_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="it is written as"):
        asked(text)


OPTIONAL = {
    "hydra": Optional(requires="hydra-core[x]>=1.3", import_name="hydra", extra="train", remedy=("pip install hydra",)),
    "image": Optional(requires="Pillow", import_name="PIL"),
    "any": Optional(requires="any"),
    "plain": Optional(),
}


@pytest.mark.parametrize("text", ["hydra", "Hydra", "hydra-core", "HYDRA_core", "hydra.core"])
def test_an_entry_goes_by_its_key_and_its_distribution(text: str) -> None:
    assert asked(text, OPTIONAL) == Asked(
        name="hydra",
        distribution="hydra-core",
        wanted=">=1.3",
        module="hydra",
        extra="train",
        remedy=("pip install hydra",),
        asks="[x]",
    )


def test_an_entry_goes_by_its_module_spelt_as_it_is() -> None:
    assert asked("PIL", OPTIONAL).distribution == "Pillow"
    assert asked("pil", OPTIONAL).distribution == "pil"


def test_the_line_wins_over_the_entry() -> None:
    assert asked("hydra>=2", OPTIONAL).wanted == ">=2"
    assert asked("hydra*", OPTIONAL).wanted is None
    assert asked("hydra[y]", OPTIONAL)[2:] == (">=1.3", "hydra", "train", ("pip install hydra",), None, None, "[y]")


def test_an_entry_without_a_requirement_is_its_key() -> None:
    assert asked_by("plain", OPTIONAL["plain"]) == Asked(name="plain", distribution="plain")


def test_a_url_is_kept_and_is_no_version() -> None:
    made = asked("torch @ https://example.org/torch.whl")
    assert str(made) == "torch @ https://example.org/torch.whl"
    assert look(made._replace(distribution="pytest")).found is not None
    assert look(made._replace(distribution="pytest"))


@given(NAMES)
def test_a_guess_is_spelt_like_the_name(name: str) -> None:
    for guess in guessed(name):
        assert normalise(guess) == normalise(name)
        assert "-" not in guess


@pytest.mark.parametrize(
    ("name", "guesses"),
    [
        ("torch", ("torch",)),
        ("pytest-cov", ("pytest_cov",)),
        ("PyYAML", ("pyyaml", "PyYAML")),
        ("google.cloud.storage", ("google.cloud.storage", "google_cloud_storage")),
    ],
)
def test_guesses(name: str, guesses: tuple[str, ...]) -> None:
    assert guessed(name) == guesses
