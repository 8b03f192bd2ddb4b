"""What a CI service takes for a command in a log: GitHub by `ActionCommand.cs` of actions/runner, and others."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Command", "commands", "forged"]

_REGISTERED = frozenset(
    {"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher"}
    | {"save-state", "set-env", "set-output", "stop-commands", "warning"}
)


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """The commands that GitHub's runner finds in `log`."""
    return [command for line in re.split(r"\r\n|\r|\n", log) for command in [_modern(line) or _legacy(line)] if command]


def forged(log: str) -> list[str]:
    """Whatever GitHub, Azure Pipelines or TeamCity would obey in `log`."""
    return [str(command) for command in commands(log)] + re.findall(r"##(?:vso|teamcity)\[", log)


def _modern(line: str) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, _, data = line[2:].partition("::")
    name, _, rest = head.partition(" ")
    if name.lower() not in _REGISTERED:
        return None
    pairs = [pair.partition("=") for pair in rest.strip().split(",") if pair]
    return Command(name, {key: _unescaped(value, ":", ",") for key, _, value in pairs if value}, _unescaped(data))


def _legacy(line: str) -> Command | None:
    found = re.search(r"##\[([^\] ]*)([^\]]*)\](.*)", line)
    return Command(found[1], {}, found[3]) if found and found[1].lower() in _REGISTERED else None


def _unescaped(text: str, *marks: str) -> str:
    for mark in ("\r", "\n", *marks, "%"):
        text = text.replace(f"%{ord(mark):02X}", mark)
    return text
