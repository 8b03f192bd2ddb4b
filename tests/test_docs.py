"""README and docs/ say what the code has: every policy, document, link, command, flag, variable and table in them."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import gating
from gating import errors
from gating.ledger.schema import MIGRATIONS
from gating.policy import load_policy
from gating.policy.given import variable_name
from gating.policy.kinds import Kind
from gating.policy.load import RESERVED
from gating.policy.model import POLICY
from gating.policy.tables import Map, Table
from gating.process.command import probe_environment
from gating.tasks import ns
from gating.verdict import Evidence, Mode, Need, State, judge
from tests.pages import PAGES, ROOT, Block, blocks, inline_code

SCHEMAS = [json.loads(path.read_text()) for path in (ROOT / "gating" / "schemas").glob("*-[0-9].json")]
REGISTRY: Registry[Any] = Registry().with_resources((one["$id"], Resource.from_contents(one)) for one in SCHEMAS)
NAME = r"[A-Z0-9_]+?"  # of a tool, a gate: what a policy's writer chooses


def text_of(page: str) -> str:
    return PAGES[page].read_text(encoding="utf-8")


def test_the_quick_start_has_two_code_lines() -> None:
    (quick,) = [part for part in re.split(r"^## ", text_of("README.md"), flags=re.MULTILINE) if part[:5] == "Quick"]
    fenced = "\n".join(re.findall(r"^```\w*\n(.*?)^```$", quick, re.MULTILINE | re.DOTALL))
    assert [line for line in fenced.splitlines() if line.strip() and not line.startswith("#")] == [
        "python -m pip install -e . && inv preflight",
        "python -m pip install nox && nox -s tests",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_no_line_names_a_folder_of_somebodys_machine(page: str) -> None:
    folders = r"/(?:root|work|tmp|home|Users)\b|[A-Z]:\\|\.pyenv/versions"
    assert [line for line in text_of(page).splitlines() if re.search(folders, line)] == []


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_relative_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
            assert anchor in slugs, target


def test_every_page_can_be_reached_from_the_readme() -> None:
    measured = "docs/benchmarks.md"  # by `nox -s bench`, for whoever looks for it
    assert [
        page for page in PAGES if page not in {"README.md", measured} and f"]({page})" not in text_of("README.md")
    ] == []


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_every_policy_is_valid(block: Block, tmp_path: Path) -> None:
    assert "gating" in tomllib.loads(block.text)["tool"]
    (tmp_path / "pyproject.toml").write_text(block.text)
    assert load_policy(tmp_path, env={}).shown == "pyproject.toml"


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_every_document_is_valid(block: Block) -> None:
    document = json.loads(block.text)
    name = "urn:" + document["schema"].replace(".", ":").replace("/", ":")
    validator = Draft202012Validator(REGISTRY.contents(name), registry=REGISTRY)
    assert [error.message for error in validator.iter_errors(document)] == []


def test_every_document_has_an_example_and_its_file() -> None:
    shown = {json.loads(block.text)["schema"] for block in blocks("json")}
    assert shown == {schema["properties"]["schema"]["const"] for schema in SCHEMAS}
    for name in shown:
        file = name.removeprefix("gating.").replace("/", "-") + ".json"
        assert re.search(rf"^\| `{re.escape(name)}` \| .* \| `{file}` \|$", text_of("docs/json.md"), re.MULTILINE), name


@pytest.mark.parametrize("block", [each for each in blocks("python", "toml", "yaml") if each.shows], ids=str)
def test_a_shown_file_is_the_file(block: Block) -> None:
    assert block.text == (ROOT / str(block.shows)).read_text(encoding="utf-8")


def shown_commands() -> Iterator[tuple[str, list[str]]]:
    """Every call of `inv` or `gating` in blocks and in prose: where it stands, and its words."""
    for block in blocks("console", "yaml"):
        for line in re.findall(r"(?:^\$ |^|&& |run: )((?:inv|gating) .*)$", block.text, re.MULTILINE):
            yield str(block), shlex.split(re.split(r" && | +#", line)[0])
    for page in PAGES:
        yield from ((page, shlex.split(code)) for code in inline_code(page) if re.match(r"(?:inv|gating) [\w-]", code))


def flags_by_task() -> dict[str, set[str]]:
    """The flags of each task, and of invoke itself by no name."""
    found = {"": {"--list", "--help", "--version", "--"}}
    for context in ns.to_contexts():
        found[str(context.name)] = {flag for flag in context.flags if flag.startswith("--")} | {"--help", "--"}
    return found


def test_every_command_that_is_shown_exists() -> None:
    known = flags_by_task()
    shown = list(shown_commands())
    assert {words[1] for _, words in shown} >= {"preflight", "gate", "explain", "init", "ledger.runs", "ledger.show"}
    for place, words in shown:
        task = ""
        for word in words[1:]:
            if word.removeprefix("gating.") in known:
                task = word.removeprefix("gating.")
            elif word.startswith("-"):
                assert word.partition("=")[0] in known[task], f"{place}: {shlex.join(words)}"
            else:
                assert task, f"{place}: {shlex.join(words)}"
            if word == "--":
                break


@pytest.mark.parametrize("page", PAGES)
def test_every_flag_that_is_named_exists(page: str) -> None:
    ours = set.union(*flags_by_task().values())
    others = {
        "--no-install",
        "--install-only",
        "--no-index",
        "--no-header",
        "--strict-markers",
    }  # of nox, pip and pytest
    others |= set(re.findall(r'"(--gating-[\w-]+)"', (ROOT / "gating" / "pytest_plugin.py").read_text()))
    named = {code.split()[0].partition("=")[0] for code in inline_code(page) if code.startswith("--")}
    assert named - ours - others == set()


def variables(kind: Kind[Any], path: tuple[str, ...] = ()) -> Iterator[str]:
    """A pattern for the variable of each key."""
    if isinstance(kind, Map):
        yield from variables(kind.item, (*path, "NAME"))
    if isinstance(kind, Table):
        for key, each in kind.entries.items():
            yield from variables(each.kind, (*path, key))
    if path and (not isinstance(kind, Table | Map) or getattr(kind, "shorthand", None)):
        yield variable_name(path).replace("NAME", NAME)


@pytest.mark.parametrize("page", PAGES)
def test_every_variable_of_gating_that_is_named_exists(page: str) -> None:
    known = [*RESERVED, *variables(POLICY)]
    named = re.findall(r"\bGATING_[A-Z_]+", text_of(page))
    assert [name for name in named if not any(re.fullmatch(pattern, name) for pattern in known)] == []


def test_every_variable_that_is_read_or_set_is_described() -> None:
    page = text_of("docs/environment.md")
    sources = [path.read_text(encoding="utf-8") for path in Path(gating.__file__).parent.rglob("*.py")]
    read = {name for text in sources for name in re.findall(r"\benv(?:iron)?(?:\.get\(|\[)\"(\w+)\"", text)}
    services = next(
        found[1] for text in sources if (found := re.search(r"^_CI_SERVICES = \((.*)\)$", text, re.MULTILINE))
    )
    read |= set(re.findall(r'"(\w+)"', services))
    given = set(probe_environment({}, "mark"))
    taken = {name for name in re.findall(r"`(\w+)`", page) if name not in probe_environment({name: "1"}, "mark")}
    assert len(read) > 15
    assert sorted(name for name in {*read, *given, *RESERVED} if f"`{name}`" not in page) == []
    told, _, away = page.partition("## What a probed tool is given")[2].partition("`CLICOLOR_FORCE`")
    assert set(re.findall(r"`(\w+)`", told)) == given
    assert taken == {"CLICOLOR_FORCE", "FORCE_COLOR", *re.findall(r"`(PYTHON\w+)`", away)}


ROWS = {
    "ok": [(State.OK, True), (State.OK, False)],
    "absent, outdated, broken, impostor": [
        (state, asked)
        for state in (State.ABSENT, State.OUTDATED, State.BROKEN, State.IMPOSTOR)
        for asked in (True, False)
    ],
    "unknown, and a version was asked for": [(State.UNKNOWN, True)],
    "unknown, and none was asked for": [(State.UNKNOWN, False)],
}
COLUMNS = [(Need.ALWAYS, Mode.LENIENT), (Need.CI, Mode.LENIENT), (Need.CI, Mode.STRICT), (Need.OPTIONAL, Mode.STRICT)]


@pytest.mark.parametrize("page", ["README.md", "docs/tools.md"])
def test_the_table_of_states_and_needs_is_the_one_that_judges(page: str) -> None:
    (table,) = re.findall(r"^\| state \| need = always .*\n\|[- |]+\|\n((?:\|.*\n)+)", text_of(page), re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert [row[0] for row in rows] == list(ROWS)
    for name, *outcomes in rows:
        for outcome, (need, mode) in zip(outcomes, COLUMNS, strict=True):
            for state, asked in ROWS[name]:
                assert judge(state, need, mode, version_asked=asked) == outcome, (name, need, mode)


def test_every_state_and_evidence_is_explained() -> None:
    for word in (*State, *Evidence):
        assert f"\n| `{word}` | " in text_of("docs/tools.md")


def test_the_exit_codes_are_those_of_the_errors() -> None:
    for code in (0, 1, errors.EXIT_USAGE, errors.EXIT_BROKEN, errors.EXIT_INTERRUPTED):
        assert f"\n| {code} | " in text_of("docs/exit-codes.md")
        assert f"**{code}** " in text_of("README.md")


def test_the_columns_of_the_ledger_are_those_of_its_tables() -> None:
    page = text_of("docs/ledger.md")
    for statement in (one for step in MIGRATIONS for one in step):
        for table in re.findall(r"CREATE TABLE (\w+)", statement):
            rows = re.findall(r"^    (\w+) +(?:TEXT|INTEGER|REAL)\b.*?-- (.*)$", statement, re.MULTILINE)
            assert rows
            lines = "\n".join(f"| `{column}` | {comment} |" for column, comment in rows)
            assert f"### `{table}`\n\n| column | holds |\n| --- | --- |\n{lines}\n" in page
