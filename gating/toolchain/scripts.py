"""Static evidence: a console script of a Python distribution is known from installed metadata, without a process.

It counts only where the script's interpreter exists and belongs to the environment that holds the metadata.
Metadata of a system's packages is no evidence: it often disagrees with the tool's own word.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from gating.toolchain import metadata
from gating.toolchain.candidates import Candidate
from gating.toolchain.probe import Probe
from gating.verdict import Evidence, State

__all__ = ["interpreter_of", "is_editable", "static_probe"]

_HEAD = 4096
_SYSTEM = frozenset({"/", "/usr", "/usr/local"})
# pip's and uv's way around the length limit of a #! line: a shell that executes the interpreter at once
_INDIRECT = re.compile(rb"""\A#!/bin/sh\n'''exec' (?:"([^"\n]+)"|(\S+)) "\$0" "\$@"\n""")
_LIBRARY = re.compile(r"(?:python|pypy)(\d+\.\d+)t?")
_CONFIGURED = re.compile(r"^version(?:_info)?[ \t]*=[ \t]*(\d+\.\d+)", re.MULTILINE)


def static_probe(candidate: Candidate) -> Probe | None:
    """The probe of a console script, or None where metadata cannot answer for this file."""
    script = os.path.basename(candidate.real)
    for site in _site_folders(candidate):
        for folder in _likely_first(metadata.dist_infos(site), script):
            if not metadata.declares(folder, script) or not metadata.records(folder, candidate.real):
                continue
            version = metadata.field(folder, "Version")
            if version is None:
                return None
            return Probe(
                state=State.OK,
                evidence=Evidence.STATIC,
                candidate=candidate,
                version=version,
                distribution=metadata.field(folder, "Name"),
                environment=os.path.dirname(os.path.dirname(candidate.real)),
                keep=not metadata.is_editable(folder),
            )
    return None


def is_editable(candidate: Candidate) -> bool:
    """Whether an editable install put the file there, so that what it runs can change while the file does not."""
    return any(
        metadata.is_editable(folder) and metadata.records(folder, candidate.real)
        for site in _site_folders(candidate)
        for folder in metadata.dist_infos(site)
    )


def interpreter_of(script: str) -> str | None:
    """The Python that a script's first line names, None where it is no Python script or cannot be read."""
    try:
        with open(script, "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return None
    if not head.startswith(b"#!"):
        return None
    if match := _INDIRECT.match(head):
        path = match[1] or match[2]
    else:
        words = head[2:].partition(b"\n")[0].split()
        path = words[0] if words else b""
    text = os.fsdecode(path)
    return text if os.path.isabs(text) and "\0" not in text and "python" in os.path.basename(text).lower() else None


def _site_folders(candidate: Candidate) -> Iterator[str]:
    """The site folders of the environment that a Python script belongs to; none for a system's own."""
    python = None if candidate.defect else interpreter_of(candidate.real)
    if python is None or not os.access(python, os.X_OK):
        return
    # a virtual environment's interpreter is a link: its folder, and not the file behind it, says whose it is
    folder = os.path.dirname(candidate.real)
    if os.path.realpath(os.path.dirname(python)) != folder:
        return
    prefix = os.path.dirname(folder)
    if prefix in _SYSTEM:
        return
    for lib in ("lib", "lib64"):
        yield from _of_its_python(os.path.join(prefix, lib), prefix, os.path.basename(python))


def _of_its_python(lib: str, prefix: str, python: str) -> Iterator[str]:
    """`lib/pythonX.Y/site-packages`: after an upgrade in place there are several, and only one is looked at."""
    if os.path.islink(lib):
        return  # lib64 is lib
    try:
        versions = {name: match[1] for name in os.listdir(lib) if (match := _LIBRARY.fullmatch(name))}
    except OSError:
        return
    if len(versions) > 1:
        config = metadata.text(prefix, "pyvenv.cfg") or ""
        own = re.search(r"(\d+\.\d+)", python) or _CONFIGURED.search(config)
        versions = {name: version for name, version in versions.items() if own and version == own[1]}
    yield from (os.path.join(lib, name, "site-packages") for name in versions)


def _likely_first(folders: list[str], script: str) -> list[str]:
    """Most scripts bear the name of the distribution that has them."""
    plain = metadata.normalise(script)
    return sorted(folders, key=lambda folder: not metadata.normalise(os.path.basename(folder)).startswith(plain))
