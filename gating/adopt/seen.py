"""All that was read of a project before anything is proposed; none of its code has run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gating.adopt.commands import Command
from gating.adopt.declared import Declared, declared
from gating.adopt.developer_extras import is_for_developers
from gating.adopt.invoke_tasks import TASKS, Tasks, read_tasks
from gating.adopt.nox_sessions import NOXFILE, Noxfile, read_noxfile
from gating.adopt.pre_commit import CONFIG, Hooks, read_hooks
from gating.adopt.requirement_files import requirement_files
from gating.adopt.settings import table
from gating.toolchain.candidates import candidates
from gating.toolchain.host import Host

__all__ = ["Seen", "look"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A project as its files describe it. `root` is its folder, `data` its parsed pyproject.toml, empty without one.

    `noxfile`, `tasks` and `hooks` are None where there is no such file. `is_checkout` says whether the folder
    lies in a git repository. `host` is where tools are looked for.
    """

    root: str
    data: Mapping[str, Any]
    declared: Declared
    noxfile: Noxfile | None
    tasks: Tasks | None
    hooks: Hooks | None
    is_checkout: bool
    host: Host

    @property
    def commands(self) -> tuple[Command, ...]:
        """What the noxfile and tasks.py run, in that order."""
        return (*(self.noxfile.commands if self.noxfile else ()), *(self.tasks.commands if self.tasks else ()))

    def table(self, *keys: str) -> Mapping[str, Any]:
        """A table of pyproject.toml, an empty one where there is none."""
        return table(self.data, *keys)

    def is_here(self, tool: str) -> bool:
        """Whether a file that can be executed bears the tool's name on the search path; it is not run."""
        return any(one.defect is None for one in candidates(tool, self.host))

    def here(self, tool: str) -> str:
        """What a note adds on a tool that is not on this machine."""
        return "" if self.is_here(tool) else "; not found here"

    def user(self, tool: str) -> str | None:
        """The place that says that the project's developers have or run a tool themselves, None where none does."""
        if (place := self.declared.bringer(tool)) is not None:
            return place
        if self.noxfile and any(_begins(tool, word) for word in self.noxfile.installed):
            return NOXFILE
        used = (one for one in self.commands if (one.argv and one.argv[0] == tool) or one.tool == tool)
        return next((one.file for one in used), None)

    @property
    def lists_tools(self) -> bool:
        """Whether the project says anywhere what its developers have or run."""
        said = self.declared
        return (
            any(lines and place not in said.of_extras for place, lines in said.developers.items())
            or any(is_for_developers(extra, lines, project=said.name) for extra, lines in said.extras.items())
            or bool(self.commands)
            or self.hooks is not None
        )

    def hook(self, tool: str) -> str | None:
        """The id of a hook that runs the tool in an environment of pre-commit's own, None where there is none."""
        ids = (one.id for one in (self.hooks.hooks if self.hooks else ()))
        return next((one for one in ids if one == tool or one.startswith(f"{tool}-")), None)

    def unread(self) -> Iterator[str]:
        """A note on each file that cannot be read."""
        for name, problem in (
            (NOXFILE, self.noxfile.problem if self.noxfile else None),
            (TASKS, self.tasks.problem if self.tasks else None),
            (CONFIG, self.hooks.problem if self.hooks else None),
        ):
            if problem:
                yield f"{name}: {problem}"


def look(root: str, data: Mapping[str, Any], host: Host) -> Seen:
    """Read the project in the folder `root`."""
    said = declared(data)
    return Seen(
        root=root,
        data=data,
        declared=replace(said, developers={**said.developers, **dict(requirement_files(root))}),
        noxfile=read_noxfile(root),
        tasks=read_tasks(root),
        hooks=read_hooks(root),
        is_checkout=_is_checkout(root),
        host=host,
    )


def _is_checkout(folder: str) -> bool:
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True


def _begins(tool: str, word: str) -> bool:
    """Whether a word that is installed is the tool's distribution, with or without a version."""
    rest = word.removeprefix(tool)
    return rest != word and (not rest or not (rest[0].isalnum() or rest[0] in "-_."))
