"""Which need-set a run was told to run, and what it tells of the others."""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from gating.errors import UsageError
from gating.testing.partition import Partition, Wanted, wanted_of
from gating.testing.workers import Workers, introduce, told
from tests.projects import Project

if TYPE_CHECKING:
    from gating.testing.dependencies import Dependencies
    from gating.testing.naming import Naming


class Node:
    """What xdist hands to its hooks: a dictionary each way, and the worker's name."""

    def __init__(self) -> None:
        self.gateway = SimpleNamespace(id="gw0")
        self.workerinput: dict[str, object] = {}
        self.workeroutput: dict[str, object] = {}


class Known:
    """As much of the dependencies as a worker is told of."""

    def __init__(self) -> None:
        self.modules = {"alpha": ("alpha",)}


def partition(*wanted: str) -> Partition:
    return Partition(Wanted(frozenset(wanted)), cast("Dependencies", Known()), cast("Naming", None))


@pytest.mark.parametrize(("text", "names"), [("[]", set()), ('["a"]', {"a"}), ('["a", "ö b"]', {"a", "ö b"})])
def test_the_set_is_a_json_list(text: str, names: set[str]) -> None:
    assert wanted_of(text) == Wanted(frozenset(names))


def test_the_files_to_look_in_may_stand_beside_it() -> None:
    told = Wanted(frozenset("ba"), frozenset({"tests/test_x.py"}))
    assert wanted_of('{"needs": ["a", "b"], "files": ["tests/test_x.py"]}') == told
    assert wanted_of('{"needs": [], "files": null}') == Wanted(frozenset())
    assert Wanted.of(told.as_dict()) == told


@pytest.mark.parametrize("text", ["", "a", "{}", "null", "[1]", '"a"', "[[", '{"needs": [], "files": 1}'])
def test_anything_else_is_a_mistake(text: str) -> None:
    with pytest.raises(UsageError, match="GATING_NEED_SET is a JSON list"):
        wanted_of(text)


def test_the_sets_are_told_smallest_first() -> None:
    one = partition()
    one.found = {frozenset(names): {"test_y.py", "test_x.py"} for names in ("ba", "c", "", "b")}
    assert [told["needs"] for told in one.as_lists()] == [[], ["b"], ["c"], ["a", "b"]]
    assert all(told["files"] == ["test_x.py", "test_y.py"] for told in one.as_lists())


def test_a_worker_is_told_the_set_and_tells_what_it_found() -> None:
    here, node = partition("alpha"), Node()
    controller = Workers(cast("Dependencies", Known()), here)
    controller.pytest_configure_node(node)
    modules, wanted = told(node.workerinput)
    assert (modules, wanted) == ({"alpha": ["alpha"]}, Wanted(frozenset({"alpha"})))
    for file in ("test_x.py", "test_y.py"):
        node.workeroutput["gating_need_sets"] = [{"needs": ["alpha"], "files": [file]}]
        controller.pytest_testnodedown(node)
    assert here.as_lists() == [{"needs": ["alpha"], "files": ["test_x.py", "test_y.py"]}]


def test_a_worker_of_a_run_of_everything_is_told_of_no_set() -> None:
    node = Node()
    Workers(cast("Dependencies", Known()), None).pytest_configure_node(node)
    assert told(node.workerinput)[1] is None
    controller = Workers(cast("Dependencies", Known()), None)
    controller.pytest_testnodedown(node)
    assert controller.ended == {"gw0": None}
    introduce(node.workeroutput)
    controller.pytest_testnodedown(node)
    assert controller.ended == {"gw0": os.getpid()}


def test_a_run_of_a_part_says_so() -> None:
    assert partition("b", "a").pytest_report_header() == "gating: only tests that need a and b (GATING_NEED_SET)"
    assert partition().pytest_report_header() == "gating: only tests that need nothing (GATING_NEED_SET)"


def test_a_worker_that_died_tells_nothing() -> None:
    one = partition()
    one.take({})
    assert one.as_lists() == []


PLAIN = """
    import pytest

    def test_plain(): ...

    @pytest.mark.needs("alpha")
    def test_alpha(): ...

    @pytest.mark.needs("elsewhere")
    def test_of_what_the_policy_lacks(): ...

    class TestWrong:
        pytestmark = pytest.mark.needs()

        def test_wrong(self): ...
"""
TELLS = "import os, pytest\nopen(os.environ['TOLD'], 'a').write('imported ')\n"


# its lines run in the suite itself where that is learned from, and have to run where it is only judged
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with workers"])
def test_a_run_of_one_set_runs_its_tests_and_tells_of_the_others(project: Project, workers: tuple[str, ...]) -> None:
    project.policy('[tool.gating.optional]\nalpha = "alpha"\nbeta = "beta"')
    project.write("tests/test_plain.py", PLAIN.replace("needs()", "needs('alpha', 'beta')"))
    project.write("tests/test_other.py", f"{TELLS}def test_other(): ...\n")
    project.write("tests/test_beta.py", f"{TELLS}pytestmark = pytest.mark.needs('beta')\ndef test_beta(): ...\n")

    def run(wanted: object) -> tuple[list[str], Any, int]:
        outcomes, told = project.home / "outcomes.json", project.home / "told"
        told.write_text("")
        env = {"GATING_OUTCOMES": str(outcomes), "GATING_NEED_SET": json.dumps(wanted), "TOLD": str(told)}
        words = ("-q", "-p", "no:cacheprovider", *workers)
        done = project.run(sys.executable, "-m", "pytest", *words, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        document = json.loads(outcomes.read_bytes())
        known = {one["id"]: one["pid"] for one in document.get("workers", ())}
        assert sorted(known) == ["gw0", "gw1"][: len(workers)]
        assert all(isinstance(pid, int) for pid in known.values())
        ran = sorted(one["id"] for one in document["tests"] if one["outcome"] == "passed")
        return ran, document["need_sets"], told.read_text().count("imported")

    plain = "tests/test_plain.py"
    ran, seen, imported = run([])
    assert ran == ["tests/test_other.py::test_other", f"{plain}::test_plain"]
    assert seen == [
        {"needs": [], "files": ["tests/test_other.py", plain]},
        {"needs": ["alpha"], "files": [plain]},
        {"needs": ["beta"], "files": ["tests/test_beta.py"]},
        {"needs": ["alpha", "beta"], "files": [plain]},
    ]
    assert imported == max(1, len(workers))  # by each worker
    ran, _, imported = run({"needs": [], "files": [plain]})
    assert (ran, imported) == ([f"{plain}::test_plain"], 0)


def test_of_a_mark_that_is_none_the_test_itself_dies(project: Project) -> None:
    project.policy('[tool.gating.optional]\nalpha = "alpha"')
    project.write("tests/test_plain.py", PLAIN)
    env = {"GATING_NEED_SET": "[]"}
    done = project.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", env=env)
    assert done.returncode == 1
    assert "needs() is no need" in done.stdout
