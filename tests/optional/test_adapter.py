"""A module of the project's own in the place of an absent one: loaded afresh, marked, and gone without a trace."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from gating.errors import UsageError
from gating.optional.adapter import load_adapter
from gating.optional.standin import is_stand_in

Load = Callable[[Mapping[str, str]], Any]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Writes files and loads `own.adapters.hollow` of them; sys.modules is the same before and after."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def loaded(files: Mapping[str, str]) -> Any:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return load_adapter("own.adapters.hollow", "hollowlib", [tmp_path])

    before = set(sys.modules)
    yield loaded
    came = {name for name in set(sys.modules) - before if "hollow" in name or "_gating" in name}
    for name in [name for name in sys.modules if name.partition(".")[0] == "own"]:
        del sys.modules[name]
    assert not came


def test_a_module_is_loaded_and_marked(load: Load) -> None:
    made = load({"own/adapters/hollow.py": "def log(x):\n    return x + 1\n"})
    assert made.log(1) == 2
    assert is_stand_in(made)
    assert made.__file__.endswith("own/adapters/hollow.py")


def test_each_load_is_a_fresh_one(load: Load) -> None:
    first = load({"own/adapters/hollow.py": "seen = []\n"})
    second = load({})
    first.seen.append(1)
    assert second.seen == []


def test_what_is_imported_under_its_own_name_stays(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = type(sys)("own.adapters.hollow")
    monkeypatch.setitem(sys.modules, "own.adapters.hollow", kept)
    made = load({"own/adapters/hollow.py": "x = 1\n"})
    assert made.x == 1
    assert sys.modules["own.adapters.hollow"] is kept
    monkeypatch.undo()


def test_its_relative_imports_work(load: Load) -> None:
    made = load(
        {
            "own/__init__.py": "",
            "own/adapters/__init__.py": "",
            "own/adapters/shared.py": "x = 3\n",
            "own/adapters/hollow.py": "from .shared import x\nfrom . import shared\n",
        }
    )
    assert made.x == made.shared.x == 3


def test_its_dataclasses_work(load: Load) -> None:
    text = """
        from __future__ import annotations
        from dataclasses import KW_ONLY, dataclass

        @dataclass
        class Run:
            _: KW_ONLY
            name: str
    """
    assert load({"own/adapters/hollow.py": text}).Run(name="a").name == "a"


def test_submodules_are_what_it_defines_or_what_it_has(load: Load) -> None:
    made = load(
        {
            "own/adapters/hollow/__init__.py": "class defined:\n    x = 1\n",
            "own/adapters/hollow/inner/__init__.py": "from . import deep\nfrom .. import defined\n",
            "own/adapters/hollow/inner/deep.py": "y = 2\n",
        }
    )
    assert made.defined.x == 1
    assert made.inner.deep.y == 2
    assert made.inner is made.inner
    assert made.inner.defined is made.defined
    assert is_stand_in(made.inner)
    with pytest.raises(AttributeError, match=r"stands in for hollowlib, has no 'nonsense'"):
        _ = made.nonsense
    assert not hasattr(made, "__version__")


def test_its_own_getattr_comes_first(load: Load) -> None:
    assert load({"own/adapters/hollow.py": "def __getattr__(name):\n    return name\n"}).anything == "anything"


def test_one_that_is_not_there(load: Load) -> None:
    with pytest.raises(UsageError, match=r"no module 'own.adapters.hollow' .* for 'hollowlib'"):
        load({"own/adapters/other.py": ""})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\ny = 1 / 0\n", r"hollow.py:2: .*ZeroDivisionError: division by zero"),
        ("x = 1\n\ndef (:\n", r"hollow.py:3: .*SyntaxError"),
        ("import sys\nsys.exit(3)\n", r"hollow.py:2: .*SystemExit: 3"),
        ("def f():\n    import nothing_of_this_name\nf()\n", r"hollow.py:2: .*nothing_of_this_name"),
        ("raise ValueError('a\\nb')\n", r"hollow.py:1: .*ValueError: a$"),
    ],
)
def test_an_error_in_it_is_told_by_file_and_line(text: str, told: str, load: Load) -> None:
    with pytest.raises(UsageError, match=told):
        load({"own/adapters/hollow.py": text})


def test_an_error_in_a_submodule_is_told_as_well(load: Load) -> None:
    made = load({"own/adapters/hollow/__init__.py": "", "own/adapters/hollow/bad.py": "x = 1\n1 / 0\n"})
    with pytest.raises(UsageError, match=r"bad.py:2: .*'hollowlib.bad'"):
        _ = made.bad


def test_one_that_asks_for_itself_is_told_so(load: Load) -> None:
    text = """
        from gating.optional.adapter import load_adapter
        load_adapter("own.adapters.hollow", "hollowlib")
    """
    with pytest.raises(UsageError, match=r"hollow.py:2: .*ModuleNotFoundError: No module named 'hollowlib'"):
        load({"own/adapters/hollow.py": text})
