"""The policy reference: every table and key from the dataclasses, between words written here.

Run as a module (`python -m gating.policy.reference`) it prints the page that is kept in `docs/policy.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

from gating.policy.kinds import Choice, Kind
from gating.policy.lists import Argv, Items
from gating.policy.model import POLICY
from gating.policy.tables import Entry, Map, Table

__all__ = ["reference_markdown"]

_INTRODUCTION = """
# Policy reference

<!-- Printed by `python -m gating.policy.reference`: change that module or gating/policy/model.py, not this page. -->

The policy says what a project's gates need, and what it costs when it is not there. It is the table `[tool.gating]`
of `pyproject.toml`, or a file `gating.toml` with the same tables without the prefix `tool.gating` (`[tools]`).

```toml
[tool.gating]
requires = ">=0.1"

[tool.gating.tools]
git        = ">=2.30"
pre-commit = { version = ">=3.7", need = "ci", remedy = "pip install pre-commit" }
docker     = { version = ">=24", need = "optional", why = "integration tests", when = "sys_platform == 'linux'" }
make       = { any-of = ["gmake", "make"] }
hadolint   = { command = ["hadolint", "-v"], pattern = 'Linter (\\d\\S+)' }

[tool.gating.gates.docs]
run   = ["mkdocs", "build", "--strict"]
tools = ["mkdocs"]
```

**What acts on it today.** `preflight` judges `tools` and `optional`, `gate` runs `gates`, [pytest](pytest.md) heeds
`optional` and `needs`, test runs are measured and judged by `coverage`, and `metrics` says what is
[recorded](metrics.md) of commands and what they may use. A `ledger` in PostgreSQL is not kept yet (see
[ledger](ledger.md)).

`gating init` writes a first policy, `gating explain` prints every value with the place that it came from, and the
JSON schema is `gating/schemas/policy.json` (`validate-pyproject` finds it by itself).

## Where it is looked for

From the current folder upwards, to the first folder that has a `gating.toml`, or a `pyproject.toml` **with** a
`[tool.gating]` table; not past a folder with `.git`, nor past the home folder. Both files in one folder are an error.
Paths in the policy are from the folder that it was found in. Where there is no policy, the defaults hold and a note
says so.

## Which value holds

The first of these that is given:

1. an argument: `--strict`, or `overrides` of `gating.load_policy()`;
2. an environment variable: `GATING_` and the key's path in capitals, every other character as `_`
   (`GATING_MODE`, `GATING_COVERAGE_FAIL_UNDER`; see [environment variables](environment.md));
3. the file;
4. the default.

## When it is wrong

Nothing is checked, and the exit code is 2. Every mistake is named at once, with its line and column, what is allowed,
and the nearest known word:

```text
pyproject.toml:5:8: mode is 'strickt', not one of auto, strict, lenient
    mode = "strickt"
           ^
    did you mean 'strict'?
    allowed: auto, strict, lenient

pyproject.toml:8:7: tools.git is '2.30', not a version specifier
    git = "2.30"
          ^
    did you mean '>=2.30'?
    allowed: a version specifier such as ">=2.30" or ">=3,<4", or "*" for any version

gating: ERROR  2 mistakes in the policy; nothing was checked (exit 2)
```

`requires` is judged before everything else, so that a policy for a later gating is told as just that.
"""

_PROSE = {
    "tool.gating": """
        `mode` decides what an unmet need of `ci` costs: `strict` makes it a failure, `lenient` lets the run degrade,
        and `auto` is `strict` in CI. What each state costs under each need is told in
        [tools](tools.md#what-a-state-costs).
        """,
    "tool.gating.tools.NAME": """
        `NAME` is the name that the tool is called by. A string alone is its `version`. `python` is the judged
        interpreter itself, and with `distribution` a Python distribution is judged by its installed metadata. How a
        tool is found and asked, and what its states are, is told in [tools](tools.md).

        With `command`, its first word is looked for and the others are what it is asked with. Lines of `remedy` that
        begin with `pip`, `python -m pip` or `uv pip` are made to name the judged interpreter.
        """,
    "tool.gating.optional.NAME": """
        A string alone is `requires`. The distribution is judged by its installed metadata in the judged interpreter;
        nothing is imported. A marker in `requires` counts as `when` does.

        ```toml
        [tool.gating.optional]
        rich  = "rich>=13.9"
        torch = { requires = "torch>=2.2", extra = "train", need = "ci" }
        ```
        """,
    "tool.gating.coverage": """
        ```toml
        [tool.gating.coverage]
        source     = ["src/app"]
        fail-under = 92.5
        ```
        """,
    "tool.gating.metrics": "",
    "tool.gating.metrics.keep": "",
    "tool.gating.metrics.budgets.NAME": "",
    "tool.gating.gates.NAME": """
        `inv gate NAME` looks at what the gate needs, runs it, and reads its exit code: 0 passes, one of `findings`
        fails whatever the `need`, and any other end means that it **could not judge**, which costs what `need` says. So
        does a tool or an optional dependency of the gate that is not met; the command is not run then. `tools` may name
        tools that `[tool.gating.tools]` does not have: any version of them will do.

        ```toml
        [tool.gating.gates]
        typing = { run = ["mypy"], tools = ["mypy"], findings = [1] }
        dead   = { run = ["vulture", "src"], tools = ["vulture"], findings = [3], need = "ci" }
        ```
        """,
}

_FORMS = """
## Forms of values

What stands in the second column above, and what may be written there.
"""


def reference_markdown() -> str:
    """The page `docs/policy.md`, ending in a newline."""
    forms: dict[str, str] = {}
    sections = list(_sections(POLICY, "tool.gating", forms))
    rows = [f"| {noun} | {_cell(allowed)} |" for noun, allowed in sorted(forms.items())]
    table = "\n".join(["| form | allowed |", "| --- | --- |", *rows])
    return "\n\n".join([_INTRODUCTION.strip(), *sections, _FORMS.strip(), table]) + "\n"


def _sections(table: Table[Any], path: str, forms: dict[str, str]) -> Iterator[str]:
    """A heading, words and the keys of a table, then the same of each table in it."""
    yield f"## `[{path}]`"
    if prose := dedent(_PROSE[path]).strip():
        yield prose
    rows = [_row(path, each, forms) for each in table.entries.values()]
    yield "\n".join(["| key | value | default | meaning |", "| --- | --- | --- | --- |", *rows])
    for key, each in table.entries.items():
        inner = _inner(each.kind)
        if inner is not None:
            yield from _sections(inner, _below(path, key, each.kind), forms)


def _row(path: str, each: Entry, forms: dict[str, str]) -> str:
    if _inner(each.kind) is not None:
        where = _below(path, each.key, each.kind)
        anchor = "".join(mark for mark in where if mark.isalnum()).lower()
        return f"| `{each.key}` | [a table](#{anchor}) | | {_cell(each.doc)} |"
    return f"| `{each.key}` | {_cell(_value(each.kind, forms))} | {_cell(_default(each))} | {_cell(each.doc)} |"


def _inner(kind: Kind[Any]) -> Table[Any] | None:
    """The table of known keys that a value is, or that each value of a table of free names is."""
    item = kind.item if isinstance(kind, Map) else kind
    return item if isinstance(item, Table) else None


def _below(path: str, key: str, kind: Kind[Any]) -> str:
    return f"{path}.{key}.NAME" if isinstance(kind, Map) else f"{path}.{key}"


def _value(kind: Kind[Any], forms: dict[str, str]) -> str:
    """What may stand there in a few words; the form is noted for the table at the end."""
    if isinstance(kind, Choice):
        return " or ".join(f"`{word}`" for word in kind.words)
    if isinstance(kind, Map):
        return f"a table: {_value(kind.name, forms)} = {_value(kind.item, forms)}"
    if isinstance(kind, Items) and not isinstance(kind, Argv):
        return f"a list: each {_value(kind.item, forms)}"
    if kind.allowed and forms.setdefault(kind.noun, kind.allowed) != kind.allowed:
        return kind.allowed  # the same form with another bound
    return kind.noun


def _default(each: Entry) -> str:
    if each.required:
        return "**must be given**"
    plain = None if each.default is None or isinstance(each.kind, Map) else each.kind.plain(each.default)
    return "" if plain in (None, "", []) else f"`{json.dumps(plain, ensure_ascii=False)}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    print(reference_markdown(), end="")
