"""A wrong policy or a wrong use, reported: text, the document `gating.error/1`, annotations on the policy's lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gating.errors import GatingError, PolicyError, Problem
from gating.report.terminal import Style
from gating.report.words import masked, plain

__all__ = ["ERROR_SCHEMA", "document", "render"]

ERROR_SCHEMA = "gating.error/1"


def render(error: GatingError, form: str, *, colour: bool = False, encoding: str | None = None) -> str:
    """What is wrong, ending in a newline.

    `json` is the document alone; `github` is annotations and then the text; every other format of
    `gating.report.FORMATS` gets the text, as there is nothing that was judged.
    """
    if form == "json":
        from gating.report.as_json import dumps

        return dumps(document(error))
    style = Style(colour=colour, encoding=encoding)
    lines = _annotations(error) if form == "github" else []
    lines += [line for problem in _problems(error) for line in [*_painted(problem, style), ""]]
    lines.append(_last_line(error, style))
    return style.encodable("\n".join(lines) + "\n")


def document(error: GatingError) -> dict[str, object]:
    """The document `gating.error/1`; `problems` is empty where no policy is to blame."""
    return {
        "schema": ERROR_SCHEMA,
        "exit_code": error.exit_code,
        "message": str(error),
        "problems": [problem.as_dict() for problem in _problems(error)],
    }


def _problems(error: GatingError) -> Sequence[Problem]:
    return error.problems if isinstance(error, PolicyError) else ()


def _painted(problem: Problem, style: Style) -> list[str]:
    shown = _shown(problem)
    first, *others = str(shown).split("\n")
    return [style.paint(shown.place, "bold") + first.removeprefix(shown.place), *others]


def _shown(problem: Problem) -> Problem:
    """The problem with all its texts fit to print. The offending line keeps its length: a caret stands under it."""
    return replace(
        problem,
        file=plain(problem.file),
        message=plain(problem.message),
        text=masked(problem.text) if problem.text is not None else None,
        allowed=plain(problem.allowed) if problem.allowed is not None else None,
        nearest=plain(problem.nearest) if problem.nearest is not None else None,
    )


def _annotations(error: GatingError) -> list[str]:
    from gating.report.github import ANNOTATIONS_A_KIND, annotation

    problems = _problems(error)
    if not problems:
        return [annotation("error", plain(str(error)), title="gating")]
    lines = []
    for problem in problems[:ANNOTATIONS_A_KIND]:
        shown = _shown(problem)
        words = [shown.message]
        if shown.nearest is not None:
            words.append(f"did you mean {shown.nearest!r}?")
        if shown.allowed is not None:
            words.append(f"allowed: {shown.allowed}")
        message = "\n".join(words)
        if shown.line is None:  # `file` is a variable or an argument, which GitHub would look for in the repository
            lines.append(annotation("error", message, title=shown.file))
        else:
            place = {"line": shown.line, "column": shown.column}
            lines.append(annotation("error", message, title="gating policy", file=shown.file, **place))
    if len(problems) > ANNOTATIONS_A_KIND:
        more = len(problems) - ANNOTATIONS_A_KIND
        lines.append(f"gating: {more} more errors than GitHub shows as annotations; all are listed below")
    return lines


def _last_line(error: GatingError, style: Style) -> str:
    count = len(_problems(error))
    if count:
        what = f"{count} {'mistake' if count == 1 else 'mistakes'} in the policy; nothing was checked"
    else:
        what = plain(str(error))
    return f"gating: {style.paint('ERROR', 'bold', 'red')}  {what} (exit {error.exit_code})"
