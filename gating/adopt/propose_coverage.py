"""The proposed coverage floor: the one that the project has now, wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gating.adopt.sections import Line, Part, Section
from gating.adopt.seen import Seen
from gating.adopt.settings import has_section, setting, texts
from gating.policy.quantities import Real

__all__ = ["propose_coverage"]

_NUMBER = r"(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,10})?"
_OPTION = re.compile(rf"--(?:cov-)?fail-under[= ]({_NUMBER})(?=\s|$)")
_INI_FILES = (
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
)
_COVERAGE_FILES = ((".coveragerc", "report"), ("setup.cfg", "coverage:report"), ("tox.ini", "coverage:report"))


class _Floor(NamedTuple):
    """A floor as it was written, and where."""

    text: str
    where: str


def propose_coverage(seen: Seen) -> Part:
    """Propose the highest floor that the project keeps today; what it keeps elsewhere is for the notes."""
    floors = [one for one in _floors(seen) if float(one.text) > 0]
    if not floors:
        return Part()
    chosen = max(floors, key=lambda one: float(one.text))
    line = Line(
        key="fail-under",
        value=Real(chosen.text) if "." in chosen.text else int(chosen.text),
        comment=f"from {chosen.where}",
    )
    notes = [f"coverage.fail-under: {chosen.text} is the floor in {chosen.where}"]
    notes += [
        f"coverage.fail-under: {one.where} says {one.text}" for one in floors if float(one.text) < float(chosen.text)
    ]
    notes += [
        f"{one.where}: take --cov-fail-under out; there it fails every partial run, and any run without pytest-cov"
        for one in floors
        if "addopts" in one.where
    ]
    return Part(
        sections=(Section(path=("coverage",), lines=(*_source(seen), line)),),
        notes=tuple(notes),
    )


def _floors(seen: Seen) -> Iterator[_Floor]:
    report = seen.table("tool", "coverage", "report").get("fail_under")
    if isinstance(report, int | float) and not isinstance(report, bool):
        yield _Floor(report.written if isinstance(report, Real) else str(report), "[tool.coverage.report] fail_under")
    for file, section in _COVERAGE_FILES:
        text = setting(seen.root, file, section, "fail_under")
        if text and re.fullmatch(_NUMBER, text.strip()):
            yield _Floor(text.strip(), f"{file} [{section}] fail_under")
    for where, options in _addopts(seen):
        yield from (_Floor(text, where) for text in _OPTION.findall(options))
    for command in seen.commands:
        words = " ".join(word or "?" for word in command.words)
        if re.search(r"\b(?:pytest|coverage)\b", words):
            where = f"{command.file}:{command.line}"
            yield from (_Floor(text, where) for text in _OPTION.findall(words))


def _addopts(seen: Seen) -> Iterator[tuple[str, str]]:
    """Pytest's options in the file that it takes, and where that is."""
    file = next(
        ((file, section) for file, section in _INI_FILES[:2] if has_section(seen.root, file, section)),
        None,
    )
    for keys in (("tool", "pytest"), ("tool", "pytest", "ini_options")):
        found = seen.table(*keys).get("addopts")
        options = " ".join(texts(found)) if isinstance(found, list) else found
        if isinstance(options, str) and file is None:
            yield f"[{'.'.join(keys)}] addopts", options
            return
    for name, section in (file,) if file else _INI_FILES[2:]:
        options = setting(seen.root, name, section, "addopts")
        if options:
            yield f"{name} [{section}] addopts", " ".join(options.split())
            return


def _source(seen: Seen) -> tuple[Line, ...]:
    """What coverage measures, where pyproject.toml says so."""
    run = seen.table("tool", "coverage", "run")
    sources = texts(run.get("source_pkgs")) or texts(run.get("source"))
    return (Line(key="source", value=sources, comment="from [tool.coverage.run]"),) if sources else ()
