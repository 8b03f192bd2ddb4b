"""Whatever stands in the file: a policy, or an error that says where. Never another exception."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gating.errors import PolicyError
from gating.policy import Policy, load_policy
from gating.policy.explain import as_dict, explain_text
from gating.policy.model import POLICY
from gating.policy.tables import Map, Table

VALID = """\
[project]
name = "demo"

[tool.gating]
mode = "auto"
ledger = ".gating/ledger.db"
requires = ">=0.1"

[tool.gating.tools]
git = ">=2.30"
pre-commit = { version = ">=3.7", need = "ci", remedy = "pip install pre-commit" }
make = { any-of = ["gmake", "make"], ok-codes = [0, 2], timeout = 2.5, links = ["https://example.org"] }
hadolint = { command = ["hadolint", "-v"], pattern = 'Linter (\\d\\S+)', when = "os_name == 'posix'" }

[tool.gating.optional]
torch = { requires = "torch>=2.2", extra = "train", fallback = "shim", names = ["Tensor"] }

[tool.gating.needs]
"tests/*::*" = ["torch"]

[tool.gating.coverage]
fail-under = 90.5
paths = { "src/*" = 100 }

[tool.gating.metrics]
keep = { runs = 50, days = 90, size = "200 MB" }
budgets.tests = { peak-memory = "2 GB", wall = "10 min" }

[[tool.other]]
x = 1

[tool.gating.gates.docs]
run = ["mkdocs", "build", "--strict"]
optional = ["torch"]
env = { A = "b" }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("malformed")
    (made / ".git").mkdir()
    return made


def outcome(
    folder: Path,
    content: bytes,
    *,
    name: str = "pyproject.toml",
    env: dict[str, str] | None = None,
    overrides: dict[str, Any] | None = None,
) -> Policy | PolicyError:
    """Load what is given, and hold what is said to what is promised."""
    (folder / name).write_bytes(content)
    try:
        policy = load_policy(folder, env=env or {}, overrides=overrides, file=folder / name)
    except PolicyError as error:
        hold(error, name, env or {})
        return error
    explain_text(policy).encode()
    json.dumps(as_dict(policy), allow_nan=False)
    assert all(policy.origin(*path).source != "default" for path in policy.origins)
    return policy


def hold(error: PolicyError, name: str, env: dict[str, str]) -> None:
    assert error.exit_code == 2
    assert error.problems
    str(error).encode()
    for problem in error.problems:
        if problem.line is None:
            assert problem.file in env or problem.file.startswith("argument ")
        else:
            assert problem.file == name
            assert problem.line >= 1
            assert problem.text is not None
            assert problem.column is not None
            assert 1 <= problem.column <= len(problem.text) + 1


def test_what_the_mutations_start_from_is_valid(folder: Path) -> None:
    assert isinstance(outcome(folder, VALID.encode()), Policy)


@given(content=st.binary(max_size=200))
def test_random_bytes(folder: Path, content: bytes) -> None:
    outcome(folder, content)
    outcome(folder, b"[tool.gating]\n" + content)


@given(text=st.text(max_size=200), name=st.sampled_from(["pyproject.toml", "gating.toml"]))
def test_random_text(folder: Path, text: str, name: str) -> None:
    outcome(folder, b"[tools]\n" + text.encode(), name=name)


FRAGMENTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["[", "]", "{", "}", "=", ".", ",", "#", "\\", "'", '"', "'''", '"""', "\n", "\ufeff", "nan", "1e999"]
    ),
    st.sampled_from(["[tool.gating]", "tool.gating = 1", "0x" + "f" * 4000, "9" * 4400, "[" * 2000]),
)


@given(data=st.data())
def test_mutated_policies(folder: Path, data: st.DataObject) -> None:
    text = VALID
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(FRAGMENTS) + text[end:]
    outcome(folder, text.encode())


# --- tables that are TOML and no policy

WORDS = sorted(
    {key for kind in [POLICY] for key in kind.entries} | {"git", "torch", "version", "run", "", "a/b", "é", "a b"}
)
LEAVES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["auto", ">=1", "off", "torch>=2", "200 MB", "10 min", "(x)", "https://x", "*"]),
    st.integers(),
    st.sampled_from([2**63, 10**300, -1, 0, 255]),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda below: st.one_of(
        st.lists(below, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=4)), below, max_size=3),
    ),
    max_leaves=8,
)


def shaped(kind: Any) -> st.SearchStrategy[Any]:
    """Values that look like what a kind takes, down to the leaves, or do not."""
    if isinstance(kind, Table):
        right = st.fixed_dictionaries({}, optional={key: shaped(each.kind) for key, each in kind.entries.items()})
    elif isinstance(kind, Map):
        right = st.dictionaries(
            st.sampled_from(["git", "torch", "x.y", "src/*", "é", ""]), shaped(kind.item), max_size=2
        )
    else:
        right = LEAVES
    return st.one_of(right, right, right, VALUES)


def toml(value: Any) -> str:
    """A value as TOML on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + "".join(f"\\U{ord(mark):08x}" if not mark.isalnum() else mark for mark in value) + '"'
        case int():
            return hex(value) if value >= 0 else str(value)
        case float():
            return (
                "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf") if math.isinf(value) else repr(value)
            )
        case dt.date() | dt.time():
            return value.isoformat()
        case list():
            return f"[{', '.join(map(toml, value))}]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(each)}" for key, each in value.items()) + "}"
    raise TypeError(value)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(table=shaped(POLICY), name=st.sampled_from(["pyproject.toml", "gating.toml"]))
@example(table=[[[]]], name="pyproject.toml")
def test_random_tables(folder: Path, table: Any, name: str) -> None:
    if name == "pyproject.toml":
        outcome(folder, f"tool.gating = {toml(table)}\n".encode(), name=name)
    elif isinstance(table, dict):
        outcome(folder, "".join(f"{toml(key)} = {toml(value)}\n" for key, value in table.items()).encode(), name=name)


VARIABLES = st.sampled_from(
    [
        "MODE",
        "LEDGER",
        "REQUIRES",
        "COVERAGE_FAIL_UNDER",
        "COVERAGE_SOURCE",
        "COVERAGE_PATHS_SRC__",
        "TOOLS_GIT",
        "TOOLS_MAKE_ANY_OF",
        "TOOLS_MAKE_TIMEOUT",
        "TOOLS_HADOLINT_COMMAND",
        "TOOLS_HADOLINT_PATTERN",
        "METRICS_RECORD",
        "METRICS_KEEP_SIZE",
        "METRICS_BUDGETS_TESTS_WALL",
        "GATES_DOCS_RUN",
        "GATES_DOCS_OPTIONAL",
        "GATES_DOCS_ENV_A",
        "NEEDS_TESTS_____",
        "X",
    ]
).map("GATING_{}".format)
# what a process can find in its environment: any bytes but NUL, decoded as Python does
FROM_OUTSIDE = st.one_of(
    TEXTS,
    st.binary(max_size=8).map(lambda raw: raw.replace(b"\0", b"").decode(errors="surrogateescape")),
    st.sampled_from(["[", "[1]", '["a"]', "[" * 5000, "9" * 5000, "a,b,", "é"]),
)
KEYS = st.one_of(
    TEXTS,
    st.sampled_from(["mode", "tools.git", "tools", "gates.docs.run", "coverage.fail-under", 'tools."a.b".need']),
)


@given(env=st.dictionaries(VARIABLES, FROM_OUTSIDE, max_size=4))
def test_random_variables(folder: Path, env: dict[str, str]) -> None:
    outcome(folder, VALID.encode(), env=env)


@given(
    overrides=st.dictionaries(KEYS, st.one_of(VALUES, st.none(), st.fractions(), st.binary()), max_size=3),
)
def test_random_arguments(folder: Path, overrides: dict[str, Any]) -> None:
    outcome(folder, VALID.encode(), overrides=overrides)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 100_000,
        "x = " + "{a=" * 5000,
        "x = " + "[" * 50_000 + "]" * 50_000,
        "a." * 3000 + "a = 1",
        "[" + "a." * 3000 + "a]",
        "[tool.gating]\nmode = " + "[" * 90 + "]" * 90,
        "[tool.gating.tools.x]\npattern = '" + "(" * 5000 + ")" * 5000 + "'",
        "[tool.gating.tools.x]\npattern = '(a{99999999999})'",
        "[tool.gating.tools]\nx = '" + "a" * 100_000 + "'",
        "[tool.gating.tools]\nx = '>=1" + ",>=1" * 20_000 + "'",
        "[tool.gating.optional]\nx = '" + "a" * 100_000 + "!'",
        "[tool.gating.tools.x]\nwhen = '" + "(" * 400 + "'",
        "[tool.gating.tools.x]\nwhen = '" + "(" * 200 + 'os_name == "posix"' + ")" * 200 + "'",
        "[tool.gating]\ncoverage.fail-under = 0x" + "f" * 9000,
        "[tool.gating]\nmoed = 9999-12-31T23:59:60Z",
        "[tool]\ngating = 1979-05-27",
        "[[tool.gating]]\n[[tool.gating]]\n",
        "tool = 1",
        "[project]\nname = {}\n[tool.gating]\n",
    ],
    ids=lambda text: text[:30],
)
def test_what_was_made_to_hurt(folder: Path, text: str) -> None:
    outcome(folder, text.encode())
