"""Proposed tools: what the project's own files say that a host must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gating.adopt.commands import Command, in_shell, tool_of
from gating.adopt.pre_commit import CONFIG
from gating.adopt.sections import Line, Part, Section, Value
from gating.adopt.seen import Seen

__all__ = ["hook_runner", "propose_tools"]

_RUNNERS = ("pre-commit", "prek")
_COMMENT = 'need = "ci": its absence fails in CI, and degrades elsewhere'
_ON_THE_HOST = frozenset({"system", "unsupported"})  # the languages of hooks that pre-commit installs nothing for
_IN_DOCKER = frozenset({"docker", "docker_image"})
_MOST_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class _Tool:
    """A tool in the making. `need` is empty for the default, `where` says where the version is from."""

    name: str
    need: str = "ci"
    version: str | None = None
    where: str = ""
    why: str = ""
    note: str


def propose_tools(seen: Seen) -> Part:
    """Propose a table of tools: the interpreter, git, what runs the checks, and what the checks call on the host.

    A version is proposed only where the project itself names one.
    """
    tools = [*_base(seen), *_runners(seen)]
    known = {tool.name for tool in tools} | seen.declared.scripts
    for tool in (*_called(seen), *_of_hooks(seen)):
        if tool.name not in known:
            known.add(tool.name)
            tools.append(tool)
    notes = [f"tools.{tool.name}: {tool.note}{_absence(tool, seen)}" for tool in tools]
    lines = tuple(_line(tool) for tool in tools)
    comment = _COMMENT if any(tool.need == "ci" for tool in tools) else ""
    sections = (Section(path=("tools",), lines=lines, comment=comment),) if lines else ()
    return Part(sections=sections, notes=(*notes, *_looked_for(seen, known)))


def hook_runner(seen: Seen) -> str | None:
    """What runs the hooks of pre-commit's file: the program that the project names, else the one that is here."""
    if seen.hooks is None:
        return None
    for name in _RUNNERS:
        if seen.user(name) is not None:
            return name
    return next((name for name in _RUNNERS if seen.is_here(name)), _RUNNERS[0])


def _base(seen: Seen) -> Iterator[_Tool]:
    if seen.declared.python is not None:
        version, where = seen.declared.python
        yield _Tool(name="python", need="", version=version.strip(), where=where, note=f"{where} is {version.strip()}")
    if seen.is_checkout:
        yield _Tool(name="git", need="", note="the project lies in a git repository")


def _runners(seen: Seen) -> Iterator[_Tool]:
    if seen.noxfile is not None:
        floor = seen.noxfile.needs_version
        version, where = (floor, "nox.needs_version") if floor else seen.declared.floor("nox") or (None, "")
        yield _Tool(name="nox", version=version, where=where, note="there is a noxfile.py")
    if (name := hook_runner(seen)) is not None and seen.hooks is not None:
        floor = seen.hooks.minimum_version if name == _RUNNERS[0] else None
        if floor:
            version, where = f">={floor}", "minimum_pre_commit_version"
        else:
            version, where = seen.declared.floor(name) or (None, "")
        yield _Tool(name=name, version=version, where=where, note=f"there is a {CONFIG}")


def _called(seen: Seen) -> Iterator[_Tool]:
    """What sessions run from outside their environments, and what tasks run."""
    uses: dict[str, list[Command]] = {}
    for command in seen.commands:
        if command.external and command.tool and not _is_installed(command.tool, seen):
            uses.setdefault(command.tool, []).append(command)
    looked_for = seen.noxfile.looked_for if seen.noxfile else ()
    for name, commands in uses.items():
        version, where = seen.declared.floor(name) or (None, "")
        guarded = name in looked_for
        places = _places(commands)
        yield _Tool(
            name=name,
            need="optional" if guarded else "ci",
            version=version,
            where=where,
            why=places,
            note=f"run by {places}{', which looks whether it is there' if guarded else ''}",
        )


def _is_installed(tool: str, seen: Seen) -> bool:
    return seen.noxfile is not None and tool in seen.noxfile.installed


def _places(commands: list[Command]) -> str:
    """`tasks.py: build, up`"""
    files: dict[str, list[str]] = {}
    for command in commands:
        names = files.setdefault(command.file, [])
        if command.within not in names:
            names.append(command.within)
    return "; ".join(
        f"{file}: {', '.join(names[:_MOST_NAMED])}{', …' if len(names) > _MOST_NAMED else ''}"
        for file, names in files.items()
    )


def _of_hooks(seen: Seen) -> Iterator[_Tool]:
    """What hooks call that pre-commit installs nothing for. A script of the repository is no tool."""
    users: dict[str, list[str]] = {}
    for hook in seen.hooks.hooks if seen.hooks else ():
        called = next(in_shell(hook.entry), ()) if hook.language in _ON_THE_HOST else ()
        name = "docker" if hook.language in _IN_DOCKER else tool_of(called)
        if name is not None:
            users.setdefault(name, []).append(hook.id)
    for name, ids in users.items():
        why = f"{'hook' if len(ids) == 1 else 'hooks'} {', '.join(ids[:_MOST_NAMED])}"
        version, where = seen.declared.floor(name) or (None, "")
        yield _Tool(name=name, version=version, where=where, why=why, note=f"called by {why} of {CONFIG}")


def _line(tool: _Tool) -> Line:
    fields: dict[str, Value] = {}
    if tool.version:
        fields["version"] = tool.version
    if tool.need:
        fields["need"] = tool.need
    if tool.why:
        fields["why"] = tool.why
    value: Value = fields if set(fields) - {"version"} else tool.version or "*"
    return Line(key=tool.name, value=value, comment=tool.where)


def _absence(tool: _Tool, seen: Seen) -> str:
    return "" if tool.name == "python" else seen.here(tool.name)


def _looked_for(seen: Seen, known: set[str]) -> Iterator[str]:
    """What a noxfile looks for and nothing runs by that name: its author knows whether that is to be required."""
    names = [name for name in (seen.noxfile.looked_for if seen.noxfile else ()) if name not in known]
    if names:
        yield (
            f"left out: noxfile.py asks shutil.which for {', '.join(names)}; where it skips a check without them, "
            'give them need = "optional" here'
        )
