from __future__ import annotations

from pathlib import Path

import pytest

from gating.optional.roots import is_first_party


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("project/app.py", True),
        ("project/src/app/deep/er.py", True),
        ("project/.venv/lib/python3.12/site-packages/app.py", False),
        ("project/vendor/dist-packages/app.py", False),
        ("project-two/app.py", False),
        ("linked/app.py", True),
        ("app.py", False),
    ],
)
def test_a_file_is_first_party_below_a_root_and_in_no_site_folder(tmp_path: Path, file: str, expected: bool) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "linked").symlink_to(root)
    assert is_first_party(str(tmp_path / file), [str(root)]) is expected


def test_a_root_may_lie_in_a_site_folder_and_may_be_the_whole_machine(tmp_path: Path) -> None:
    root = tmp_path / "site-packages" / "app"
    assert is_first_party(str(root / "inner.py"), [str(root)])
    assert is_first_party(str(tmp_path / "app.py"), ["/"])
    assert not is_first_party(str(tmp_path / "app.py"), [])
