"""Write a proposal: the whole file at once, or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING

from gating.errors import UsageError

if TYPE_CHECKING:
    from gating.adopt.proposal import Proposal

__all__ = ["put", "write"]


def write(proposal: Proposal) -> None:
    """Put the proposal's text in place of the file; its permissions stay, and so does a link to it.

    Raises UsageError, and changes nothing, where there is a policy already, where the file is not what the
    proposal was made from, and where it cannot be written.
    """
    if proposal.exists:
        raise UsageError(
            f"{proposal.file} has a policy already: `gating explain` prints it; to change it, edit the file"
        )
    put(os.fspath(proposal.file), proposal.before, proposal.text, command="gating init")


def put(file: str, before: str | None, text: str, *, command: str) -> None:
    """Put `text` in place of what the file holds, `before` (None: there is no such file); see `write`.

    Raises UsageError, and changes nothing, where it holds something else by now, and where it cannot be written;
    `command` is what to call again.
    """
    target = os.path.realpath(file)
    if _content(target) != (None if before is None else before.encode()):
        raise UsageError(f"{file} has changed since this was proposed: call `{command}` again, or edit the file")
    try:
        _replace(target, text.encode())
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written ({error.strerror or error}), and is as it was; "
            f"`{command} --dry-run` prints the table to be pasted"
        ) from None


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None


def _replace(target: str, content: bytes) -> None:
    """Write beside the target and rename: whoever reads it meets the old text or the new one."""
    mode = None
    if os.path.exists(target):
        mode = stat.S_IMODE(os.stat(target).st_mode)
        if not os.access(target, os.W_OK):  # a rename would not mind
            raise PermissionError(None, "it is read-only")
    beside = f"{target}.{os.getpid()}.tmp"
    # not by tempfile, which would hide a new file from everyone but its owner
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            os.chmod(beside, mode)
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
