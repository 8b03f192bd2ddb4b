"""Guards: no line that is called unreachable is ever run, and the idioms that projects use are found."""

from __future__ import annotations

import os
import sys

import pytest

from gating.coverage.guards import analyse, unreachable
from tests.coverage.guards.generated import project, ran

HERE = sys.version_info[:2]


def dead(source: str, *, absent: tuple[str, ...] = ("dep",), python: tuple[int, int] = (3, 12)) -> set[int]:
    found = unreachable({"m.py": source}, absent, python=python, platform="linux", os_name="posix")
    return set(found.get("m.py", {}))


def marked(source: str) -> tuple[str, set[int]]:
    """The source, and its lines that end in `# dead`."""
    lines = source.strip("\n").split("\n")
    return "\n".join(lines) + "\n", {number for number, line in enumerate(lines, 1) if line.endswith("# dead")}


@pytest.mark.parametrize("seeds", [range(first, first + 20) for first in range(0, 80, 20)], ids=str)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_no_line_that_is_called_unreachable_ever_runs(seeds: range) -> None:
    called = missed = known = 0
    for seed in seeds:
        files = project(seed)
        runs = {there: ran(files, present=there) for there in (False, True)}
        for there, lines in runs.items():
            absent, present = ((), ("dep",)) if there else (("dep",), ())
            found = unreachable(
                files,
                absent,
                present=present,
                python=HERE,
                platform=sys.platform,
                os_name=os.name,
                roots=["src"],
            )
            pairs = {(path, line) for path, each in found.items() for line in each}
            called += len(pairs)
            assert pairs & lines == set(), f"seed {seed}, dependency there: {there}"
            if not there:
                known += len((runs[True] - lines) & pairs)
                missed += len((runs[True] - lines) - pairs)
    assert called > 1000
    assert known > 2 * missed  # of the lines that only run where it is there


IDIOMS = {
    "flag": """
try:
    import dep
    from dep import thing  # dead
except ImportError:
    HAS = False
else:
    HAS = True  # dead

def one():
    if HAS:
        return dep.thing  # dead
    return None

def two():
    if not HAS:
        raise RuntimeError
    x = 1  # dead
    return x  # dead
""",
    "flag before": """
HAS = False
try:
    import dep
    HAS = True  # dead
except (ImportError, OSError):
    pass

class A:
    if HAS:
        def one(self):  # dead
            return 1  # dead
    else:
        def one(self):
            return 2
""",
    "none before, and bound in else": """
old = None
try:
    import dep
except ImportError:
    pass
else:
    try:  # dead
        import dep.old as old  # dead
    except ImportError:  # dead
        old = dep  # dead

def one(x):
    if old is None:
        return x
    return old.thing(x)  # dead
""",
    "flag set, then unset": """
HAS = True
try:
    import dep
except Exception:
    HAS = False

def one():
    return 1 if HAS else 2

def two():
    while HAS:
        print()  # dead
    if HAS and one():
        return 3  # dead
    if not HAS or one():
        return 4
    return 5  # dead
""",
    "none": """
try:
    import dep.sub as dep
except ImportError:  # pragma: no cover
    dep = None

def one(x):
    if dep is not None and x:
        return dep.thing(  # dead
            x,  # dead
        )  # dead
    if dep:
        return 2  # dead
    elif dep is None:
        x = 3
    else:
        x = 4  # dead
    return x

def two():
    made = dep.thing()
    return made  # dead
""",
    "suppress": """
import contextlib
from contextlib import suppress as quiet
HAS = False
with contextlib.suppress(ImportError):
    import dep
    HAS = True  # dead
with quiet(ModuleNotFoundError):
    import dep.sub
    print(1)  # dead
if HAS:
    print(2)  # dead
""",
    "find_spec": """
import importlib.util
from importlib.util import find_spec
HAS = importlib.util.find_spec("dep") is not None
if find_spec("dep"):
    import dep  # dead
    x = 1  # dead
ALSO = bool(find_spec("dep"))
def one():
    return 1
def two():
    if HAS:
        return 1  # dead
    if ALSO:
        return 2  # dead
    return 3
""",
    "gating": """
import gating
from gating import available, require, guard
HAS = available("dep>=2")
if available("dep"):
    x = 1  # dead
def one():
    dep = require("dep[extra]")
    return dep  # dead
@guard("dep")
def two():
    return 1  # dead
@gating.guard("other", "dep>=1")
def three(): return 1
def four():
    with guard("dep"):
        return 1  # dead
def five():
    if not HAS:
        return 1
    return 2  # dead
""",
    "unbound": """
try:
    import dep
except ImportError:
    pass
def one():
    dep.thing()
    return 1  # dead
""",
    "lazy in a function": """
def _load():
    try:
        import dep
    except ImportError as error:
        raise RuntimeError("install dep") from error
    return dep  # dead
def one():
    made = _load()
    return made.thing  # dead
def two():
    import dep
    return dep  # dead
def three(x):
    if x:
        return 1
    from dep import thing
    return thing  # dead
""",
    "asked in a function": """
import functools
import importlib
import importlib.util
@functools.lru_cache
def has_dep():
    try:
        import dep
    except ImportError:
        return False
    return True  # dead
def has(name):
    return importlib.util.find_spec(name) is not None
HAS = has("dep")
def one():
    if has_dep():
        return 1  # dead
    if has("dep"):
        return 2  # dead
    if HAS:
        return 3  # dead
    if has("other"):
        return 4
    importlib.import_module("dep")
    return 5  # dead
""",
    "test marks": """
import pytest
import unittest
try:
    import dep
except ImportError:
    dep = None
needs_dep = pytest.mark.skipif(dep is None, reason="no dep")
@needs_dep
def test_one():
    assert 1  # dead
@pytest.mark.skipif(dep is None, reason="no dep")
class TestTwo:
    x = 1
    def test_two(self):
        assert 1  # dead
@unittest.skipUnless(dep, "no dep")
def test_three():
    assert 1  # dead
def test_four():
    pytest.importorskip("dep")
    assert 1  # dead
def test_five():
    if not dep:
        pytest.skip("no dep")
    assert 1  # dead
""",
    "a module of its own": """
import os
import dep
x = 1  # dead
def one():  # dead
    return 1  # dead
""",
    "annotation": """
try:
    import dep
except ImportError:
    dep = None
def before():
    return 1  # dead
def one(x: dep.Thing):
    return x  # dead
y = 1  # dead
""",
    "conditions": """
import os
import platform
import sys
from typing import TYPE_CHECKING
import typing as t
if TYPE_CHECKING:
    import dep  # dead
if not t.TYPE_CHECKING:
    x = 1
else:
    x = 2  # dead
if sys.version_info >= (3, 13):
    x = 3  # dead
elif sys.version_info[:2] == (3, 12):
    x = 4
else:
    x = 5  # dead
if sys.version_info < (3, 12, 4):
    x = 6
if sys.platform == "win32" or os.name == "nt":
    x = 7  # dead
if platform.system() != "Linux":
    x = 8  # dead
match sys.platform:
    case "darwin" | "win32":
        x = 9  # dead
    case "linux":
        x = 10
    case _:
        x = 11  # dead
try:
    import tomllib
except ImportError:  # dead
    import tomli as tomllib  # dead
""",
}


@pytest.mark.parametrize("name", IDIOMS)
def test_idioms_are_found(name: str) -> None:
    source, right = marked(IDIOMS[name])
    assert dead(source) == right


OPEN = {
    "another module": "try:\n    import other\nexcept ImportError:\n    other = None\nif other:\n    x = 1\n",
    "a constant": "DEBUG = False\nif DEBUG:\n    x = 1\n",
    "set by a function": """
HAS = False
def on():
    global HAS
    HAS = True
try:
    import dep
    HAS = True  # dead
except ImportError:
    pass
def one():
    if HAS:
        return 1
""",
    "a swallowing context": "with quiet():\n    import dep\nx = 1\n",
    "a name of the handler": "try:\n    import dep\nexcept Missing:\n    x = 1\nexcept ImportError:\n    x = 2\n",
    "star": (
        "from other import *\ntry:\n    import dep\nexcept ImportError:\n"
        "    pass\ndef one():\n    dep.x\n    return 1\n"
    ),
    "one line": "import dep; x = 1\n",
    "shadowed": (
        "ImportError = other\ntry:\n    import dep\nexcept ImportError:\n    x = 1\nexcept BaseException:\n    x = 2\n"
    ),
    "globals": (
        "try:\n    import dep\nexcept ImportError:\n    dep = None\n"
        "globals()['dep'] = 1\ndef f():\n    if dep:\n        return 1\n"
    ),
    "globals in the module": (
        "try:\n    import dep\nexcept ImportError:\n    globals()['dep'] = None\nif dep is None:\n    x = 1\n"
    ),
    "globals by a name": (
        "try:\n    import dep\nexcept ImportError:\n    dep = None\n"
        "g = globals()\ng['dep'] = 1\nif dep:\n    x = 1\ndef f():\n    if dep:\n        return 1\n"
    ),
    "locals": "try:\n    import dep\nexcept ImportError:\n    locals()['dep'] = None\nif dep is None:\n    x = 1\n",
    "a module of its own": (
        "import sys, types\ntry:\n    import dep\nexcept ImportError:\n"
        "    sys.modules['dep'] = types.ModuleType('dep')\n    import dep\nx = 1\n"
    ),
    "a module of its own, where none is": (
        "import sys, types\nsys.modules.setdefault('dep', types.ModuleType('dep'))\nimport dep\nx = 1\n"
    ),
    "a loop": "x = None\nfor i in y:\n    if x:\n        z = 1\n    x = dep\n    import dep\n",
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_open_counts_as_reachable(name: str) -> None:
    source, right = marked(OPEN[name])
    assert dead(source) == right


def test_what_only_looks_at_names_or_blocks_a_module_opens_nothing() -> None:
    source, right = marked(
        """
import sys
sys.modules["dep"] = None
try:
    import dep
    HAS = True  # dead
except ImportError:
    HAS = False
if "x" in globals() and globals().get("y") and locals().get("z") and sys.modules["dep"] == 1:
    pass
def f():
    if HAS:
        return 1  # dead
"""
    )
    assert dead(source) == right


DEEP = {
    "sum": "X = " + " + ".join(["'a'"] * 3000),
    "sum in a function": "def f():\n    return " + " + ".join(["dep"] * 3000),
    "calls": "X = a" + ".b()" * 2500,
    "elif": "def f(x):\n    if x:\n        pass\n" + "    elif x:\n        pass\n" * 800,
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_nested_too_deep_is_open_and_keeps_nothing_else_from_being_known(name: str) -> None:
    head = "try:\n    import dep\n    x = 1  # dead\nexcept ImportError:\n    dep = None\n"
    files = {"deep.py": f"{head}{DEEP[name]}\n", "m.py": f"from deep import X\n{head}"}
    found = unreachable(files, ["dep"], python=(3, 12), platform="linux", os_name="posix")
    assert {path: set(lines) for path, lines in found.items()} == {"m.py": {4}}


def test_reasons_name_the_module_and_the_deciding_line() -> None:
    source, _ = marked(IDIOMS["flag"])
    found = unreachable({"m.py": source}, ["dep"], python=(3, 12), platform="linux", os_name="posix")["m.py"]
    assert found[3] == ("import", ("dep",), 2)
    assert found[11] == ("flag", ("dep",), 10)
    source, _ = marked(IDIOMS["conditions"])
    found = unreachable({"m.py": source}, [], python=(3, 12), platform="linux", os_name="posix")["m.py"]
    assert {reason.kind for reason in found.values()} == {"typing", "version", "platform"}
    assert {reason.needs for reason in found.values()} == {()}


FILES = {
    "src/app/__init__.py": "",
    "src/app/compat.py": "try:\n    import dep\n    HAS = True\nexcept ImportError:\n    HAS = False\n    dep = None\n",
    "src/app/core.py": (
        "from .compat import HAS\nfrom app import compat\nif HAS:\n    x = 1\n"
        "def f():\n    if compat.dep:\n        return 1\n    return 2\n"
    ),
    "src/app/deep/__init__.py": "import dep\n",
    "src/app/deep/inner.py": "x = 1\n",
    "src/app/user.py": "import os\nfrom app.deep import inner\nx = 1\n",
    "src/app/careful.py": "try:\n    from . import user\nexcept ImportError:\n    user = None\nif user:\n    x = 1\n",
    "src/app/free.py": "x = 1\n",
}


def test_dead_modules_and_flags_are_followed_through_the_project() -> None:
    found = unreachable(FILES, ["dep"], python=(3, 12), platform="linux", os_name="posix", roots=["src"])
    assert {path: sorted(lines) for path, lines in found.items()} == {
        "src/app/compat.py": [3],
        "src/app/core.py": [4, 7],
        "src/app/deep/inner.py": [1, 2],
        "src/app/user.py": [3],
        "src/app/careful.py": [6],
    }
    assert found["src/app/user.py"][3] == ("module", ("dep",), 2)


def test_a_circle_of_imports_is_left_open() -> None:
    files = {"a.py": "import b\nimport dep\nx = 1\n", "b.py": "import a\nx = 1\n"}
    found = unreachable(files, ["dep"], python=(3, 12), platform="linux", os_name="posix")
    assert {path: sorted(lines) for path, lines in found.items()} == {"a.py": [3]}


def test_lazy_imports_fail_where_they_are_used() -> None:
    source = "__lazy_modules__ = ['dep']\nimport dep\nx = 1\ndef f():\n    dep.x\n    return 1\n"
    assert dead(source, python=(3, 14)) == {3, 4, 5, 6}
    assert dead(source, python=(3, 15)) == {6}
    guarded = "__lazy_modules__ = ['dep']\ntry:\n    import dep\n    x = 1\nexcept ImportError:\n    pass\n"
    assert dead(guarded, python=(3, 15)) == {4}
    taken = (
        "from contextlib import suppress\n__lazy_modules__ = ['dep']\nwith suppress(ImportError):\n    import dep\n"
        "    HAS = True\nif HAS:\n    x = 1\n"
    )
    assert dead(taken, python=(3, 15)) == set()
    assert dead(taken, python=(3, 14)) == {5, 7}


def test_branches_into_what_is_dead_are_dead() -> None:
    source = (
        "try:\n    import dep\nexcept ImportError:\n    dep = None\n"
        "def f(x):\n    if dep is None:\n        x = 1\n    return x\n"
    )
    guards = analyse({"m.py": source}, ["dep"], python=(3, 12), platform="linux", os_name="posix")["m.py"]
    assert set(guards.branches([(6, 7), (6, 8), (8, -5)])) == {(6, 8)}
    source = source.replace("is None", "is not None")
    guards = analyse({"m.py": source}, ["dep"], python=(3, 12), platform="linux", os_name="posix")["m.py"]
    assert set(guards.branches([(6, 7), (6, 8), (7, 8)])) == {(6, 7), (7, 8)}


@pytest.mark.parametrize("source", ["def (:\n import dep", "import dep\n\x00", ""])
def test_a_file_that_cannot_be_parsed_is_left_out(source: str) -> None:
    assert unreachable({"m.py": source}, ["dep"], python=(3, 12), platform="linux", os_name="posix") == {}


VAIN = """
import contextlib
try:
    from dep import Thing
    import dep
except ImportError:
    dep = None

def one(x):
    if x:  # vain
        print(x)  # vain
    return Thing(x)  # vain

def two(x):
    if not x:
        return 1
    y = x  # vain
    return Thing(y)  # vain

def three(x, flag=False):
    if flag:
        made = dep.thing  # vain
    else:
        made = x
    return made

def four(x):
    try:
        x = Thing(x)
    except Exception:
        if x:
            dep.thing()  # vain
    with contextlib.suppress(NameError):
        if x:
            Thing(x)
    return x

def five(x):
    if dep is None:
        raise RuntimeError("it takes dep")
    return dep.thing(x)

def six(x):
    y = x  # vain
    return one(y)  # vain

def seven(x):
    import dep
    return dep.thing(x)

def eight(x):
    assert x
    for each in x:
        if each:
            yield each
    Thing(x)  # vain
"""


def test_what_leads_to_a_misuse_only_is_told_apart() -> None:
    """Whoever calls it would get a NameError, which no test that passes is there for; yet it could be called."""
    lines = VAIN.strip("\n").split("\n")
    source = "\n".join(lines) + "\n"
    (found,) = analyse({"m.py": source}, ("dep",), python=(3, 12), platform="linux", os_name="posix").values()
    assert set(found.vain) == {number for number, line in enumerate(lines, 1) if line.endswith("# vain")}
    assert not set(found.vain) & set(found.lines)
    assert all(why.needs == ("dep",) for why in found.vain.values())
    flag = lines.index("    if flag:") + 1
    assert (flag, flag + 1) in found.branches([(flag, flag + 1), (flag, flag + 3)])
    assert (flag, flag + 3) not in found.branches([(flag, flag + 1), (flag, flag + 3)])
    assert analyse({"m.py": source}, (), python=(3, 12), platform="linux", os_name="posix") == {}
