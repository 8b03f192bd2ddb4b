"""Propose a policy: read the project, say what stands in its files, and make the text that says it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gating import __version__
from gating.adopt.layout import toml
from gating.adopt.placing import placed
from gating.adopt.propose_coverage import propose_coverage
from gating.adopt.propose_gates import propose_gates
from gating.adopt.propose_optional import propose_optional
from gating.adopt.propose_tools import propose_tools
from gating.adopt.sections import Line, Part, Section, sifted
from gating.adopt.seen import Seen, look
from gating.policy.document import Document
from gating.policy.find import OWN_FILE, PROJECT_FILE, find, open_file, start_folder
from gating.toolchain.host import Host

__all__ = ["Proposal", "propose"]

_HEADER = "what the checks of this project need; `gating explain` prints all of it"


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A policy that could be written to `file`, and what it was made from.

    `exists` says that there is a policy already; `file` is then the one that has it, and nothing is added.
    `text` is the whole new content, `table` what of it is new, `before` the content now, None where there
    is no such file. `notes` say in a line each what was seen, why an entry is there, and what could not be read.
    """

    file: Path
    exists: bool
    text: str
    table: str
    before: str | None
    notes: tuple[str, ...] = ()

    def diff(self) -> str:
        """What would change, as a unified diff; empty where nothing would."""
        from difflib import unified_diff

        name = self.file.name
        before, after = _lines(self.before or ""), _lines(self.text)
        old = f"a/{name}" if self.before is not None else "/dev/null"
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in unified_diff(before, after, old, f"b/{name}")
        )


def propose(start: str | Path | None = None, *, env: Mapping[str, str], python: str | None = None) -> Proposal:
    """Propose a policy for the project that the folder `start` (by default the current one) lies in.

    Its files are read and never run; tools are looked for on the search path of `env` and of the interpreter
    `python` (None: the one that runs), and never run either. The policy goes to pyproject.toml; where there is
    none, or where it takes no table, to gating.toml. Nothing is written (see `gating.adopt.write`).

    Raises PolicyError where a file that may hold the policy cannot be read, UsageError where `start` is no folder.
    """
    folder = start_folder(start)
    policy, root, _ = find(folder, env)
    if policy is not None:
        return _standing(policy, root, folder)
    file = os.path.join(root, PROJECT_FILE)
    project = open_file(file, folder)[0] if os.path.isfile(file) else None
    seen = look(root, project.data if project else {}, Host.of(env, python=python, root=root))
    return _proposal(seen, project, _sections(seen))


def _standing(document: Document, root: str, folder: str) -> Proposal:
    place = f"{document.shown}:{document.place(()).line}"
    notes = [f"{place}: there is a policy already; `gating explain` prints it"]
    if os.path.isfile(os.path.join(folder, PROJECT_FILE)) and folder != os.path.realpath(root):
        notes.append(
            f"it holds here too; a [tool.gating] table in {os.path.join(folder, PROJECT_FILE)} would replace it"
        )
    return Proposal(
        file=Path(document.path),
        exists=True,
        text=document.text,
        table="",
        before=document.text,
        notes=tuple(notes),
    )


def _sections(seen: Seen) -> Part:
    head = Section(path=(), lines=(_requires(),), comment=_HEADER)
    parts = [propose_tools(seen), propose_optional(seen), propose_coverage(seen), propose_gates(seen)]
    kept = sifted([head, *(section for part in parts for section in part.sections)])
    notes = (*(note for part in parts for note in part.notes), *kept.notes, *seen.unread())
    return Part(sections=kept.sections, notes=notes)


def _requires() -> Line:
    """The gating that can read what this one writes."""
    major_minor = ".".join(__version__.split(".")[:2])
    return Line(key="requires", value=f">={major_minor}", comment="of gating itself")


def _proposal(seen: Seen, document: Document | None, part: Part) -> Proposal:
    notes = part.notes
    if document is not None:
        table = toml(part.sections, ("tool", "gating"))
        text = placed(document.text, table)
        if text is not None:
            return Proposal(
                file=Path(seen.root, PROJECT_FILE),
                exists=False,
                text=text,
                table=table,
                before=document.text,
                notes=notes,
            )
        notes = (*notes, f"{PROJECT_FILE} has its [tool] in a form that takes no further table, so {OWN_FILE} is used")
    table = toml(part.sections, ())
    return Proposal(file=Path(seen.root, OWN_FILE), exists=False, text=table, table=table, before=None, notes=notes)


def _lines(text: str) -> list[str]:
    """Lines as git has them: only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
