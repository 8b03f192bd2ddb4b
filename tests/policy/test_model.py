"""What the tables hold: the design's example to the letter, the defaults, and combinations that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from gating.errors import Problem
from gating.policy import Coverage, Gate, Keep, Metrics, Optional, Policy, Tool
from gating.verdict import Mode, Need

Load = Callable[..., Policy]
Problems = Callable[..., tuple[Problem, ...]]

DESIGN = """\
[tool.gating]
mode = "auto"                        # auto | strict | lenient
ledger = ".gating/ledger.db"         # a path, postgresql://…, or "off"
requires = ">=0.1"                   # of gating itself: judged first, before unknown keys are complained about

[tool.gating.tools]
git        = ">=2.30"
pre-commit = { version = ">=3.7", need = "ci", remedy = "pip install pre-commit" }
docker     = { version = ">=24", need = "optional", why = "integration tests", when = "sys_platform == 'linux'" }
make       = { any-of = ["gmake", "make"] }
hadolint   = { command = ["hadolint", "-v"], pattern = 'Linter (\\d\\S+)' }

[tool.gating.optional]
torch = { requires = "torch>=2.2", extra = "train", fallback = "shim" }       # fallback: shim | skip | fail
hydra = { requires = "hydra-core>=1.3", import = "hydra", need = "ci" }

[tool.gating.coverage]
source = ["src/app"]
fail-under = 90                      # exact: never rounded into passing
reach = ".gating/reach.json"         # what each absence makes unreachable, committed with the project

[tool.gating.metrics]
interval = 1.0                       # seconds
directory = "logs/system_metrics"
record = ["tests", "gates"]          # what is recorded without being asked; default: nothing
keep = { runs = 50, days = 90, size = "200 MB" }

[tool.gating.gates.docs]             # a gate of your own: a command, what it needs, which exit codes mean what
run = ["mkdocs", "build", "--strict"]
tools = ["mkdocs"]
findings = [1]                       # exit codes that mean "it found something"; any other: "it could not judge"
"""


def test_the_example_of_the_design_is_read_to_the_letter(load: Load) -> None:
    policy = load(DESIGN)
    assert (policy.mode, policy.ledger, policy.requires) == (Mode.AUTO, ".gating/ledger.db", ">=0.1")
    assert policy.tools == {
        "git": Tool(version=">=2.30"),
        "pre-commit": Tool(version=">=3.7", need=Need.CI, remedy=("pip install pre-commit",)),
        "docker": Tool(version=">=24", need=Need.OPTIONAL, why="integration tests", when="sys_platform == 'linux'"),
        "make": Tool(any_of=("gmake", "make")),
        "hadolint": Tool(command=("hadolint", "-v"), pattern=r"Linter (\d\S+)"),
    }
    assert policy.optional == {
        "torch": Optional(requires="torch>=2.2", extra="train", fallback="shim"),  # type: ignore[arg-type]
        "hydra": Optional(requires="hydra-core>=1.3", import_name="hydra", need=Need.CI),
    }
    assert policy.coverage == Coverage(source=("src/app",), fail_under=Decimal(90), reach=".gating/reach.json")
    assert policy.metrics == Metrics(
        interval=1.0,
        directory="logs/system_metrics",
        record=("tests", "gates"),  # type: ignore[arg-type]
        keep=Keep(runs=50, days=90, size=200_000_000),
    )
    assert policy.gates == {
        "docs": Gate(run=("mkdocs", "build", "--strict"), tools=("mkdocs",), findings=(1,), timeout=None)
    }
    assert policy.notes == ()


def test_every_other_key_is_read_too(load: Load) -> None:
    policy = load("""
        [tool.gating.tools]
        any = "*"
        mypy = { distribution = "mypy", version = "~=1.8" }
        helm = { timeout = 3, ok-codes = [0, 2], links = ["https://helm.sh"], remedy = ["one", "two"] }
        [tool.gating.optional]
        pandas = "pandas>=2; python_version >= '3.9'"
        numpy = { why = "fast paths" }
        mlflow = { fallback = "shim", shim = "tests.adapters.mlflow", names = ["log_metric", "tracking.Client"] }
        [tool.gating.needs]
        "tests/test_frames.py::*" = ["pandas", "numpy>=1.26"]
        [tool.gating.coverage]
        paths = { "src/core/*" = 99.5 }
        need = "ci"
        [tool.gating.metrics.budgets]
        tests = { peak-memory = "2 GB", wall = "10 min", cpu = 90, need = "ci" }
        [tool.gating.gates.e2e]
        run = ["sh", "-c", "exit 3"]
        optional = ["pandas"]
        findings = []
        timeout = 600
        env = { A = "", B = "x y" }
        cwd = "web"
        need = "ci"
        when = "os_name == 'posix' and platform_machine != 'arm64'"
        remedy = '''
        first line
        second line
        '''
    """)
    assert policy.tools["any"] == Tool()
    assert policy.tools["mypy"] == Tool(distribution="mypy", version="~=1.8")
    assert policy.tools["helm"] == Tool(timeout=3.0, ok_codes=(0, 2), links=("https://helm.sh",), remedy=("one", "two"))
    assert policy.optional["pandas"].requires == "pandas>=2; python_version >= '3.9'"
    assert policy.optional["numpy"] == Optional(requires="numpy", why="fast paths")
    assert (policy.optional["numpy"].fallback, policy.optional["numpy"].need) == ("skip", "optional")
    assert policy.optional["mlflow"].names == ("log_metric", "tracking.Client")
    assert policy.needs == {"tests/test_frames.py::*": ("pandas", "numpy>=1.26")}
    assert policy.coverage.paths == {"src/core/*": Decimal("99.5")}
    budget = policy.metrics.budgets["tests"]
    assert (budget.peak_memory, budget.wall, budget.cpu, budget.need) == (2 * 10**9, 600.0, 90.0, "ci")
    gate = policy.gates["e2e"]
    assert (gate.findings, gate.timeout, gate.env, gate.cwd) == ((), 600.0, {"A": "", "B": "x y"}, "web")
    assert gate.remedy == ("first line", "second line")


@pytest.mark.parametrize(
    ("table", "place", "message"),
    [
        ("tools.x = {distribution = 'x', command = ['x']}", (1, 44), "tools.x.command is for an executable"),
        ("tools.x = {any-of = ['x'], distribution = 'x'}", (1, 24), "tools.x.any-of is for an executable"),
        ("tools.x = {distribution = 'x', pattern = '(x)'}", (1, 44), "tools.x.pattern is for an executable"),
        ("tools.x = {distribution = 'x', ok-codes = [0]}", (1, 44), "tools.x.ok-codes is for an executable"),
        ("tools.python = {version = '>=3.8', any-of = ['p']}", (1, 48), "tools.python.any-of is for an executable"),
        ("optional.x = {shim = 'a.b'}", (1, 27), "optional.x.shim is for a stand-in, and there is none"),
        ("optional.x = {names = ['a'], fallback = 'fail'}", (1, 27), "optional.x.names is for a stand-in"),
        ("gates.x = {tools = ['git']}", (1, 19), "gates.x has no run"),
        ("gates.x = {run = ['x'], optional = ['trch']}", (1, 49), "gates.x.optional[0] is 'trch', which is no key"),
    ],
)
def test_combinations_that_make_no_sense_are_mistakes(
    problems: Problems, table: str, place: tuple[int, int], message: str
) -> None:
    found = problems(f"tool.gating.{table}\n")
    assert [(problem.line, problem.column) for problem in found] == [place]
    assert found[0].message.startswith(message)


def test_a_gate_is_told_the_optional_dependency_that_it_may_have_meant(problems: Problems) -> None:
    table = "[tool.gating]\noptional.torch = {need = 3}\ngates.x = {run = ['x'], optional = ['torch', 'trch']}\n"
    wrong_need, wrong_name = problems(table)
    assert wrong_need.place == "pyproject.toml:2:26"
    assert wrong_name.place == "pyproject.toml:3:46"
    assert (wrong_name.nearest, wrong_name.allowed) == ("torch", "torch")
    (problem,) = problems("[tool.gating]\ngates.x = {run = ['x']}\n", env={"GATING_GATES_X_OPTIONAL": "trch"})
    assert problem.place == "GATING_GATES_X_OPTIONAL"
