"""Static evidence: a console script of a Python distribution is known from installed metadata, without a process.

It counts only where the script's interpreter exists and belongs to the environment that holds the metadata
(entry points and METADATA of the dist-info folder, PyPA core metadata and entry points specifications).
Metadata of a system's packages is no evidence: it often disagrees with the tool's own word.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from gating.toolchain.candidates import Candidate
from gating.toolchain.probe import Probe
from gating.verdict import Evidence, State

__all__ = ["environment_of", "interpreter_of", "static_probe"]

_HEAD = 4096
# pip's and uv's way around the length limit of a #! line: a shell that executes the interpreter at once
_INDIRECT = re.compile(rb"""\A#!/bin/sh\n'''exec' (?:"([^"\n]+)"|(\S+)) "\$0" "\$@"\n""")
_SECTION = re.compile(r"^\[\s*(?:console_scripts|gui_scripts)\s*\](.*?)(?=^\[|\Z)", re.MULTILINE | re.DOTALL)


def static_probe(candidate: Candidate) -> Probe | None:
    """The probe of a console script, or None where metadata cannot answer for this file."""
    if candidate.defect is not None:
        return None
    name = os.path.basename(candidate.real)
    python = interpreter_of(candidate.real)
    if python is None or not os.access(python, os.X_OK):
        return None
    # a venv's interpreter is a link: the folder of the path as written says which environment it is
    if os.path.dirname(os.path.abspath(python)) != os.path.dirname(candidate.real):
        return None
    prefix = environment_of(python)
    if prefix is None:
        return None
    for folder in _site_packages(prefix):
        owner = _owner(folder, name.removesuffix(".exe"), candidate.real)
        if owner is not None:
            return _probe_of(owner, candidate, prefix)
    return None


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
    return text if os.path.isabs(text) and "python" in os.path.basename(text).lower() else None


def environment_of(python: str) -> str | None:
    """The prefix of the environment that the interpreter's path belongs to, None for a system's own folders."""
    prefix = os.path.dirname(os.path.dirname(os.path.abspath(python)))
    if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
        return prefix
    return None if prefix in {"/", "/usr", "/usr/local"} else prefix


def _site_packages(prefix: str) -> Iterator[str]:
    yield os.path.join(prefix, "Lib", "site-packages")
    for lib in ("lib", "lib64"):
        try:
            names = os.listdir(os.path.join(prefix, lib))
        except OSError:
            continue
        yield from (os.path.join(prefix, lib, name, "site-packages") for name in names if name.startswith("python"))


def _owner(folder: str, script: str, path: str) -> str | None:
    """The dist-info folder whose entry points declare `script` and whose RECORD lists the file itself."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith(".dist-info")]
    except OSError:
        return None
    plain = _normalise(script)
    names.sort(key=lambda name: not _normalise(name).startswith(plain))  # most scripts bear their owner's name
    for name in names:
        points = _text(os.path.join(folder, name, "entry_points.txt"))
        if points is None or not _declares(points, script):
            continue
        record = _text(os.path.join(folder, name, "RECORD"))
        listed = os.path.relpath(path, folder).replace(os.sep, "/")
        if record is not None and (f"{listed}," in record or f'"{listed}",' in record):
            return os.path.join(folder, name)
    return None


def _declares(points: str, script: str) -> bool:
    declared = re.compile(rf"^\s*{re.escape(script)}\s*=", re.MULTILINE)
    return any(declared.search(section) for section in _SECTION.findall(points))


def _probe_of(owner: str, candidate: Candidate, prefix: str) -> Probe | None:
    metadata = _text(os.path.join(owner, "METADATA"))
    if metadata is None:
        return None
    head = metadata.partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(\S+)", head, re.MULTILINE))
    if not fields.get("Version"):
        return None
    origin = _text(os.path.join(owner, "direct_url.json"))
    return Probe(
        state=State.OK,
        evidence=Evidence.STATIC,
        candidate=candidate,
        version=fields["Version"],
        distribution=fields.get("Name"),
        environment=prefix,
        # the version of an editable install can change without any installed file changing
        keep=not (origin and re.search(r'"editable"\s*:\s*true', origin)),
    )


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return None


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
