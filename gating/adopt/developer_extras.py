"""Extras that are for the developers of a project and not for its users, known by their names or their content."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gating.adopt.declared import normalised, parsed_requirement

__all__ = ["is_for_developers"]

# of a name in several parts, such as `test-postgres` and `all-docs`, the first or the last
_PART_FOR_DEVELOPERS = frozenset({"bench", "benchmark", "dev", "doc", "docs", "lint", "test", "testing", "tests"})
_FOR_DEVELOPERS = frozenset(
    """
    bench benchmark benchmarking benchmarks ci cov coverage dev devel develop developer development doc docs
    documentation lint linter linters linting mypy nox pre-commit precommit publish qa release releasing rtd style
    test testing tests tox typecheck typechecking typing
    """.split()  # noqa: SIM905 (a list of forty quoted words is harder to read)
)
# distributions that only work on a project: an extra of nothing else is for its developers
_DEVELOPER_TOOLS = re.compile(
    r"(?:pytest|sphinx|sphinxcontrib|sphinxext|mkdocs|flake8|pylint|mypy|types|tox|nox|coverage|hypothesis)(?:-.*)?"
    r"|asv|autoflake|bandit|basedpyright|black|build|bump2version|bumpversion|check-manifest|codespell|covdefaults"
    r"|docformatter|furo|interrogate|ipdb|isort|myst-parser|numpydoc|pdbpp|pip-tools|pre-commit|pydocstyle|pyflakes"
    r"|pyright|pyroma|pyupgrade|ruff|towncrier|trustme|twine|ty|vulture|yapf"
)


def is_for_developers(extra: str, lines: Sequence[str], *, project: str) -> bool:
    """Whether an extra's name says so, or all that its requirements bring besides the `project` itself."""
    words = normalised(extra).split("-")
    if normalised(extra) in _FOR_DEVELOPERS or {words[0], words[-1]} & _PART_FOR_DEVELOPERS:
        return True
    names = {normalised(one.name) for line in lines if (one := parsed_requirement(line))} - {project}
    return bool(names) and all(_DEVELOPER_TOOLS.fullmatch(name) for name in names)
