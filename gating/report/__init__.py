"""Reports: pure functions from one `Report` to text, JSON, JUnit, Markdown or GitHub annotations.

Message and exit code come from the same value, so whatever the format, a reader finds the same ids, the
same outcomes and, from the verdict of the whole, the same exit code. Each format's module is loaded when it
is asked for.
"""

from __future__ import annotations

from gating.errors import UsageError
from gating.verdict import Report

__all__ = ["FORMATS", "render"]

FORMATS = ("text", "json", "junit", "markdown", "github")


def render(
    report: Report, form: str, *, colour: bool = False, encoding: str | None = None, width: int | None = None
) -> str:
    """`report` in one of `FORMATS`, ending in a newline.

    `colour`, `encoding` and `width` describe the stream that the result is printed to; see
    `gating.report.text.render`. The formats for machines do not look at them.

    Raises `UsageError` for a format that is not one of `FORMATS`.
    """
    if form == "text":
        from gating.report import text

        return text.render(report, colour=colour, encoding=encoding, width=width)
    if form == "json":
        from gating.report import as_json

        return as_json.render(report)
    if form == "junit":
        from gating.report import junit

        return junit.render(report)
    if form == "markdown":
        from gating.report import markdown

        return markdown.render(report, encoding=encoding)
    if form == "github":
        from gating.report import github

        return github.render(report, colour=colour, encoding=encoding, width=width)
    raise UsageError(f"unknown format {form!r}; there are {', '.join(FORMATS)}")
