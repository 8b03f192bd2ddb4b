"""Reading a recording, of whatever state it is in: line by line, in bounded memory, never with a traceback.

What is no recording of ours raises UsageError with the line that gives it away. What is one, and damaged or not
finished, is read as far as it goes: lines that cannot be understood are left out and named in `problems`, and a file
without its footer is incomplete.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from gating.errors import UsageError
from gating.metrics import lines
from gating.metrics.format import FOOTER, HEADER, SAMPLE, SCHEMA

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Recording", "is_being_written", "latest", "open_recording"]

_LONGEST = 16 * 1024 * 1024  # bytes of a line; a header holds its command, which the kernel bounds at 2 MiB
_TAIL = 64 * 1024  # bytes at the end, in which a footer is looked for
_NAMED = 20  # problems that are kept in words


def open_recording(path: str | os.PathLike[str]) -> Recording:
    """Open a recording; to be used in a `with`, or closed.

    Raises UsageError where there is no such file, where it cannot be read, and where it is no recording of this
    version of the form.
    """
    shown = os.fspath(path)
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for, a device has no end
            raise UsageError(f"{shown}: it is no file")
        file = open(path, "rb")  # noqa: SIM115 - the recording closes it
    except OSError as problem:
        raise UsageError(f"{shown}: cannot be read: {problem.strerror}") from problem
    except ValueError as problem:  # a null in the name
        raise UsageError(f"{shown!r}: cannot be read: {problem}") from problem
    try:
        return Recording(file, shown)
    except BaseException:
        file.close()
        raise


class Recording:
    """An open recording: its header at once, its samples one after the other, and its footer if there is one.

    `header` and `footer` hold the keys of `gating.metrics.format`, each with a value of its type or None; `footer`
    is None where the file was not finished. `incomplete` says why the file is not whole, None where it is.
    `problems` are the lines that were left out, in words, at most 20; `left_out` is how many lines that were. Both
    are complete once all samples are read.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        self.name = name
        self.problems: list[str] = []
        self.left_out = 0
        self._file = file
        self._line = 0
        self._torn = False
        self._going_on = is_being_written(file.fileno())
        try:
            self.header: Mapping[str, Any] = self._first()
            start = file.tell()
            self.footer: Mapping[str, Any] | None = _footer_of(file, start)
            file.seek(start)
        except OSError as problem:
            raise UsageError(f"{name}: cannot be read: {problem.strerror}") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    @property
    def incomplete(self) -> str | None:
        if self.footer is not None:
            return None
        if self._going_on:
            return "it is still being recorded"
        return "its last line is cut off" if self._torn else "it has no footer"

    def samples(self) -> Iterator[dict[str, Any]]:
        """The samples in the order of their time: `n`, `t_s`, `time_ns`, `late_s`, and the parts.

        Each part (`host`, `tree`, `cgroup`) has all of its keys, None for what is not known, or is None as a whole;
        `gpus` is a list or None. To be gone through once. Raises UsageError where the file can no longer be read.
        """
        last = -1.0
        ended = False
        for line in self._lines():
            value = self._parsed(line)
            if value is None:
                continue
            kind = value.get("kind")
            if ended:
                self._leave_out("stands behind the footer")
            elif kind == FOOTER:
                ended = True
            elif kind == HEADER:
                self._leave_out("is a second header")
            elif kind != SAMPLE:
                self._leave_out(f"is of no known kind: {_brief(kind)}")
            elif (sample := lines.sample(value)) is None:
                self._leave_out("is a sample without its time")
            elif sample["t_s"] <= last:
                self._leave_out("is a sample older than the one before it")
            else:
                last = sample["t_s"]
                yield sample
        if not ended:
            self.footer = None  # what looked like one at the end is not

    def _first(self) -> dict[str, Any]:
        line = self._file.readline(_LONGEST)
        self._line = 1
        if not line:
            raise UsageError(f"{self.name}: it is empty, and no recording of system metrics")
        value = lines.load(line)
        if value is None:
            cut = "" if line.endswith(b"\n") else ", and has no end"
            raise UsageError(f"{self.name}:1: no recording of system metrics: its first line is no JSON object{cut}")
        schema = value.get("schema")
        if schema != SCHEMA:
            if isinstance(schema, str) and schema.startswith(SCHEMA.partition("/")[0] + "/"):
                raise UsageError(f"{self.name}:1: it is {_brief(schema)}, and this version of gating reads {SCHEMA}")
            said = "has no schema" if schema is None else f"has the schema {_brief(schema)}"
            raise UsageError(f"{self.name}:1: no recording of system metrics: its first line {said}, not {SCHEMA!r}")
        if value.get("kind") != HEADER:
            raise UsageError(f"{self.name}:1: no recording of system metrics: its first line is no header")
        return lines.header(value)

    def _lines(self) -> Iterator[bytes]:
        """Each line after the first; one that is too long is left out without being held."""
        try:
            while line := self._file.readline(_LONGEST):
                self._line += 1
                if not line.endswith(b"\n") and len(line) >= _LONGEST:
                    self._leave_out("is longer than any line of a recording")
                    while line and not line.endswith(b"\n"):
                        line = self._file.readline(_LONGEST)
                    continue
                yield line
        except OSError as problem:
            raise UsageError(f"{self.name}:{self._line}: cannot be read further: {problem.strerror}") from problem

    def _parsed(self, line: bytes) -> dict[str, Any] | None:
        whole = line.endswith(b"\n")
        value = lines.load(line)
        if value is None:
            if not line.strip():
                return None
            if whole:
                self._leave_out("is no JSON object")
            else:  # the last one: its writer was killed, or is at it
                self._torn = True
        return value

    def _leave_out(self, why: str) -> None:
        self.left_out += 1
        if len(self.problems) < _NAMED:
            self.problems.append(f"line {self._line} {why}")


def is_being_written(descriptor: int) -> bool:
    """Whether the sampler of an open recording lives: it holds a lock on the file."""
    if not hasattr(os, "lockf"):
        return False
    try:
        os.lockf(descriptor, os.F_TEST, 0)
    except OSError:
        return True
    return False


def latest(path: str | os.PathLike[str], count: int = 2) -> list[dict[str, Any]]:
    """The last samples of a recording that may be growing, oldest first, at most `count`; from its end alone.

    Empty where there are none near the end, and where it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            read = _tail(file, 0)
    except (OSError, ValueError):
        return []
    found: list[dict[str, Any]] = []
    for line in reversed(read):
        if len(found) == count:
            break
        value = lines.load(line)
        if value is not None and value.get("kind") == SAMPLE and (sample := lines.sample(value)) is not None:
            found.append(sample)
    return found[::-1]


def _tail(file: IO[bytes], start: int) -> list[bytes]:
    """The last whole lines of a file from `start` on, as far as they lie in the last 64 KiB."""
    size = file.seek(0, os.SEEK_END)
    begin = max(start, size - _TAIL)
    file.seek(begin)
    read = file.read(_TAIL).splitlines(keepends=True)
    return read[1:] if begin > start else read


def _footer_of(file: IO[bytes], start: int) -> dict[str, Any] | None:
    """The footer, looked up at the end, so that what it says of the samples is known before them."""
    read = [line for line in _tail(file, start) if line.strip()]
    if not read:
        return None
    value = lines.load(read[-1])
    return lines.footer(value) if value is not None and value.get("kind") == FOOTER else None


def _brief(value: object) -> str:
    return ascii(value[:40]) if isinstance(value, str) else f"no text, but {type(value).__name__}"
