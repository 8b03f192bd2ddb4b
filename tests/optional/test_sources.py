"""Where an import stands, and which names the source uses: agreed with what Python does, for whatever text."""

from __future__ import annotations

import builtins
import contextlib
import sys
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gating.optional.sources import Site, Sources

MODULE = "hollowlib"


def site_of(folder: Path, text: str, module: str = MODULE, *, name: str = "code.py") -> Site:
    """The site of the line that holds `# here`, or the module's first mention."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = dedent(text).strip("\n").splitlines()
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    marked = [number for number, line in enumerate(lines, 1) if "# here" in line]
    number = next(iter(marked or [number for number, line in enumerate(lines, 1) if module in line]))
    return Sources([folder]).site(str(file), number, module)


BARE = {
    "alone": "import hollowlib",
    "in a function": "def f():\n    import hollowlib",
    "a handler of something else": "try:\n    import hollowlib\nexcept OSError:\n    pass",
    "a subclass of ImportError": """
        class Mine(ImportError): ...
        try:
            import hollowlib
        except Mine:
            pass
    """,
    "else": "try:\n    pass\nexcept ImportError:\n    pass\nelse:\n    import hollowlib",
    "finally": "try:\n    pass\nexcept ImportError:\n    pass\nfinally:\n    import hollowlib",
    "the handler": "try:\n    pass\nexcept ImportError:\n    import hollowlib",
    "no handler": "try:\n    import hollowlib\nfinally:\n    pass",
    "another suppress": "from contextlib import suppress\nwith suppress(OSError):\n    import hollowlib",
    "suppress of nothing": "from contextlib import suppress\nwith suppress():\n    import hollowlib",
    "another with": "with open('x'):\n    import hollowlib",
    "an exit stack": """
        from contextlib import ExitStack, suppress
        with ExitStack() as stack:
            stack.enter_context(suppress(ImportError))
            import hollowlib
    """,
    "several in one line": "import os, hollowlib, sys",
    "several statements in one line": "import os; import hollowlib",
    "several lines": "from hollowlib import (  # here\n    a,\n    b,\n)",
    "a child": "import hollowlib.inner.deep",
    "a child from it": "from hollowlib.inner import deep",
    "another name": "import hollowlib as x",
    "import_module": "import importlib\nimportlib.import_module('hollowlib')",
    "import_module by name": "from importlib import import_module as load, import_module\nimport_module('hollowlib.x')",
    "__import__": "__import__('hollowlib')",
    "import_module with a keyword": "import importlib\nimportlib.import_module(name='hollowlib')",
    "a name that is no ImportError": "E = OSError\ntry:\n    import hollowlib\nexcept E:\n    pass",
    "a name bound to itself": "E = E\ntry:\n    import hollowlib\nexcept E:\n    pass",
    "another module's Exception": "import other\ntry:\n    import hollowlib\nexcept other.Exception:\n    pass",
    "a called handler": "try:\n    pass\nexcept ImportError:\n    def f():\n        import hollowlib",
    "a raises of something else": "import pytest\nwith pytest.raises(ValueError):\n    import hollowlib",
    "after the try": "try:\n    import os\nexcept ImportError:\n    pass\nimport hollowlib",
    "in a class": "class A:\n    import hollowlib",
    "behind find_spec": "from importlib.util import find_spec\nif find_spec('x'):\n    import hollowlib",
}
GUARDED = {
    name: f"try:\n    import hollowlib\nexcept {handler}:\n    pass"
    for name, handler in {
        "ImportError": "ImportError",
        "ModuleNotFoundError": "ModuleNotFoundError as error",
        "Exception": "Exception",
        "BaseException": "BaseException",
        "a tuple": "(OSError, ImportError)",
        "a tuple in a tuple": "(OSError, *(ImportError,))",
        "a sum": "(OSError,) + (ImportError,)",
        "a second handler": "OSError:\n    pass\nexcept ImportError",
        "except*": "* ImportError",
    }.items()
} | {
    "bare except": "try:\n    import hollowlib\nexcept:\n    pass",
    "a name": "errors = (ImportError, OSError)\ntry:\n    import hollowlib\nexcept errors:\n    pass",
    "a name of a name": "A = ImportError\nB = (A, OSError)\ntry:\n    import hollowlib\nexcept B:\n    pass",
    "a name that grows": "E = (OSError,)\nE += (ImportError,)\ntry:\n    import hollowlib\nexcept E:\n    pass",
    "an annotated name": "E: tuple = (ImportError,)\ntry:\n    import hollowlib\nexcept E:\n    pass",
    "an attribute": "import builtins\ntry:\n    import hollowlib\nexcept builtins.ImportError:\n    pass",
    "a base by attribute": "import builtins as b\ntry:\n    import hollowlib\nexcept b.Exception:\n    pass",
    "an imported name": "from builtins import ImportError as E\ntry:\n    import hollowlib\nexcept E:\n    pass",
    "suppress": "import contextlib\nwith contextlib.suppress(ImportError):\n    import hollowlib",
    "suppress by another name": "from contextlib import suppress as q\nwith q(OSError, ImportError): import hollowlib",
    "suppress by assignment": "import contextlib as c\nq = c.suppress\nwith q(ImportError):\n    import hollowlib",
    "suppress made before": "import contextlib\nq = contextlib.suppress(Exception)\nwith q:\n    import hollowlib",
    "suppress of a tuple": "import contextlib\nE = [ImportError]\nwith contextlib.suppress(*E):\n    import hollowlib",
    "a second context manager": "import contextlib as c\nwith open('x'), c.suppress(Exception):\n    import hollowlib",
    "pytest.raises": "import pytest\nwith pytest.raises(ImportError, match='x'):\n    import hollowlib",
    "raises with a keyword": "import pytest\nwith pytest.raises(expected_exception=ImportError):\n    import hollowlib",
    "assertRaises": "def test(self):\n    with self.assertRaises(ImportError):\n        import hollowlib",
    "an outer try": """
        try:
            try:
                import hollowlib
            except OSError:
                pass
        except ImportError:
            pass
    """,
    "a function within": "try:\n    def f():\n        import hollowlib\nexcept ImportError:\n    pass",
    "a class within": "try:\n    class A:\n        if 1:\n            import hollowlib\nexcept ImportError:\n    pass",
    "a handler within a try": """
        try:
            try:
                pass
            except ImportError:
                import hollowlib
        except ImportError:
            pass
    """,
    "import_module": "import importlib\ntry:\n    importlib.import_module('hollowlib')\nexcept ImportError: ...",
    "several lines": "try:\n    from hollowlib import (  # here\n        a,\n    )\nexcept ImportError:\n    pass",
    "a decorated function": "try:\n    @print\n    def f(): import hollowlib\nexcept ImportError:\n    pass",
}
FOREIGN = {
    "no import of it": "x = 1  # hollowlib",
    "another module": "import hollow  # here",
    "its own relative namesake": "from .hollowlib import x",
    "a longer name": "import hollowlibrary",
    "what is no Python": "import hollowlib\ndef (:",
    "a name that nobody knows": "import importlib\nname = 'hollowlib'\nimportlib.import_module(name)  # here",
    "an import relative to it": "import importlib\nimportlib.import_module('.x', 'hollowlib')",
}


@pytest.mark.parametrize(
    ("text", "site"),
    [
        pytest.param(text, site, id=f"{site}: {name}")
        for site, texts in ((Site.BARE, BARE), (Site.GUARDED, GUARDED), (Site.FOREIGN, FOREIGN))
        for name, text in texts.items()
    ],
)
def test_where_an_import_stands(text: str, site: Site, tmp_path: Path) -> None:
    assert site_of(tmp_path, text) is site


@pytest.mark.parametrize(
    ("name", "site"),
    [
        ("src/pkg/code.py", Site.BARE),
        ("tests/test_code.py", Site.BARE),
        ("src/build/code.py", Site.BARE),
        ("build/lib/code.py", Site.FOREIGN),
        ("dist/code.py", Site.FOREIGN),
        (".venv/lib/code.py", Site.FOREIGN),
        (".nox/tests/lib/code.py", Site.FOREIGN),
        (".tox/py/code.py", Site.FOREIGN),
        ("node_modules/x/code.py", Site.FOREIGN),
        ("lib/site-packages/x/code.py", Site.FOREIGN),
        ("odd/lib/code.py", Site.FOREIGN),
    ],
)
def test_which_files_are_first_party(name: str, site: Site, tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "pyvenv.cfg").touch()
    assert site_of(tmp_path, "import hollowlib.deep", name=name) is site
    assert Sources([tmp_path]).names(MODULE) == ({"deep"} if site is Site.BARE else set())


def test_a_package_may_be_called_build(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "__init__.py").touch()
    assert site_of(tmp_path, "import hollowlib", name="build/code.py") is Site.BARE


def test_a_root_may_lie_in_a_site_folder(tmp_path: Path) -> None:
    root = tmp_path / "site-packages" / "mine"
    assert site_of(root, "import hollowlib") is Site.BARE


def test_what_lies_outside_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    file = tmp_path / "other" / "code.py"
    file.write_text("import hollowlib\n", encoding="utf-8")
    (tmp_path / "oth").mkdir()
    sources = Sources([tmp_path / "oth"])
    assert sources.site(str(file), 1, MODULE) is Site.FOREIGN
    for nowhere in ("<string>", "", "/nowhere/at/all.py", "a\0b"):
        assert sources.site(nowhere, 1, MODULE) is Site.FOREIGN


def test_two_imports_in_one_line_are_told_apart_by_the_module(tmp_path: Path) -> None:
    text = "import hollowlib; import other  # here"
    assert site_of(tmp_path, text, "other") is Site.BARE
    assert site_of(tmp_path, text, "third") is Site.FOREIGN


def test_a_dotted_module(tmp_path: Path) -> None:
    assert site_of(tmp_path, "from google.cloud import storage  # here", "google.cloud.storage") is Site.BARE
    assert site_of(tmp_path, "import google.cloud.vision  # here", "google.cloud.storage") is Site.FOREIGN
    assert site_of(tmp_path, "import google  # here", "google.cloud.storage") is Site.BARE


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    sources = Sources([tmp_path])
    file.write_text("import hollowlib\n", encoding="utf-8")
    assert sources.site(str(file), 1, MODULE) is Site.BARE
    file.write_text("try:\n    import hollowlib\nexcept ImportError:\n    pass\n", encoding="utf-8")
    assert sources.site(str(file), 2, MODULE) is Site.GUARDED
    assert sources.site(str(file), 1, MODULE) is Site.FOREIGN
    file.unlink()
    assert sources.site(str(file), 2, MODULE) is Site.FOREIGN


def test_an_unchanged_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "code.py"
    file.write_text("import hollowlib\n", encoding="utf-8")
    assert Sources([tmp_path]).site(str(file), 1, MODULE) is Site.BARE
    monkeypatch.setattr(builtins, "open", None)
    assert Sources([tmp_path]).site(str(file), 1, MODULE) is Site.BARE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    declared = "" if encoding == "utf-8-sig" else f"# -*- coding: {encoding} -*-\n"
    (tmp_path / "code.py").write_bytes(f"{declared}é = 'ü'\nimport hollowlib\nhollowlib.é\n".encode(encoding))
    line = 2 + bool(declared)
    assert Sources([tmp_path]).site(str(tmp_path / "code.py"), line, MODULE) is Site.BARE
    assert Sources([tmp_path]).names(MODULE) == {"é"}


def test_odd_escapes_warn_nobody(tmp_path: Path) -> None:
    assert site_of(tmp_path, "x = '\\d'\nimport hollowlib") is Site.BARE


NAMES: dict[str, tuple[str, set[str]]] = {
    "attributes": ("import hollowlib\nhollowlib.a.b(hollowlib.c)", {"a", "a.b", "c"}),
    "another name": ("import hollowlib as h\nh.a", {"a"}),
    "a child": ("import hollowlib.nn\nhollowlib.nn.Module", {"nn", "nn.Module"}),
    "a child by another name": ("import hollowlib.nn as nn\nnn.Module", {"nn", "nn.Module"}),
    "a child from it": ("from hollowlib import nn as n\nn.Module.x", {"nn", "nn.Module", "nn.Module.x"}),
    "names from a child": ("from hollowlib.nn import Module, x as y", {"nn", "nn.Module", "nn.x"}),
    "an assigned child": ("import hollowlib\nnn = hollowlib.nn\nnn.Module", {"nn", "nn.Module"}),
    "a loaded module": ("h = importlib.import_module('hollowlib')\nh.a", {"a"}),
    "a skipping import": ("h = pytest.importorskip('hollowlib.nn')\nh.a", {"nn", "nn.a"}),
    "a base": ("import hollowlib\nclass A(hollowlib.B): ...", {"B"}),
    "a decorator": ("import hollowlib\n@hollowlib.jit(1)\ndef f(): ...", {"jit"}),
    "an annotation": (
        "import hollowlib\ndef f(x: hollowlib.T | None = hollowlib.d) -> hollowlib.R: ...",
        {"T", "d", "R"},
    ),
    "a quoted annotation": ("import hollowlib\ndef f(x: 'hollowlib.T[int] | None'): ...", {"T"}),
    "an except clause": ("import hollowlib\ntry: ...\nexcept hollowlib.E: ...", {"E"}),
    "a guarded import": ("try:\n    import hollowlib\nexcept ImportError: ...\nhollowlib.a", {"a"}),
    "for the type checker": ("if TYPE_CHECKING:\n    from hollowlib import T", {"T"}),
    "what it is asked for": ("import hollowlib\nhollowlib.load('x').shape", {"load"}),
    "special names": ("import hollowlib\nhollowlib.__version__\nhollowlib.a.__name__", {"a"}),
    "all of it": (
        "from hollowlib import *\nimport os\nx = nn.Module(print(y))\ndef f(a, *, b: T) -> os.E:\n    return a + b + x",
        {"nn", "nn.Module", "y", "T"},
    ),
    "all of a child": ("from hollowlib.nn import *\nrelu(3)", {"nn", "nn.relu"}),
    "another module's": ("import hollowlibrary\nhollowlibrary.a  # hollowlib", set()),
    "a chain that goes on": ("import hollowlib\nx = hollowlib.a\nwhile x: x = x.next", {"a", "a.next"}),
    "no Python": ("import hollowlib\nhollowlib.a(", set()),
}


@pytest.mark.parametrize("told", NAMES)
def test_names(told: str, tmp_path: Path) -> None:
    text, names = NAMES[told]
    (tmp_path / "code.py").write_text(text, encoding="utf-8")
    found = Sources([tmp_path]).names(MODULE)
    assert found == names if told != "a chain that goes on" else names <= found


def test_names_of_a_dotted_module(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from google.cloud import storage\nstorage.Client\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("import google.cloud.storage as s\ns.Blob\n", encoding="utf-8")
    (tmp_path / "c.py").write_text("import google.cloud.vision\n", encoding="utf-8")
    assert Sources([tmp_path]).names("google.cloud.storage") == {"Client", "Blob"}


def test_only_files_that_mention_the_module_are_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("import hollowlib\nhollowlib.a\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("import other\n", encoding="utf-8")
    parsed: list[bytes] = []
    parse = compile

    def noted(source: Any, *args: Any, **options: Any) -> Any:
        parsed.append(source)
        return parse(source, *args, **options)

    monkeypatch.setattr(builtins, "compile", noted)
    assert Sources([tmp_path]).names(MODULE) == {"a"}
    assert parsed == [b"import hollowlib\nhollowlib.a\n"]


# a statement that holds others, with %s for them; those run at once and in order
HOLDERS = [
    "if True:\n%s",
    "def f():\n%s\nf()",
    "class A:\n%s",
    "for _ in range(1):\n%s",
    "with contextlib.nullcontext():\n%s",
    *(
        f"try:\n%s\nexcept {taken}:\n    pass"
        for taken in ("ImportError", "OSError", "(KeyError, ImportError)", "ERRORS")
    ),
    *(
        f"try:\n%s\nexcept {taken}:\n    pass"
        for taken in ("OTHERS", "builtins.ImportError", "Exception", "LookupError")
    ),
    "try:\n%s\nfinally:\n    pass",
    "try:\n%s\nexcept* ImportError:\n    pass",
    "try:\n    raise ImportError\nexcept ImportError:\n%s",
    "try:\n    pass\nexcept ImportError:\n    pass\nelse:\n%s",
    "try:\n    pass\nfinally:\n%s",
    "with contextlib.suppress(ImportError):\n%s",
    "with contextlib.suppress(*OTHERS):\n%s",
    "with quiet(ERRORS[1], OSError) as x, contextlib.nullcontext():\n%s",
    "with pytest.raises(ImportError):\n%s",
]
STATEMENTS = [
    "import hollowlib",
    "from hollowlib.a import (\n    b,\n    c,\n)",
    "import os, hollowlib as h",
    "importlib.import_module('hollowlib')",
]
HEAD = dedent(
    """
    import builtins, contextlib, importlib, pytest
    from contextlib import suppress as quiet
    ERRORS = (OSError, ImportError)
    OTHERS = (OSError, KeyError)
    """
).lstrip()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(holders=st.lists(st.sampled_from(HOLDERS), max_size=5), statement=st.sampled_from(STATEMENTS))
def test_it_is_guarded_where_the_error_does_not_escape(
    holders: list[str], statement: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    body = statement
    for holder in holders:
        body = holder % indent(body, "    ")
    text = HEAD + body + "\n"
    folder = tmp_path_factory.getbasetemp() / "nestings"
    folder.mkdir(exist_ok=True)
    file = folder / "code.py"
    file.write_text(text, encoding="utf-8")
    code = compile(text, str(file), "exec")
    assert MODULE not in sys.modules
    escaped = False
    try:
        exec(code, {"__name__": "generated"})
    except pytest.fail.Exception:  # `raises` was left without an error
        pass
    except ImportError as error:
        escaped = error.name == MODULE
        assert escaped
    line = next(number for number, one in enumerate(text.splitlines(), 1) if MODULE in one)
    assert Sources([folder]).site(str(file), line, MODULE) is (Site.BARE if escaped else Site.GUARDED)


@given(
    text=st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(["import", MODULE, "from", "as", ".", ",", "(", ")", "=", "x", "\n", "'hollowlib.a'", "*"])
        ).map(" ".join),
    ),
    data=st.binary(max_size=30),
)
def test_no_text_is_too_odd(text: str, data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp() / "odd"
    folder.mkdir(exist_ok=True)
    file = folder / "code.py"
    with contextlib.suppress(UnicodeEncodeError):
        file.write_bytes(text.encode() + b"# hollowlib" + data)
    sources = Sources([folder])
    assert all(isinstance(name, str) for name in sources.names(MODULE))
    assert sources.site(str(file), 1, MODULE) in Site
