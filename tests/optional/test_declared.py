from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gating.optional.asked import Asked, asked
from gating.optional.declared import as_declared


def info(folder: Path, *lines: str) -> str:
    made = folder / "app-1.0.dist-info"
    made.mkdir()
    head = "\n".join(["Metadata-Version: 2.1", "Name: app", "Version: 1.0", *lines])
    (made / "METADATA").write_text(f"{head}\n\nRequires-Dist: torch>=9 ; extra == 'words'\n", encoding="utf-8")
    return str(made)


def declared(text: str, where: str) -> Asked:
    return as_declared(asked(text), "app", where)


@pytest.mark.parametrize(
    "line",
    [
        "torch>=2.2; extra == 'fancy'",
        'torch >=2.2 ; extra == "fancy"',
        "torch (>=2.2) ; extra == 'fancy'",
        "Torch[cuda]>=2.2 ; (extra == 'fancy')",
        "torch>=2.2 ; python_version >= '3' and extra == 'fancy'",
    ],
)
def test_the_pin_and_the_extra_are_those_of_the_metadata(tmp_path: Path, line: str) -> None:
    one = declared("torch", info(tmp_path, "Provides-Extra: fancy", f"Requires-Dist: {line}"))
    assert (one.wanted, one.extra, one.application) == (">=2.2", "fancy", "app")
    assert one.name == "torch"


@pytest.mark.parametrize(
    "line",
    ["torch>=2.2 ; python_version < '3' and extra == 'fancy'", "torch ; extra = fancy", "torchvision; extra=='fancy'"],
)
def test_what_does_not_apply_says_nothing(tmp_path: Path, line: str) -> None:
    assert declared("torch", info(tmp_path, f"Requires-Dist: {line}")) == asked("torch")


def test_a_specifier_that_was_asked_for_wins(tmp_path: Path) -> None:
    one = declared("torch>=1", info(tmp_path, "Requires-Dist: torch>=2.2 ; extra == 'fancy'"))
    assert (one.wanted, one.extra) == (">=1", "fancy")


def test_the_extra_that_brings_the_least_is_taken(tmp_path: Path) -> None:
    where = info(
        tmp_path,
        "Requires-Dist: torch>=2.2 ; extra == 'all'",
        "Requires-Dist: rich ; extra == 'all'",
        "Requires-Dist: torch>=2.2,<3 ; extra == 'train'",
    )
    one = declared("torch", where)
    assert (one.wanted, one.extra) == (">=2.2,<3", "train")
    assert declared("rich", where).extra == "all"


def test_what_is_required_anyway_needs_no_extra(tmp_path: Path) -> None:
    where = info(tmp_path, "Requires-Dist: torch>=2", "Requires-Dist: torch!=2.1 ; extra == 'fancy'")
    one = declared("torch", where)
    assert (one.wanted, one.extra, one.application) == (">=2,!=2.1", None, "app")


def test_no_version_is_pinned_where_none_is_declared(tmp_path: Path) -> None:
    one = declared("hydra_core", info(tmp_path, "Requires-Dist: Hydra.Core ; extra == 'fancy'"))
    assert (one.wanted, one.extra) == (None, "fancy")


def test_metadata_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert declared("torch", str(tmp_path)) == asked("torch")


@given(text=st.text(max_size=60))
def test_no_line_raises(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "declared"
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").write_text(f"Requires-Dist: torch {text}\nRequires-Dist: {text}\n", "utf-8", "replace")
    assert declared("torch", str(folder)).distribution == "torch"
