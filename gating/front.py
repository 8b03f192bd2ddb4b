"""What all front doors do alike: print a report, and turn an error into words and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TextIO

from gating.environ import cache_folder, debugging
from gating.errors import EXIT_BROKEN, EXIT_INTERRUPTED, GatingError, UsageError
from gating.verdict import Report

if TYPE_CHECKING:
    from gating.adopt import Proposal
    from gating.adopt.lesson import Lesson
    from gating.report.progress import Progress

__all__ = [
    "chosen",
    "chosen_together",
    "emit",
    "emit_coverage",
    "emit_document",
    "emit_drift",
    "emit_lesson",
    "emit_plan",
    "emit_proposal",
    "guarded",
    "progress",
    "remainder",
    "split_names",
    "style",
    "write",
]


def emit(report: Report, form: str = "text", *, stream: TextIO | None = None) -> int:
    """Print a report in one of the formats, on standard output by default; its exit code.

    With `github`, the job's step summary is written too, where there is one.
    """
    from gating.report import render
    from gating.report.terminal import stream_width

    stream = stream or sys.stdout
    if form == "github":
        report = _in_workspace(report, os.environ)
    write(render(report, form, **style(stream), width=stream_width(stream, os.environ)), stream)
    if form == "github":
        _step_summary(report, os.environ)
    return report.exit_code


def emit_document(
    document: Mapping[str, Any],
    form: str,
    *,
    text: Callable[[], str],
    markdown: Callable[[], str] | None = None,
) -> int:
    """Print a document as JSON, or in words for people; 0."""
    if form == "json":
        from gating.report.as_json import dumps

        write(dumps(document))
    else:
        write(markdown() if form == "markdown" and markdown else text())
    return 0


def emit_coverage(report: Report, document: Mapping[str, Any], form: str = "text") -> int:
    """Print what coverage came to, as `text`, `markdown`, `github` or the document `gating.coverage/1`; its exit code.

    With `github`, the job's step summary is written too, where there is one.
    """
    from gating.report import coverage
    from gating.report.terminal import stream_width

    if form == "github":
        report = _in_workspace(report, os.environ)
        document = coverage.in_workspace(document, os.environ.get("GITHUB_WORKSPACE"))
    write(coverage.render(report, document, form, **style(), width=stream_width(sys.stdout, os.environ)))
    if form == "github":
        _step_summary(report, os.environ)
    return report.exit_code


def emit_drift(report: Report, document: Mapping[str, Any], form: str = "text") -> int:
    """Print what a drift run came to, as `text`, `markdown` or the document `gating.drift/1`; its exit code."""
    from gating.report import drift
    from gating.report.terminal import stream_width

    width = stream_width(sys.stdout, os.environ)
    write(drift.render(report, document, form, **style(), width=width))
    return report.exit_code


def emit_plan(plan: Mapping[str, Any], form: str) -> int:
    """Print what a command would do (`gating.plan/1`), as JSON or in words; 0. It has no other format."""
    _check(form, ("text", "json"))
    from gating.report.plan import render

    return emit_document(plan, form, text=lambda: render(plan, **style()))


def emit_proposal(proposal: Proposal, *, written: bool) -> int:
    """Print the table that `gating init` proposes on standard output, and what was seen on stderr; 0."""
    write("".join(f"gating: {note}\n" for note in proposal.notes), sys.stderr)
    if written:
        write(f"gating: wrote {proposal.file}; `gating explain` prints what holds now\n", sys.stderr)
    write(proposal.table)
    return 0


def emit_lesson(lesson: Lesson, *, written: bool) -> int:
    """Print the needs that `optional.learn` proposes on standard output, and why on stderr; 0."""
    write("".join(f"gating: {note}\n" for note in lesson.notes), sys.stderr)
    if not lesson.table:
        write("gating: nothing to add: what broke has its needs already, or nothing broke\n", sys.stderr)
    elif written:
        write(
            f"gating: wrote {lesson.file}; review it, and see by `inv optional.drift` that all is accounted for\n",
            sys.stderr,
        )
    write(lesson.table)
    return 0


def style(stream: TextIO | None = None) -> dict[str, Any]:
    """What a renderer needs to know of a stream: `colour` and `encoding`."""
    from gating.report.terminal import wants_colour

    stream = stream or sys.stdout
    return {"colour": wants_colour(os.environ, stream_is_tty=stream.isatty()), "encoding": stream.encoding}


def write(text: str, stream: TextIO | None = None) -> None:
    """Write on a stream that may be narrow or gone: what it cannot encode is replaced, a closed pipe is no error.

    Raises OSError where it cannot be written for another reason, such as a full disk.
    """
    stream = stream or sys.stdout
    try:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError as problem:
        _discard(stream)
        if not isinstance(problem, BrokenPipeError):
            raise
    except ValueError:
        pass  # closed by us


def _discard(stream: TextIO) -> None:
    """Let go of what is still to be written: Python would try again at its end, and change our exit code."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def guarded(work: Callable[[], int], form: str = "text", forms: Sequence[str] = ("text",)) -> int:
    """Do a command's work and return its exit code, whatever happens in it.

    `form` is the format that was asked for, `forms` are those that the command has.

    A wrong policy or use is 2, an interrupt 130. Anything else that is raised is a mistake of gating's own: 3,
    one line, and the traceback in a file, or on stderr with `GATING_DEBUG=1`.
    """
    _open_closed_streams()
    try:
        _check(form, forms)
        return work()
    except GatingError as error:
        from gating.report.problems import render

        stream = sys.stdout if form in {"json", "github"} else sys.stderr
        write(render(error, form, **style(stream)), stream)
        return error.exit_code
    except KeyboardInterrupt:
        write("gating: interrupted\n", sys.stderr)
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one handler at the very top
        write(_crash(error, os.environ), sys.stderr)
        return EXIT_BROKEN


def _open_closed_streams() -> None:
    """Give us streams that whoever started us closed (`>&-`), or the next file that is opened takes their place."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_WRONLY)
            setattr(sys, name, open(null, "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - as long as we live


def progress(names: Sequence[str]) -> None:
    """Show on stderr which probes are still running, none to end it; to be handed to `gating.preflight`."""
    if not _lines:
        from gating.report.progress import Progress

        _lines.append(Progress(sys.stderr, os.environ, tty=sys.stderr.isatty(), clock=time.monotonic))
    _lines[0].show(names)


_lines: list[Progress] = []  # one process has one terminal, and one live line on it


def chosen(flag: str, given: Sequence[str], argv: Sequence[str]) -> list[str]:
    """The names that a repeated flag was given, each a comma list. A flag without a name chooses nothing by mistake.

    Raises UsageError for that; invoke takes it for a flag that was not given.
    """
    return [name for names in chosen_together(flag, given, argv) for name in names]


def chosen_together(flag: str, given: Sequence[str], argv: Sequence[str]) -> list[tuple[str, ...]]:
    """The same for a flag that means each of its comma lists as a whole: one list of names for each time it stands."""
    lists = [tuple(names) for text in given if (names := split_names(text))]
    if not lists and any(word == flag or word.startswith(f"{flag}=") for word in argv):
        raise UsageError(f"{flag} wants a name")
    return lists


def split_names(text: str) -> list[str]:
    """The names of a comma list, each once."""
    return list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _check(form: str, forms: Sequence[str]) -> None:
    if form not in forms:
        raise UsageError(f"unknown format {form!r}; there are {', '.join(forms)}")


def remainder(argv: Sequence[str]) -> tuple[str, ...]:
    """The words after the first `--`, each as it was quoted; invoke's own remainder has lost the quotes."""
    return tuple(argv[argv.index("--") + 1 :]) if "--" in argv else ()


def _in_workspace(report: Report, env: Mapping[str, str]) -> Report:
    """The report with its places as GitHub wants them: relative to the checkout, and not to the current folder."""
    workspace = env.get("GITHUB_WORKSPACE")
    if not workspace:
        return report
    verdicts = []
    for verdict in report.verdicts:
        source = verdict.source
        if source is not None:
            with contextlib.suppress(ValueError):  # on another drive
                file = os.path.relpath(os.path.abspath(source.file), workspace).replace(os.sep, "/")
                source = replace(source, file=file)
        verdicts.append(replace(verdict, source=source))
    return replace(report, verdicts=tuple(verdicts))


def _step_summary(report: Report, env: Mapping[str, str]) -> None:
    place = env.get("GITHUB_STEP_SUMMARY")
    if not place:
        return
    from gating.report.github import SUMMARY_BYTES, step_summary

    try:
        size = os.stat(place).st_size if os.path.exists(place) else 0
        with open(place, "a", encoding="utf-8") as file:
            file.write(step_summary(report, room=SUMMARY_BYTES - size))
    except OSError as problem:
        write(f"gating: the step summary could not be written: {problem}\n", sys.stderr)


def _crash(error: Exception, env: Mapping[str, str]) -> str:
    import traceback

    told = "".join(traceback.format_exception(error))
    line = f"gating: gating itself broke: {type(error).__name__}: {error}"
    if debugging(env):
        return f"{told}{line}\n"
    folder = cache_folder(env)
    try:
        if folder is None:
            raise OSError  # noqa: TRY301 - the same as a folder that cannot be written
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "crash.log"
        file.write_text(told, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return f"{line}\nthe traceback is shown with GATING_DEBUG=1\n"
    return f"{line}\nthe traceback is in {file}\n"
