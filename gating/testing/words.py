"""Words: the sentences that pytest prints of a dependency, each where its readers look for the cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gating.optional.wording import calm, mending, told

if TYPE_CHECKING:
    import pytest

    from gating.testing.dependencies import Dependency

__all__ = ["error_of_need", "lines_of_conftest", "looked_for", "mended", "undeclared"]


def error_of_need(one: Dependency) -> str:
    """Why a test fails that needs `one`, which the policy lets nothing stand in for."""
    remedy = mended(one)
    return f'{one.reason}, and its fallback is "fail"' + (f"\nto mend it: {remedy}" if remedy else "")


def mended(one: Dependency) -> str | None:
    """The commands that mend it, None for one that is only made to look absent."""
    return None if one.hidden else mending(one.availability)


def looked_for(report: pytest.TestReport, tried: Sequence[Dependency]) -> None:
    """Have a failed report name what was looked for in vain: it may be the cause, and is not known to be."""
    longrepr: Any = report.longrepr
    if tried and hasattr(longrepr, "addsection"):
        lines = [*map(told, (one.availability for one in tried)), "it was looked for while this ran, and may be why"]
        longrepr.addsection("optional dependencies", "\n".join(map(calm, lines)))


def undeclared(report: pytest.TestReport | pytest.CollectReport, nodeid: str, found: Sequence[Dependency]) -> None:
    """Have a failed report say what was reached unsaid: in its line of pytest's summary, and below its error."""
    names = ", ".join(one.name for one in found)
    message = f"undeclared need: {names} ({nodeid})"
    longrepr: Any = report.longrepr
    if (crash := getattr(longrepr, "reprcrash", None)) is not None:
        crash.message = message
    lines = [message, *(told(one.availability) for one in found)]
    lines += [f"to mend it: {remedy}" for one in found if (remedy := mended(one))]
    needs = ", ".join(f'"{one.name}"' for one in found)
    lines.append(f"if the test cannot do without it: @pytest.mark.needs({needs}), or a line in [tool.gating.needs]")
    text = "\n".join(map(calm, lines))
    if hasattr(longrepr, "addsection"):
        longrepr.addsection("undeclared need", text)
    else:
        report.longrepr = f"{text}\n\n{longrepr}" if longrepr else text  # pytest's summary takes the first line


def lines_of_conftest(found: Sequence[Dependency]) -> list[str]:
    """What is said where pytest cannot start, since a conftest.py imports what is absent."""
    names = ", ".join(one.name for one in found)
    lines = [
        f"a conftest.py reaches {names} when it is imported, and without it pytest cannot start",
        *(told(one.availability) for one in found),
        *(f"to mend it: {remedy}" for one in found if (remedy := mended(one))),
        "to do without it: import it in the fixture that uses it, or try the import and take the ImportError",
    ]
    return [calm(line) for line in lines]
