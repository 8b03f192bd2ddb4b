"""What tests need, in real pytest runs: what is not run is accounted for, and what is reached unsaid fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from gating.ledger import open_ledger
from tests.projects import Done, Project

POLICY = """
    [tool.pytest.ini_options]
    addopts = ["-p", "no:cacheprovider", "--strict-markers", "-W", "error"]

    [tool.gating.optional]
    torchette = { requires = "torchette>=2.2", need = "ci", why = "training" }
    hydra = { requires = "hydra-lite>=1.3", import = "hydralite" }
    pluggy = "pluggy>=99"
    strictly = { requires = "strictly-there", fallback = "fail" }
    elsewhere = { requires = "elsewhere", when = "sys_platform == 'nowhere'" }
    packaging = "packaging>=20"

    [tool.gating.needs]
    "tests/test_frames.py::*" = ["hydra"]
    "tests/test_marked.py::test_by_glob" = ["torchette"]
"""
MARKED = """
    import unittest
    import pytest

    @pytest.mark.needs("torchette>=2.4")
    def test_needs(nothing_of_the_kind): ...

    @pytest.mark.needs("pluggy")
    def test_outdated(): ...

    @pytest.mark.needs("elsewhere")
    def test_elsewhere(): ...

    @pytest.mark.needs("not-in-the-policy")
    def test_not_in_the_policy(): ...

    @pytest.mark.needs("packaging")
    def test_met(): ...

    def test_by_glob(): ...

    @pytest.mark.needs("torchette", "hydralite")
    class TestClass:
        def test_in_class(self): ...

    class TestCase(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            raise AssertionError

        @pytest.mark.needs("torchette")
        def test_unittest(self): ...

    @pytest.mark.parametrize("x", [1, pytest.param(2, marks=pytest.mark.needs("torchette"))])
    def test_parameter(x): ...

    @pytest.mark.needs("torchette")
    async def test_async(): ...

    @pytest.mark.skip(reason="of its own")
    @pytest.mark.needs("torchette")
    def test_skipped(): ...
"""
SKIPPING = """
    import unittest
    import pytest

    def test_importorskip():
        pytest.importorskip("torchette.nn")

    def test_importorskip_with_a_reason():
        pytest.importorskip("torchette", reason="no")

    def test_in_except():
        try:
            import torchette
        except ImportError:
            pytest.skip("no")

    def test_later():
        try:
            import torchette
        except ImportError:
            torchette = None
        if torchette is None:
            pytest.skip("no")

    @pytest.mark.skipif(True, reason="TORCHETTE is not here")
    def test_skipif(): ...

    @pytest.mark.xfail(True, reason="no", raises=ImportError, strict=True)
    def test_xfail():
        import torchette

    class TestCase(unittest.TestCase):
        @unittest.skipUnless(False, "needs hydra-lite")
        def test_unless(self): ...

    def test_other():
        pytest.skip("for torchettes and un-torchette")

    def test_guarded():
        try:
            import torchette
        except ImportError:
            pass
"""
REACHING = """
    import unittest
    import pytest

    def test_import():
        import torchette.nn

    def test_context():
        try:
            import torchette
        except ImportError:
            raise ValueError

    def test_cause():
        try:
            import torchette
        except ImportError as error:
            told = error
        raise ValueError from told

    def test_group():
        try:
            import torchette
        except ImportError as error:
            raise ExceptionGroup("all", [ValueError(), error])

    @pytest.fixture
    def fixture():
        import hydralite

    def test_setup(fixture): ...

    def test_teardown(request):
        request.addfinalizer(lambda: __import__("hydralite"))

    class TestCase(unittest.TestCase):
        def test_unittest(self):
            import torchette

    def test_other():
        import nowhere_to_be_found

    def test_looks_for_it():
        try:
            import torchette
        except ImportError:
            torchette = None
        assert torchette

    def test_other_from_ours():
        try:
            import torchette
        except ImportError:
            import nowhere_to_be_found
"""
MODULES = {
    "tests/test_frames.py": "import hydralite\n\ndef test_x(): ...\n",
    "tests/test_dies.py": "import helper\n\ndef test_x(): ...\n\nclass TestA:\n    def test_y(self): ...\n",
    "tests/test_pytestmark.py": """
        import pytest
        from torchette import nn
        torchette = pytest.mark.needs("torchette")
        pytestmark = [pytest.mark.filterwarnings("error"), torchette]

        def test_x(): ...
    """,
    "tests/test_skips_itself.py": "import pytest\nnn = pytest.importorskip('torchette.nn')\n",
    "tests/sub/conftest.py": "import torchette\n",
    "tests/sub/test_x.py": "def test_x(): ...\n",
    "helper.py": "import torchette\n",
}


def pytested(project: Project, *arguments: str, cwd: Path | None = None, **env: str) -> Done:
    """Run the real pytest with this plugin, and xdist where it is asked for; it starts twice as fast without others."""
    given = {
        "GATING_OUTCOMES": str(project.home / "outcomes.json"),
        "PYTHONPATH": str(project.root),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    plugins = ["-p", "gating", *(["-p", "xdist"] if "-n" in arguments else [])]
    return project.run(sys.executable, "-m", "pytest", *plugins, *arguments, env={**given, **env}, cwd=cwd)


def told(project: Project) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((project.home / "outcomes.json").read_text())
    return made


def by_name(rows: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["id"].partition("::")[2] or row["id"]: row for row in rows}


def recorded(project: Project) -> dict[str, dict[str, Any]]:
    """The verdicts of the latest run, by id."""
    document = open_ledger(project=project.root).show().as_dict()
    return {verdict["id"]: verdict for verdict in document["verdicts"]}


@pytest.fixture
def suite(project: Project) -> Project:
    project.policy(POLICY)
    return project


def test_what_needs_something_that_is_not_there_is_not_run(suite: Project) -> None:
    suite.write("tests/test_marked.py", MARKED)
    suite.write(
        "tests/test_set_up.py",
        """
        import pytest

        def setup_module():
            raise AssertionError

        @pytest.fixture(scope="session", autouse=True)
        def early():
            raise AssertionError

        @pytest.mark.needs("torchette")
        def test_set_up(): ...
        """,
    )
    done = pytested(suite, "-q", "-rs")
    assert done.returncode == 0, done.stdout
    outcomes = {name: (row["outcome"], row["needs"]) for name, row in by_name(told(suite)["tests"]).items()}
    assert outcomes == {
        "test_needs": ("not-run", ["torchette"]),
        "test_outdated": ("not-run", ["pluggy"]),
        "test_elsewhere": ("skipped", ["elsewhere"]),
        "test_not_in_the_policy": ("not-run", ["not-in-the-policy"]),
        "test_met": ("passed", ["packaging"]),
        "test_by_glob": ("not-run", ["torchette"]),
        "TestClass::test_in_class": ("not-run", ["torchette", "hydra"]),
        "TestCase::test_unittest": ("not-run", ["torchette"]),
        "test_parameter[1]": ("passed", []),
        "test_parameter[2]": ("not-run", ["torchette"]),
        "test_async": ("not-run", ["torchette"]),
        "test_skipped": ("skipped", []),
        "test_set_up": ("not-run", ["torchette"]),
    }
    assert "tests/test_marked.py:4: needs torchette>=2.4, which is absent\n" in done.stdout
    verdicts = recorded(suite)
    assert (verdicts["tests:pytest"]["outcome"], verdicts["tests:pytest"]["details"]["tests"]["not-run"]) == (
        "degraded",
        9,
    )
    torchette = verdicts["optional:torchette"]
    assert (torchette["outcome"], torchette["state"], torchette["details"]["not_run"]) == ("degraded", "absent", 7)
    assert torchette["details"]["why"] == "training"
    assert torchette["source"]["file"] == "pyproject.toml"
    assert torchette["remedy"]["commands"][0][-1] == "torchette>=2.2"
    assert (verdicts["optional:packaging"]["outcome"], verdicts["optional:packaging"]["details"]["met"]) == ("pass", 1)
    assert verdicts["optional:elsewhere"]["outcome"] == "skip"
    assert "optional:strictly" not in verdicts
    *_, last = done.stdout.partition("short test summary")[0].strip().splitlines()
    assert last.startswith("=")
    assert "\ndegraded: 9 tests not run\n" in done.stdout
    assert "torchette>=2.4: absent; 1 test not run\n  tests/test_marked.py::test_needs\n  to run them: " in done.stdout


def test_what_skips_itself_is_accounted_for(suite: Project) -> None:
    suite.write("tests/test_skipping.py", SKIPPING)
    assert pytested(suite, "-p", "no:terminal").returncode == 0
    outcomes = {name: (row["outcome"], row["needs"]) for name, row in by_name(told(suite)["tests"]).items()}
    left_out = ("not-run", ["torchette"])
    assert outcomes == {
        "test_importorskip": left_out,
        "test_importorskip_with_a_reason": left_out,
        "test_in_except": left_out,
        "test_later": left_out,
        "test_skipif": left_out,
        "test_xfail": left_out,
        "TestCase::test_unless": ("not-run", ["hydra"]),
        "test_other": ("skipped", []),
        "test_guarded": ("passed", []),
    }


def test_what_is_reached_unsaid_fails_and_says_so(suite: Project) -> None:
    suite.write("tests/test_x.py", REACHING)
    done = pytested(suite, "--tb=short", COLUMNS="200")
    assert done.returncode == 1
    rows = by_name(told(suite)["tests"])
    undeclared = {name: (row["outcome"], row["undeclared"]) for name, row in rows.items()}
    assert undeclared == {
        "test_import": ("failed", ["torchette"]),
        "test_context": ("failed", ["torchette"]),
        "test_cause": ("failed", ["torchette"]),
        "test_group": ("failed", ["torchette"]),
        "test_setup": ("error", ["hydra"]),
        "test_teardown": ("error", ["hydra"]),
        "TestCase::test_unittest": ("failed", ["torchette"]),
        "test_other": ("failed", []),
        "test_looks_for_it": ("failed", []),
        "test_other_from_ours": ("failed", []),
    }
    assert "FAILED tests/test_x.py::test_import - undeclared need: torchette (tests/test_x.py::test_import)\n" in (
        done.stdout
    )
    assert "ERROR tests/test_x.py::test_setup - undeclared need: hydra (tests/test_x.py::test_setup)\n" in done.stdout
    assert "FAILED tests/test_x.py::test_other - ModuleNotFoundError: No module named 'nowhere_to_be_found'" in (
        done.stdout
    )
    assert done.stdout.count("it was looked for while this ran, and may be why") == 2
    verdict = recorded(suite)["optional:torchette"]
    assert (verdict["outcome"], len(verdict["details"]["undeclared"])) == ("degraded", 5)


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_modules_are_left_out_and_accounted_for(suite: Project, arguments: tuple[str, ...]) -> None:
    for name, text in MODULES.items():
        suite.write(name, text)
    suite.write("tests/test_marked.py", MARKED)
    done = pytested(suite, *arguments)
    assert done.returncode == 0, done.stdout
    rows = {row["id"]: (row["outcome"], row["needs"], len(row["tests"])) for row in told(suite)["modules"]}
    assert rows == {
        "tests/test_frames.py": ("not-run", ["hydra"], 1),
        "tests/test_dies.py": ("not-run", ["torchette"], 2),
        "tests/test_pytestmark.py": ("not-run", ["torchette"], 1),
        "tests/test_skips_itself.py": ("not-run", ["torchette"], 0),
        "tests/sub": ("not-run", ["torchette"], 0),
    }
    assert sum(row["outcome"] == "not-run" for row in told(suite)["tests"]) == 8
    assert "degraded: 5 modules and 8 tests not run\n" in done.stdout
    assert "  tests/test_dies.py (2 tests in it)\n" in done.stdout
    assert recorded(suite)["optional:torchette"]["details"]["not_run"] == 11


def test_what_may_not_be_left_out_fails(suite: Project) -> None:
    suite.write("tests/test_dies.py", "import strictly_there\n")
    suite.write("tests/test_mistake.py", "try:\n    import torchette\nexcept ImportError:\n    import nowhere\n")
    suite.write("tests/test_x.py", "import pytest\n\n@pytest.mark.needs('strictly')\ndef test_x(): ...\n")
    done = pytested(suite, "--continue-on-collection-errors", COLUMNS="200")
    assert done.returncode == 1
    assert "ERROR tests/test_dies.py - undeclared need: strictly (tests/test_dies.py)" in done.stdout
    assert 'needs strictly-there, which is absent, and its fallback is "fail"' in done.stdout
    document = told(suite)
    assert {row["id"]: (row["outcome"], row["undeclared"]) for row in document["modules"]} == {
        "tests/test_dies.py": ("failed", ["strictly"]),
        "tests/test_mistake.py": ("failed", []),
    }
    assert [(row["outcome"], row["needs"]) for row in document["tests"]] == [("error", ["strictly"])]


def test_strict_runs_fail_for_what_ci_needs(suite: Project) -> None:
    suite.write("tests/test_x.py", "import pytest\n\n@pytest.mark.needs('torchette')\ndef test_x(): ...\n")
    done = pytested(suite, "--gating-strict")
    assert done.returncode == 1
    assert "failed: an unmet need may not be left out here: torchette (need ci)\n" in done.stdout
    assert recorded(suite)["optional:torchette"]["outcome"] == "fail"
    suite.write("tests/test_x.py", "import pytest\n\n@pytest.mark.needs('hydra')\ndef test_x(): ...\n")
    assert pytested(suite, CI="1").returncode == 0


def test_a_conftest_that_cannot_be_left_out_says_what_to_do(suite: Project) -> None:
    suite.write("conftest.py", "import torchette\n")
    done = pytested(suite)
    assert done.returncode == 4
    assert "gating: a conftest.py reaches torchette when it is imported" in done.stderr
    assert "gating: to mend it: " in done.stderr


def test_a_need_that_is_none_is_an_error_of_its_test(suite: Project) -> None:
    suite.write(
        "tests/test_x.py",
        """
        import pytest

        @pytest.mark.needs()
        def test_empty(): ...

        @pytest.mark.needs("torchette", reason="x")
        def test_reason(): ...

        @pytest.mark.needs("?")
        def test_sign(): ...

        def test_good(): ...
        """,
    )
    done = pytested(suite)
    assert done.returncode == 1
    assert "1 passed, 3 errors" in done.stdout
    assert "needs('torchette', reason='x') is no need; it is written as needs('torch>=2.2')" in done.stdout


def test_a_dependency_is_made_to_look_absent(suite: Project) -> None:
    suite.policy("""
        [tool.gating.optional]
        tomlkit = { requires = "tomlkit", need = "always", fallback = "fail" }
    """)
    suite.write(
        "tests/test_x.py",
        """
        import pytest, subprocess, sys, importlib.util

        def test_reaches():
            import tomlkit

        @pytest.mark.needs("tomlkit")
        def test_needs(): ...

        def test_asks():
            if importlib.util.find_spec("tomlkit") is None:
                pytest.skip("no")

        def test_child():
            assert subprocess.run([sys.executable, "-c", "import tomlkit"], capture_output=True).returncode == 1
        """,
    )
    for arguments in ((), ("-n", "1")):
        done = pytested(suite, "--gating-without", "tomlkit", "-p", "no:cacheprovider", *arguments)
        assert done.returncode == 1, done.stdout
        assert "gating: made to look absent: tomlkit\n" in done.stdout
        rows = by_name(told(suite)["tests"])
        assert {name: row["outcome"] for name, row in rows.items()} == {
            "test_reaches": "failed",
            "test_needs": "not-run",
            "test_asks": "not-run",
            "test_child": "passed",
        }
        assert rows["test_reaches"]["undeclared"] == ["tomlkit"]
        verdict = recorded(suite)["optional:tomlkit"]
        assert (verdict["outcome"], verdict["remedy"], verdict["details"]["hidden"]) == ("degraded", None, True)


@pytest.mark.parametrize(
    ("policy", "name", "said"),
    [
        (POLICY, "torchete", "has no optional dependency 'torchete'; did you mean 'torchette'?"),
        (POLICY, "hydra,zzz", "has no optional dependency 'zzz'; it has torchette, hydra, pluggy"),
        ("", "torchette", "there is no policy that has optional dependencies"),
    ],
)
def test_an_unknown_name_is_a_wrong_use(project: Project, policy: str, name: str, said: str) -> None:
    project.policy(policy)
    done = pytested(project, "--gating-without", name)
    assert (done.returncode, said in done.stderr) == (4, True), done.stderr
