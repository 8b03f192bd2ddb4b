"""Load the policy: find it, read it, put arguments and variables over it, and name every mistake at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gating.environ import ABSENT, CACHE, DEBUG, LIVE, NEED_SET, OFFLINE, OUTCOMES, PROBE_MARK, RUN, SHIMMED
from gating.errors import PolicyError, Problem
from gating.policy.document import Document
from gating.policy.find import find, open_file, start_folder
from gating.policy.model import POLICY, Policy
from gating.policy.origins import Origins
from gating.policy.reading import Cursor, Given, KeyPath, Mistake, Reading
from gating.policy.requires import unmet

__all__ = ["RESERVED", "load_policy"]

# variables of gating's own, which are no keys of the policy
RESERVED = frozenset({ABSENT, CACHE, DEBUG, LIVE, NEED_SET, OFFLINE, OUTCOMES, PROBE_MARK, RUN, SHIMMED})

_NO_POLICY = (
    "no gating.toml and no [tool.gating] table was found here or above, so the defaults apply; "
    "`gating init` writes a policy"
)


def load_policy(
    start: str | os.PathLike[str] | None = None,
    *,
    overrides: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    file: str | os.PathLike[str] | None = None,
) -> Policy:
    """Load the policy that holds for the folder `start`, by default the current one.

    `overrides` are arguments by dotted key (`{"coverage.fail-under": 90}`; None is not given); they win over
    the `GATING_*` variables of `env` (by default the process's own), those over the file, the file over the
    defaults. `file` names a policy file and skips the search. Where there is no policy all values are defaults,
    and `Policy.notes` says so.

    Raises PolicyError with every mistake that was found, those of the file in its order and then those of
    variables and arguments; UsageError where `start` or `file` does not exist.
    """
    env = os.environ if env is None else env
    folder = start_folder(start)
    document, root, project = find(folder, env) if file is None else open_file(os.fspath(file), folder)
    table = document.table if document is not None and document.table is not None else {}
    outside = _Outside(overrides or {}, env)
    _judge_requires(document, table, outside)

    given, mistakes, notes = outside.read(table)
    reading = Reading(given)
    policy = POLICY.read(table, Cursor(reading))
    mistakes = [*reading.mistakes, *mistakes]
    if mistakes or policy is None:
        raise PolicyError(_problems(mistakes, document))
    return replace(
        policy,
        file=Path(document.path) if document else None,
        shown=document.shown if document else None,
        root=Path(root),
        project=_project_name(project) or os.path.basename(root),
        notes=notes if document and document.table is not None else (_NO_POLICY, *notes),
        origins=Origins(document, reading.origins),
        content=document.content if document else None,
    )


class _Outside:
    """What is given from outside the file. Usually it is nothing, and then nothing is loaded to read it."""

    def __init__(self, overrides: Mapping[str, object], env: Mapping[str, str]) -> None:
        self._overrides = {key: value for key, value in overrides.items() if value is not None}
        self._variables = {key: env[key] for key in env if key.startswith("GATING_") and key not in RESERVED}

    def requires(self) -> Given | None:
        """The `requires` that is given, before anything is checked."""
        if "requires" in self._overrides:
            return Given("argument", "requires", self._overrides["requires"])
        variable = "GATING_REQUIRES"
        return Given("environment", variable, self._variables[variable]) if variable in self._variables else None

    def read(self, table: Any) -> tuple[Mapping[KeyPath, Given], list[Mistake], tuple[str, ...]]:
        """What is given by key, arguments over variables; the mistakes in the names; notes on unknown variables."""
        if not self._overrides and not self._variables:
            return {}, [], ()
        from gating.policy.given import arguments, variables

        from_variables, ambiguous, notes = variables(self._variables, table)
        from_arguments, unknown = arguments(self._overrides)
        return {**from_variables, **from_arguments}, [*ambiguous, *unknown], notes


def _judge_requires(document: Document | None, table: Any, outside: _Outside) -> None:
    """Refuse a policy that is for another gating, before its other keys are looked at."""
    given = outside.requires()
    in_table = table.get("requires") if isinstance(table, dict) else None
    refused = unmet(given.value if given else in_table)
    if refused is not None:
        message, allowed = refused
        raise PolicyError(_problems([Mistake(("requires",), message, given=given, allowed=allowed)], document))


def _problems(mistakes: list[Mistake], document: Document | None) -> list[Problem]:
    """The mistakes as people are shown them: the file's in its order, then those of variables, of arguments."""
    in_file = [document.problem(each) for each in mistakes if document and each.given is None]
    outside = [
        Problem(file=given.shown, message=each.message, allowed=each.allowed, nearest=each.nearest)
        for source in ("environment", "argument")
        for each in mistakes
        if (given := each.given) is not None and given.source == source
    ]
    return [*sorted(in_file, key=lambda problem: (problem.line or 0, problem.column or 0)), *outside]


def _project_name(document: Document | None) -> str | None:
    project = document.data.get("project") if document else None
    name = project.get("name") if isinstance(project, dict) else None
    return name.strip() if isinstance(name, str) and name.strip() else None
