"""Proposed gates: the checks that the project's own configuration makes plain."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gating.adopt.pre_commit import CONFIG
from gating.adopt.propose_tools import hook_runner
from gating.adopt.sections import Line, Part, Section
from gating.adopt.seen import Seen
from gating.adopt.settings import has_section, setting, toml_file

__all__ = ["propose_gates"]

_COMMENT = "a gate that cannot judge fails, unless its need says otherwise"
_MYPY_FILES = (("mypy.ini", "mypy"), (".mypy.ini", "mypy"), ("setup.cfg", "mypy"))
_MYPY_TARGETS = ("files", "packages", "modules")
_NO_JUDGEMENT = {"pre-commit": 3, "prek": 2}
_RUFF_FILES = (".ruff.toml", "ruff.toml")


@dataclass(frozen=True, kw_only=True)
class _Gate:
    """A gate in the making; `why` is for the note."""

    name: str
    run: Sequence[str]
    tools: Sequence[str]
    findings: Sequence[int] = (1,)
    judges: str
    run_comment: str = ""
    need: str = ""
    why: str


def propose_gates(seen: Seen) -> Part:
    """Propose a gate for each of ruff, mypy, vulture and pre-commit that the project is set up for.

    A check that only pre-commit runs is left to the gate of pre-commit, which has it in the version and the
    environment that the project wants.
    """
    gates: list[_Gate] = []
    notes: list[str] = []
    for made in (*_lint(seen), *_typing(seen), *_dead_code(seen), *_hooks(seen)):
        if isinstance(made, _Gate):
            gates.append(made)
            notes.append(f"gates.{made.name}: {made.why}{seen.here(made.tools[0])}")
        else:
            notes.append(f"left out: {made}")
    sections = [_section(gate) for gate in gates]
    if sections:
        sections[0] = replace(sections[0], comment=_COMMENT)
    return Part(sections=tuple(sections), notes=tuple(notes))


def _section(gate: _Gate) -> Section:
    need = [Line(key="need", value=gate.need, comment="without a judgement: fails in CI, degrades elsewhere")]
    return Section(
        path=("gates", gate.name),
        lines=(
            Line(key="run", value=tuple(gate.run), comment=gate.run_comment),
            Line(key="tools", value=tuple(gate.tools)),
            Line(key="findings", value=tuple(gate.findings), comment=gate.judges),
            *(need if gate.need else ()),
        ),
    )


def _lint(seen: Seen) -> Iterator[_Gate | str]:
    file = next((file for file in _RUFF_FILES if os.path.isfile(os.path.join(seen.root, file))), None)
    if file is None and "ruff" not in seen.table("tool"):
        return
    place = file or "[tool.ruff]"
    if (reason := _left_out("ruff", seen)) is not None:
        yield f"a gate for ruff: {place} is there, but {reason}"
        return
    fixes = (toml_file(seen.root, file) if file else seen.table("tool", "ruff")).get("fix") is True
    yield _Gate(
        name="lint",
        run=("ruff", "check", *(("--no-fix",) if fixes else ()), "."),
        run_comment=f"{place} says fix, and a gate changes nothing" if fixes else "",
        tools=("ruff",),
        judges="2 means that ruff could not judge",
        why=_reason(place, "ruff", seen),
    )


def _typing(seen: Seen) -> Iterator[_Gate | str]:
    file = next(((file, section) for file, section in _MYPY_FILES if has_section(seen.root, file, section)), None)
    if file is None and "mypy" not in seen.table("tool"):
        return
    place = f"{file[0]} [{file[1]}]" if file else "[tool.mypy]"
    if (reason := _left_out("mypy", seen)) is not None:
        yield f"a gate for mypy: {place} is there, but {reason}"
    elif (run := _mypy(seen, file)) is None:
        yield f"a gate for mypy: {place} does not say which files it is to check"
    else:
        yield _Gate(
            name="typing",
            run=run,
            tools=("mypy",),
            judges="2 means that mypy could not judge",
            why=_reason(place, "mypy", seen),
        )


def _mypy(seen: Seen, file: tuple[str, str] | None) -> tuple[str, ...] | None:
    """The command: bare where the configuration names the files, else as the project runs it, else on its package."""
    if file is not None:
        named = any(setting(seen.root, *file, key) for key in _MYPY_TARGETS)
    else:
        named = any(seen.table("tool", "mypy").get(key) for key in _MYPY_TARGETS)
    if named:
        return ("mypy",)
    run = {argv for one in seen.commands if (argv := one.argv) and argv[0] == "mypy" and argv[1:]}
    if run:
        return run.pop() if len(run) == 1 else None
    package = _package(seen)
    return ("mypy", package) if package else None


def _dead_code(seen: Seen) -> Iterator[_Gate | str]:
    table = seen.table("tool", "vulture")
    if "vulture" not in seen.table("tool"):
        return
    package = _package(seen)
    if not table.get("paths") and package is None:
        yield "a gate for vulture: [tool.vulture] names no paths"
        return
    yield _Gate(
        name="dead-code",
        run=("vulture",) if table.get("paths") else ("vulture", str(package)),
        tools=("vulture",),
        findings=(3,),
        judges="1 and 2 mean that vulture could not judge",
        why="[tool.vulture] is there",
    )


def _hooks(seen: Seen) -> Iterator[_Gate | str]:
    runner = hook_runner(seen)
    if runner is None:
        return
    if not seen.is_checkout:
        yield f"a gate for {CONFIG}: this is no git repository, and hooks run in no other"
        return
    yield _Gate(
        name="pre-commit",
        run=(runner, "run", "--all-files"),
        tools=(runner, "git"),
        judges=f"{_NO_JUDGEMENT[runner]} means that {runner} could not judge",
        need="ci",
        why=f"{CONFIG} is there",
    )


def _left_out(tool: str, seen: Seen) -> str | None:
    """Why a configured tool gets no gate of its own, None where it gets one."""
    if seen.user(tool) is not None:
        return None
    if seen.hook(tool) is not None:
        return "only pre-commit runs it, and its gate does so" if seen.is_checkout else None
    if tool == "ruff" and not seen.lists_tools:
        return None  # it needs nothing but the files, and who brings it is said elsewhere, if anywhere
    return "no group, session, task or hook brings it"


def _reason(place: str, tool: str, seen: Seen) -> str:
    bringer = seen.user(tool) or (CONFIG if seen.hook(tool) else None)
    return f"{place} is there" + (f", and {bringer} brings {tool}" if bringer else "")


def _package(seen: Seen) -> str | None:
    """The folder that holds the project's own package, None where that is not plain."""
    source = os.path.join(seen.root, "src")
    if os.path.isdir(source) and any(_is_package(os.path.join(source, name)) for name in os.listdir(source)):
        return "src"
    name = seen.declared.name.replace("-", "_")
    return name if name and _is_package(os.path.join(seen.root, name)) else None


def _is_package(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "__init__.py"))
