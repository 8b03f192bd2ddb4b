"""Precedence, origins, the cost of loading, and `requires` before everything else."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from gating.errors import PolicyError, Problem
from gating.policy import Origin, Policy, load_policy

Load = Callable[..., Policy]
Problems = Callable[..., tuple[Problem, ...]]

TABLE = """\
[project]
name = "demo"
[tool.gating]
mode = "lenient"
[tool.gating.tools]
git = ">=2.30"
pre-commit = { version = ">=3.7" }
[tool.gating.tools."g++"]
need = "ci"
[tool.gating.coverage]
fail-under = 90
paths = { "src/*.py" = 95.5 }
"""


def test_an_argument_wins_over_a_variable_over_the_table_over_the_default(load: Load) -> None:
    env = {"GATING_MODE": "strict", "GATING_COVERAGE_FAIL_UNDER": "80"}
    assert load("").coverage.fail_under is None
    assert load(TABLE).coverage.fail_under == 90
    assert load(TABLE, env=env).coverage.fail_under == 80
    policy = load(TABLE, env=env, overrides={"coverage.fail-under": 70, "coverage.reach": None})
    assert policy.coverage.fail_under == 70
    assert policy.mode == "strict"
    assert [policy.origin(*path).source for path in (("coverage", "fail-under"), ("mode",), ("ledger",))] == [
        "argument",
        "environment",
        "default",
    ]


def test_each_value_knows_where_it_came_from(load: Load) -> None:
    policy = load(TABLE, env={"GATING_TOOLS_PRE_COMMIT_NEED": "ci"})
    assert policy.origin("tools", "git", "version") == Origin(
        source="table", key_path=("tools", "git", "version"), file="pyproject.toml", line=6, column=7
    )
    assert str(policy.origin("tools", "pre-commit", "version")) == "pyproject.toml:7:26"
    assert policy.origin("tools", "pre-commit", "need") == Origin(
        source="environment", key_path=("tools", "pre-commit", "need"), variable="GATING_TOOLS_PRE_COMMIT_NEED"
    )
    assert str(policy.origin("tools", "git", "need")) == "default"
    assert len(policy.origins) == len(list(policy.origins))


def test_a_requirement_points_at_its_value_or_at_the_header_of_its_table(load: Load) -> None:
    policy = load(TABLE, overrides={"tools.new": "*"})
    assert [str(policy.source("tools", name)) for name in ("git", "pre-commit", "g++")] == [
        "pyproject.toml:6:7",
        "pyproject.toml:7:14",
        "pyproject.toml:8:20",
    ]
    assert policy.source("tools", "new") is None
    assert policy.source("gates", "docs") is None


@pytest.mark.parametrize(
    ("variable", "value", "path", "expected"),
    [
        ("GATING_TOOLS_GIT", ">=2.40", ("tools", "git", "version"), ">=2.40"),
        ("GATING_TOOLS_GIT_VERSION", ">=2.41", ("tools", "git", "version"), ">=2.41"),
        ("GATING_TOOLS_PRE_COMMIT_NEED", "OPTIONAL", ("tools", "pre-commit", "need"), "optional"),
        ("GATING_TOOLS_G___TIMEOUT", "2.5", ("tools", "g++", "timeout"), 2.5),
        ("GATING_TOOLS_GIT_ANY_OF", "git, hub", ("tools", "git", "any_of"), ("git", "hub")),
        ("GATING_TOOLS_GIT_COMMAND", '["git", "a,b"]', ("tools", "git", "command"), ("git", "a,b")),
        ("GATING_TOOLS_GIT_OK_CODES", "0, 3", ("tools", "git", "ok_codes"), (0, 3)),
        ("GATING_TOOLS_GIT_REMEDY", "apt install git", ("tools", "git", "remedy"), ("apt install git",)),
        ("GATING_COVERAGE_PATHS_SRC___PY", "12.5", ("coverage", "paths", "src/*.py"), Decimal("12.5")),
        ("GATING_COVERAGE_SOURCE", '["a", "b"]', ("coverage", "source"), ("a", "b")),
        ("GATING_COVERAGE_SOURCE", "", ("coverage", "source"), ()),
        ("GATING_METRICS_KEEP_SIZE", "1 kB", ("metrics", "keep", "size"), 1000),
        ("GATING_METRICS_RECORD", "tests,GATES", ("metrics", "record"), ("tests", "gates")),
        ("GATING_LEDGER", "off", ("ledger",), "off"),
    ],
)
def test_a_variable_sets_the_key_that_it_names(
    load: Load, variable: str, value: str, path: tuple[str, ...], expected: object
) -> None:
    policy = load(TABLE, env={variable: value})
    found: object = policy
    for key in path:
        found = found[key] if isinstance(found, dict) else getattr(found, key)
    assert found == expected
    assert policy.notes == ()


def test_a_variable_that_nobody_knows_is_a_note(load: Load) -> None:
    env = {"GATING_MOED": "strict", "GATING_TOOLS_HG": "*", "GATING_RUN": "x", "GATING_CACHE": "y", "OTHER": "z"}
    assert load(TABLE, env=env).notes == (
        "GATING_MOED is set, but no such variable is known; did you mean GATING_MODE?",
        "GATING_TOOLS_HG is set, but no such variable is known; did you mean GATING_TOOLS_GIT?",
    )


def test_two_keys_with_one_variable_are_a_mistake_where_it_is_set(load: Load, problems: Problems) -> None:
    table = '[tool.gating.tools]\npre-commit = "*"\npre_commit = "*"\n'
    assert set(load(table).tools) == {"pre-commit", "pre_commit"}
    (problem,) = problems(table, env={"GATING_TOOLS_PRE_COMMIT": ">=1"})
    assert problem.place == "GATING_TOOLS_PRE_COMMIT"
    assert problem.message == "names tools.pre-commit and tools.pre_commit alike"


def test_arguments_take_values_of_python_and_whole_tables(load: Load) -> None:
    policy = load(
        TABLE,
        overrides={
            'tools."g++".any-of': ("g++", "clang++"),
            "tools.git": {"need": "ci", "timeout": 3},
            "tools.make": ">=4",
            "gates": {"docs": {"run": ["mkdocs", "build"], "env": {"CI": "1"}}},
            "coverage": {"fail-under": Decimal("99.99"), "paths": {"x/*": 1}},
            "ledger": Path("runs.db"),
        },
    )
    assert policy.tools["g++"].any_of == ("g++", "clang++")
    assert (policy.tools["git"].version, policy.tools["git"].need, policy.tools["git"].timeout) == (">=2.30", "ci", 3)
    assert policy.tools["make"].version == ">=4"
    assert policy.gates["docs"].run == ("mkdocs", "build")
    assert policy.gates["docs"].env == {"CI": "1"}
    assert policy.coverage.fail_under == Decimal("99.99")
    assert policy.coverage.paths == {"src/*.py": Decimal("95.5"), "x/*": 1}
    assert policy.ledger == "runs.db"


def test_a_name_whose_quote_does_not_end_is_one_key(problems: Problems) -> None:
    (problem,) = problems(TABLE, overrides={'tools."g++.need': "ci"})
    assert problem.place == 'argument tools."g++.need'
    assert problem.message.endswith("is no known key")


def test_what_is_wrong_outside_the_file_follows_what_is_wrong_in_it(problems: Problems) -> None:
    found = problems(
        '[tool.gating.coverage]\nfail-under = 101\n[tool.gating]\nmoed = "x"\n',
        env={"GATING_MODE": "x", "GATING_COVERAGE_FAIL_UNDER": ""},
        overrides={"coverage.fail-undr": 1, "tools.a/b": "*", "tools": 3, "coverage.source": [1], "": 1},
    )
    assert [problem.place for problem in found] == [
        "pyproject.toml:2:14",
        "pyproject.toml:4:1",
        "GATING_COVERAGE_FAIL_UNDER",
        "GATING_MODE",
        "argument coverage.source",
        "argument tools.a/b",
        "argument coverage.fail-undr",
        "argument tools",
        "argument ",
    ]
    assert found[6].nearest == "fail-under"


def test_a_value_of_the_table_is_checked_although_another_wins(problems: Problems) -> None:
    (problem,) = problems('[tool.gating]\nmode = "strct"\n', env={"GATING_MODE": "strict"})
    assert problem.place == "pyproject.toml:2:8"


def test_a_policy_for_another_gating_is_told_before_anything_else(problems: Problems) -> None:
    table = '[tool.gating]\nnew = 1\nmode = 3\nrequires = ">=99"\n[tool.gating.new-table]\nx = 1\n'
    (problem,) = problems(table, env={"GATING_MODE": "x"})
    assert problem.place == "pyproject.toml:4:12"
    assert problem.message.startswith("this policy is for gating >=99, and this is gating ")
    assert problem.allowed == "a gating that fits: python -m pip install -U 'gating>=99'"
    (problem,) = problems("[tool.gating]\nnew = 1\n", env={"GATING_REQUIRES": "<0.0.1"})
    assert problem.place == "GATING_REQUIRES"
    (problem,) = problems("[tool.gating]\nnew = 1\n", overrides={"requires": "<0.0.1"})
    assert problem.place == "argument requires"


def test_a_requires_that_is_met_or_no_specifier_lets_the_rest_be_read(load: Load, problems: Problems) -> None:
    assert load('[tool.gating]\nrequires = ">=0.1,!=0.0.5"\n').requires == ">=0.1,!=0.0.5"
    assert load('[tool.gating]\nrequires = "*"\n').requires == ""
    assert [problem.place for problem in problems('[tool.gating]\nrequires = "new"\nx = 1\n')] == [
        "pyproject.toml:2:12",
        "pyproject.toml:3:1",
    ]
    assert [problem.place for problem in problems("[tool.gating]\nrequires = 3\n")] == ["pyproject.toml:2:12"]


def test_the_mode_is_resolved_by_the_environment_that_is_named(load: Load) -> None:
    assert load("").resolved_mode({}) == "lenient"
    assert load("").resolved_mode({"CI": "true"}) == "strict"
    assert load("").resolved_mode({"CI": "false"}) == "lenient"
    assert load(TABLE).resolved_mode({"CI": "true"}) == "lenient"


def test_the_policy_knows_its_project_and_its_content(load: Load, project: Path) -> None:
    policy = load(TABLE)
    assert (policy.project, policy.root, policy.file) == ("demo", project, project / "pyproject.toml")
    assert policy.digest is not None
    assert len(policy.digest) == 64
    assert policy.digest != load(TABLE + "# more\n").digest
    assert load("[project]\nname = 3\n" + TABLE.partition("\n[")[2].join(["[", ""])).project == project.name


def test_a_policy_can_be_handed_to_another_process(load: Load) -> None:
    policy = load(TABLE, env={"GATING_MODE": "strict"})
    copy = pickle.loads(pickle.dumps(policy))
    assert copy == policy
    assert copy.origin("tools", "git", "version") == policy.origin("tools", "git", "version")


def test_an_ordinary_policy_loads_none_of_the_heavy_modules(load: Load, project: Path) -> None:
    load(TABLE + "[tool.gating.optional]\ntorch = \"torch[cuda]>=2.2; sys_platform == 'linux'\"\n")
    code = (
        "import sys; from gating.policy import load_policy; load_policy(sys.argv[1], env={'GATING_RUN': 'x'});"
        "print(*{'packaging', 'difflib', 'json', 'importlib.metadata', 'subprocess', 'hashlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, project], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_what_is_wrong_without_any_file_is_said_too(project: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(project, env={"GATING_MODE": "x"}, overrides={"gates.docs.need": "ci", "optional.a b": "x"})
    assert [(problem.place, problem.message) for problem in caught.value.problems] == [
        ("GATING_MODE", "mode is 'x', not one of auto, strict, lenient"),
        ("argument optional.a b", "optional.\"a b\" is called 'a b', not a distribution's name"),
        ("argument gates.docs.need", "gates.docs has no run"),
    ]
