"""The plugin in every way that pytest is run: stand-ins, xdist, runs in runs, other folders, a part of the suite."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.test_pytest_needs import by_name, pytested, recorded, told
from tests.projects import Project

POLICY = """
    [tool.pytest.ini_options]
    addopts = ["--strict-markers", "-W", "error"]

    [tool.gating.optional]
    torchette = "torchette>=2.2"
    hydra = { requires = "hydra-lite>=1.3", import = "hydralite", fallback = "shim", names = ["extra"] }
    mlette = { requires = "mlette", fallback = "shim", shim = "adapters.mlette" }

    [tool.gating.needs]
    "tests/notes.txt" = ["torchette"]
"""
SHIMMED = """
    import subprocess
    import sys
    import hydralite
    import mlette
    import pytest
    from hydralite.core import Config

    class Mine(Config):
        pass

    @hydralite.main(version_base=None)
    def main(): ...

    def test_runs():
        assert mlette.answer == 42
        assert hydralite.extra is not None

    def test_uses():
        hydralite.utils.instantiate({})

    @pytest.mark.needs("hydra")
    def test_real(): ...

    def test_asks():
        pytest.importorskip("hydralite")

    def test_child(tmp_path):
        code = "try:\\n import hydralite\\nexcept ImportError:\\n print('absent')"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.stdout == "absent\\n", done.stderr

    def test_third_party():
        import importlib
        with pytest.raises(ImportError):
            importlib.import_module("hydralite")
"""


@pytest.fixture
def suite(project: Project) -> Project:
    project.policy(POLICY)
    return project


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_stand_ins_are_there_for_the_tests(suite: Project, arguments: tuple[str, ...]) -> None:
    suite.write("adapters/mlette.py", "answer = 42\n")
    suite.write("adapters/__init__.py", "")
    suite.write("tests/test_shimmed.py", SHIMMED)
    done = pytested(suite, "-q", *arguments)
    rows = by_name(told(suite)["tests"])
    assert {name: (row["outcome"], row["needs"] or row["undeclared"]) for name, row in rows.items()} == {
        "test_runs": ("passed", []),
        "test_uses": ("failed", ["hydra"]),
        "test_real": ("not-run", ["hydra"]),
        "test_asks": ("not-run", ["hydra"]),
        "test_child": ("passed", []),
        "test_third_party": ("passed", []),
    }, done.stdout
    assert told(suite)["shimmed"] == ["hydra", "mlette"]
    assert "mlette: a stand-in was there in its place\n" in done.stdout
    verdicts = recorded(suite)
    assert (verdicts["optional:mlette"]["outcome"], verdicts["optional:mlette"]["details"]["stood_in"]) == (
        "degraded",
        True,
    )


def test_a_part_of_the_suite_is_run_as_ever(suite: Project) -> None:
    suite.write(
        "tests/test_x.py",
        """
        import os
        import pytest

        @pytest.mark.needs("torchette")
        def test_needs(): ...

        def test_fails():
            assert os.environ.get("FIXED")

        def test_passes(): ...
        """,
    )
    suite.write("tests/test_y.py", "import torchette\n\ndef test_y(): ...\n")
    done = pytested(suite, "-x")
    assert (done.returncode, "stopping after 1 failures" in done.stdout) == (1, True)
    done = pytested(suite, "--lf", FIXED="1")
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout
    done = pytested(suite, "--ff", FIXED="1")
    assert "2 passed, 2 skipped" in done.stdout
    done = pytested(suite, "--collect-only", "-q")
    assert "tests/test_x.py::test_needs\n" in done.stdout
    assert "degraded: 1 module not run\n" in done.stdout
    done = pytested(suite, "tests/test_y.py")
    assert (done.returncode, recorded(suite)["tests:pytest"]["reason"]) == (
        5,
        "no test was run; 1 module not run, for what is absent here",
    )


def test_a_pytest_in_a_pytest_is_looked_after_and_leaves_no_trace(suite: Project) -> None:
    suite.write("conftest.py", "pytest_plugins = ['pytester']\n")
    suite.write(
        "tests/test_x.py",
        """
        import os
        import sys
        import pytest

        def state():
            own = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
            return [*sys.meta_path], [*sys.path_hooks], own

        def test_inner(pytester):
            before = state()
            pytester.makepyfile("import pytest, zigzag\\n\\n@pytest.mark.needs('other')\\ndef test_x(): ...\\n")
            pytester.path.joinpath("gating.toml").write_text(
                "[optional]\\nother = 'other-one'\\nzigzag = {requires = 'zigzag', fallback = 'shim'}\\n"
            )
            result = pytester.runpytest_inprocess("-p", "gating", "-p", "no:cacheprovider")
            result.assert_outcomes(skipped=1)
            result.stdout.fnmatch_lines(["degraded: 1 test not run"])
            assert not (pytester.path / ".gating").exists()
            assert state() == before
            with pytest.raises(ImportError):
                import zigzag

        @pytest.mark.needs("torchette")
        def test_outer(): ...
        """,
    )
    for arguments in ((), ("-n", "1")):
        done = pytested(suite, *arguments)
        assert done.returncode == 0, done.stdout
        assert [row["id"] for row in told(suite)["tests"]] == [
            "tests/test_x.py::test_inner",
            "tests/test_x.py::test_outer",
        ]


def test_the_policy_may_be_above_the_rootdir(suite: Project) -> None:
    suite.write("tests/pytest.ini", "[pytest]\naddopts = --doctest-glob=*.txt --doctest-modules\n")
    suite.write("tests/notes.txt", ">>> 1\n2\n")
    suite.write(
        "tests/shown.py",
        "import pytest, torchette\npytestmark = pytest.mark.needs('torchette')\n\ndef f():\n    '>>> 1\\n1'\n",
    )
    suite.write("tests/test_x.py", "def test_x(): ...\n")
    done = pytested(suite, cwd=suite.root / "tests")
    assert done.returncode == 0, done.stdout
    assert {row["id"]: row["needs"] for row in told(suite)["modules"]} == {
        "notes.txt": ["torchette"],
        "shown.py": ["torchette"],
    }
    assert recorded(suite)["optional:torchette"]["details"]["not_run"] == 2


def test_it_can_be_told_where_nobody_reads_a_terminal(suite: Project) -> None:
    suite.write("tests/test_x.py", "import pytest\n\n@pytest.mark.needs('torchette')\ndef test_x(): ...\n")
    done = pytested(suite, "-p", "no:terminal")
    assert "gating: degraded: 1 test not run\n" in done.stderr
    assert "not run" not in done.stdout
    done = pytested(suite, "--no-summary")
    assert (done.stdout + done.stderr).count("degraded: 1 test not run\n") == 1
    done = pytested(suite, "-qq", "--no-header", PYTEST_DISABLE_PLUGIN_AUTOLOAD="")
    assert "degraded: 1 test not run\n" in done.stdout
    assert suite.run(sys.executable, "-m", "pytest", "-p", "no:gating", "--gating-strict").returncode == 4


def test_a_mistake_of_ours_does_not_cost_the_tests(suite: Project) -> None:
    suite.write("tests/test_x.py", "def test_x(): ...\n")
    for module in ("gating.testing.beginning", "gating.testing.recording", "gating.testing.outcomes"):
        suite.write("breaks.py", f"import sys\nsys.modules['{module}'] = None\n")
        done = pytested(suite, "-p", "breaks")
        assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr
        assert "gating: this test run is not looked after: ModuleNotFoundError" in done.stderr


def test_what_imported_a_dependency_before_is_named(suite: Project) -> None:
    suite.policy('[tool.gating.optional]\ntomlkit = "tomlkit"\n')
    suite.write("early.py", "import tomlkit\n")
    suite.write("tests/test_x.py", "def test_x(): ...\n")
    done = pytested(suite, "-p", "early", "--gating-without", "tomlkit")
    assert done.returncode == 0
    assert "early was imported before anything could be hidden from it\n" in done.stdout


def test_an_installed_plugin_gives_no_warning_where_gating_came_first(suite: Project, tmp_path: Path) -> None:
    suite.write(
        "tests/test_x.py",
        """
        import sys

        def test_x():  # what pytest would rewrite the assertions of has a loader of pytest's
            assert type(sys.modules["gating.testing.running"].__loader__).__name__ == "SourceFileLoader"
            assert [type(one).__name__ for one in sys.meta_path].count("AssertionRewritingHook") == 1
        """,
    )
    code = "import gating, gating.policy, pytest; raise SystemExit(pytest.main(['-W', 'error']))"
    done = suite.run(sys.executable, "-W", "error", "-c", code)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr
