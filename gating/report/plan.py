"""A plan in words: what a command would look at and run, one line a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gating.report.terminal import Style, pad
from gating.report.words import command_line, label, plain

__all__ = ["render"]

_HOW = {
    "absent": "nothing of that name is on PATH",
    "cached": "known from an earlier run, its files are unchanged",
    "defect": "there, but it cannot be executed",
    "install": "to be installed for {python}",
    "refused": "not here, and not to be installed",
    "metadata": "read from the metadata of {python}",
    "skip": "does not apply here",
    "static": "read from installed metadata",
    "there": "there as it is asked for",
    "without": "absent here: the reference is already without it",
}


def render(plan: Mapping[str, Any], *, colour: bool = False, encoding: str | None = None) -> str:
    """The document `gating.plan/1` as text, ending in a newline."""
    style = Style(colour=colour, encoding=encoding)
    steps = list(plan["steps"])
    size = max((len(step["id"]) for step in steps), default=0)
    lines = [line for step in steps for line in _lines(step, plan, size, style)]
    together = dict.fromkeys(tuple(argv) for step in steps if step["how"] == "install" for argv in step["commands"])
    lines += [
        f"{'then ' if place else ''}run: {command_line(argv, encoding=style.encoding)}"
        for place, argv in enumerate(together)
    ]
    lines += [
        f"{label(fix['id'])} would be fixed by: {command_line(fix['command'], encoding=style.encoding)}"
        for fix in plan.get("fixes", ())
    ]
    lines += [f"{style.paint('note:', 'bold')} {plain(note)}" for note in plan.get("notes", ())]
    done = "installed" if plan["command"] == "install" else "started"
    lines.append(f"gating: nothing was {done}; {len(steps)} to look at ({plan['mode']})")
    return style.encodable("\n".join(lines) + "\n")


def _lines(step: Mapping[str, Any], plan: Mapping[str, Any], size: int, style: Style) -> Iterator[str]:
    head = pad(style.paint(label(step["id"]), "bold"), size)
    commands = [command_line(argv, encoding=style.encoding) for argv in step["commands"]]
    if step["how"] in _HOW:
        yield f"{head}  {_HOW[step['how']].format(python=label(str(plan['python'])))}"
    else:
        yield f"{head}  run: {commands[0] if commands else 'nothing'}"
    if step["how"] == "install":
        return  # they are installed together, by commands that stand once
    for command in commands[1:] if step["how"] not in _HOW else commands:
        yield f"{' ' * size}  run: {command}"
    for need in step.get("needs", ()):
        yield from ("  " + line for line in _lines(need, plan, size, style))
