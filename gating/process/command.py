"""What is to be started and what came of it; plain values, nothing is started here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gating.environ import PROBE_MARK

__all__ = ["Captured", "Command", "Ending", "Streamed", "Usage", "probe_environment"]

# Version managers, package managers and wrappers that would otherwise download, update, prompt or page when
# they are merely asked for a version. Each is that tool's own documented switch.
_QUIET: Mapping[str, str] = {
    "AQUA_DISABLE_LAZY_INSTALL": "true",
    "CHECKPOINT_DISABLE": "1",
    "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
    "COREPACK_ENABLE_NETWORK": "0",
    "DEBIAN_FRONTEND": "noninteractive",
    "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
    "DOTNET_NOLOGO": "1",
    "DOTNET_SKIP_FIRST_TIME_EXPERIENCE": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GOTOOLCHAIN": "local",
    "HOMEBREW_NO_AUTO_UPDATE": "1",
    "MISE_AUTO_INSTALL": "0",
    "MISE_EXEC_AUTO_INSTALL": "0",
    "MISE_NOT_FOUND_AUTO_INSTALL": "0",
    "MISE_OFFLINE": "1",
    "NO_COLOR": "1",
    "NO_UPDATE_NOTIFIER": "1",
    "PAGER": "cat",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PROTO_AUTO_INSTALL": "false",
    "PYTHONDONTWRITEBYTECODE": "1",
    "RUSTUP_AUTO_INSTALL": "0",
    "TERM": "dumb",
    "UV_OFFLINE": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    "npm_config_update_notifier": "false",
}
# FORCE_COLOR would win over NO_COLOR in some tools; the others make Python tools print more than they should
_DROPPED = ("CLICOLOR_FORCE", "FORCE_COLOR", "PYTHONVERBOSE", "PYTHONINSPECT", "PYTHONPROFILEIMPORTTIME")


class Ending(StrEnum):
    """How a started command ended."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMED_OUT = "timed-out"
    FLOODED = "flooded"  # it printed more than the cap and was stopped
    NOT_STARTED = "not-started"


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to start: `argv` is never passed through a shell.

    `env` is the whole environment, None for this process's own. `timeout` is in seconds, counted from the
    command's own start. `label` names it in progress lines.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    cwd: str | None = None
    timeout: float = 10.0
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Captured:
    """What came of a command. Output is text: not UTF-8 is replaced, never an error.

    `code` is the exit status, the negative signal number of one that was killed, None for one that never
    started; `error` says in words why it did not start. What was printed before an end by force is kept.
    `left_behind` counts processes that had to be killed after the command itself was over.
    """

    ending: Ending
    code: int | None = None
    stdout: str = ""
    stderr: str = ""
    error: str | None = None
    duration_s: float = 0.0
    left_behind: int = 0


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a command and the orphans of its tree used, as the kernel told when they were waited for.

    `wall_s` is from the command's start to its end; processor time is in seconds, with that of every process that
    was waited for. `peak_rss_bytes` is that of the largest single process, None where it is less than this process
    itself has had. `read_bytes` and `write_bytes` went from and to disks, None where unknown. Orphans are None where
    this process could not adopt them; `orphans_uncounted` says that some may not be known.
    """

    wall_s: float
    user_s: float
    system_s: float
    peak_rss_bytes: int | None = None
    read_bytes: int | None = None
    write_bytes: int | None = None
    orphans_reaped: int | None = None
    orphans_running: int | None = None
    orphans_uncounted: bool = True


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """What came of a streamed command; the fields are those of `Captured`."""

    ending: Ending
    code: int | None = None
    error: str | None = None
    duration_s: float = 0.0


def probe_environment(base: Mapping[str, str], mark: str) -> dict[str, str]:
    """The environment of a probed tool: `base` with downloads, prompts, pagers and colours switched off.

    `mark` is carried in `GATING_PROBE`, by which whatever the tool leaves behind is found again.
    Messages are asked for in the C locale, since translated ones cannot be read.
    """
    made = {name: text for name, text in base.items() if name not in _DROPPED}
    made.update(_QUIET)
    made.update({"LC_ALL": "C", "LANGUAGE": "C", PROBE_MARK: mark})
    return made
