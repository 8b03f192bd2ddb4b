"""The process of the sampler: it records until it is told to end, or until what it watches is gone.

Started by `gating.metrics.launch` with its messages on stdin and its answers on stdout, all signals blocked.
"""

from __future__ import annotations

import gc
import sys
import time

from gating.metrics.format import FLAG_SIGCHLD_IGNORED, SCHEMA
from gating.metrics.sampler.control import Inbox, pack
from gating.metrics.sampler.events import Events
from gating.metrics.sampler.readers import choose
from gating.metrics.sampler.schedule import Schedule
from gating.metrics.sampler.system import os
from gating.metrics.sampler.writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["Recording", "main"]

_IN, _OUT, _ERRORS = 0, 1, 2


def main() -> None:
    """Be the sampler, and end the process."""
    gc.disable()  # nothing here makes cycles
    _let_go()
    inbox = Inbox()
    messages: list[dict[str, Any]] = []
    while not messages:
        part = os.read(_IN, 65536)
        if not part:
            os._exit(0)  # noqa: SLF001 - the recorder was gone before it said anything
        messages.extend(inbox.feed(part))
    recording = Recording(messages.pop(0)["config"], inbox)
    for message in messages:
        recording.take(message)
    recording.run()
    os._exit(0)  # noqa: SLF001 - there is nothing to finalise


def _let_go() -> None:
    """Leave the recorder's session, folder and open files: whoever waits for those must not wait for us."""
    try:
        os.setsid()
    except OSError:
        pass  # it leads one already
    os.chdir("/")
    try:
        handles = os.listdir("/proc/self/fd")
    except OSError:
        return
    for handle in map(int, handles):
        if handle > _ERRORS:
            try:
                os.close(handle)
            except OSError:
                pass  # the listing's own


class Recording:
    """One recording, from its header to its footer."""

    def __init__(self, config: Mapping[str, Any], inbox: Inbox, ear: int = _IN, mouth: int = _OUT) -> None:
        self.config = config
        self.inbox = inbox
        self.ear, self.mouth = ear, mouth
        self.start_s: float = config["started_monotonic_s"]
        self.events = Events()
        self.readers = choose(config, self.events)
        self.schedule = Schedule(config["interval_s"])
        self.schedule.due_s = time.monotonic() - self.start_s  # the first one is due as soon as we are
        self.writer = Writer(config["path"], config["cap_bytes"])
        self.samples = 0
        self.root: int | None = None
        self.recorder = -1
        self.end: dict[str, Any] | None = None
        self.recorder_gone = False
        self.gone_since_s: float | None = None  # since when nobody is left who could tell us to end
        self.asleep_s = _asleep_s()
        self.flags: set[str] = set()
        if config.get("root_pid") is not None:
            self.take({"watch": config["root_pid"]})

    def take(self, message: Mapping[str, Any]) -> None:
        """Act on a message of the recorder."""
        if "watch" in message:
            self.root = message["watch"]
            owned = self.config["owned"]
            reaper = self.config["recorder_pid"] if owned else None
            self.readers.tree.watch(message["watch"], owned=owned, reaper=reaper, mark=self.config.get("mark"))
        elif "end" in message:
            self.end = message["end"]

    def run(self) -> None:
        """Record to the end."""
        os.set_blocking(self.ear, False)
        self.events.register(self.ear, self.hear)
        self.watch_recorder()
        self.events.wait(0)  # which process it is may be said already
        self.writer.begin(self.header())
        self.sample(scheduled=True)
        self.say({"ready": self.now_s(), "trouble": self.writer.trouble})
        while True:
            reason = self.reason()
            if reason is not None:
                break
            self.events.wait(self.start_s + self.schedule.due_s)
            if self.now_s() >= self.schedule.due_s:
                self.sample(scheduled=True)
        self.sample(scheduled=False)
        footer = self.footer(reason)
        self.writer.footer(footer)
        footer["lost"] = self.writer.lost
        self.say({"footer": footer, "trouble": self.writer.trouble})

    def now_s(self) -> float:
        return time.monotonic() - self.start_s

    def hear(self) -> None:
        """Read what the recorder says; at the end of the pipe it is gone."""
        try:
            part = os.read(self.ear, 65536)
        except BlockingIOError:
            return
        if not part:
            self.events.unregister(self.ear)
            self.recorder_gone = True
        for message in self.inbox.feed(part):
            self.take(message)

    def watch_recorder(self) -> None:
        """Have the recorder's death told, since a process that it has forked may hold its end of the pipe open."""
        try:
            self.recorder = os.pidfd_open(self.config["recorder_pid"])
        except (OSError, AttributeError):
            return
        self.events.register(self.recorder, self.lose_recorder)

    def lose_recorder(self) -> None:
        self.events.unregister(self.recorder)
        self.hear()  # its last word may be in the pipe
        self.recorder_gone = True

    def say(self, message: Mapping[str, Any]) -> None:
        try:
            os.write(self.mouth, pack(message))
        except OSError:
            pass  # nobody listens any more

    def reason(self) -> str | None:
        """Why the recording is over, None while it is not."""
        if self.end is not None:
            return "ended"
        stranger = self.root is not None and not self.config["owned"] and self.root != self.config["recorder_pid"]
        if not (self.recorder_gone or stranger):
            return None
        root, others = self.readers.tree.alive()
        if root:
            return None
        self.gone_since_s = self.gone_since_s or self.now_s()
        if others and self.now_s() - self.gone_since_s < self.config["linger_s"]:
            return None
        return "recorder-gone" if self.recorder_gone else "root-gone"

    def sample(self, *, scheduled: bool) -> None:
        """Take a sample and write it."""
        now_s = self.now_s()
        late_s = self.schedule.taken(now_s) if scheduled else 0.0
        asleep_s = _asleep_s()
        if asleep_s - self.asleep_s > 1:
            self.flags.add("suspended")
            self.schedule.gap(now_s)
        self.asleep_s = asleep_s
        line: dict[str, Any] = {
            "kind": "sample",
            "n": self.samples,
            "t_s": round(now_s, 6),
            "time_ns": time.time_ns(),
            "late_s": round(late_s, 6),
            "host": self.ask("host"),
            "tree": self.ask("tree", now_s),
            "cgroup": self.ask("cgroup"),
            "gpus": self.ask("gpus"),
        }
        if self.end is not None and self.end.get("rusage") and line["tree"]:
            from gating.metrics.sampler.footer import completed, totals

            line["tree"] = completed(line["tree"], totals(self.readers.tree, self.end["rusage"]))
        self.samples += 1
        if self.writer.sample(line):
            self.schedule.double(now_s)

    def ask(self, key: str, *given: float) -> Any:
        """What a reader has to say; None, and a flag in the footer, where it breaks on what nobody has foreseen."""
        reader = getattr(self.readers, key)
        try:
            return None if reader is None else reader.sample(*given)
        except Exception:  # noqa: BLE001 - the rest of the recording is worth having
            self.flags.add(f"{key}-failed")
            return None

    def header(self) -> dict[str, Any]:
        config, readers = self.config, self.readers
        return {
            "kind": "header",
            "schema": SCHEMA,
            "run": config.get("run"),
            "name": config["name"],
            "command": config.get("command"),
            "started_ns": config["started_ns"],
            "interval_s": self.schedule.interval_s,
            "boot": _boot(),
            "host": readers.host and readers.host.facts(),
            "root": {"pid": self.root, "started_ticks": readers.tree.root_started, "owned": config["owned"]},
            "sampler": {
                "pid": os.getpid(),
                "version": config["version"],
                "python": ".".join(map(str, sys.version_info[:3])),
                "source": readers.source,
            },
            "cgroup": readers.cgroup and readers.cgroup.facts(),
            "gpus": readers.gpus and readers.gpus.facts(),
            "missing": readers.missing,
        }

    def footer(self, reason: str) -> dict[str, Any]:
        from gating.metrics.sampler.footer import orphans, totals  # nobody waits for it at the start

        end = self.end or {}
        tree = self.readers.tree
        if tree.ignored_children:
            self.flags.add(FLAG_SIGCHLD_IGNORED)
        rusage = end.get("rusage")
        return {
            "kind": "footer",
            "ended_ns": time.time_ns(),
            "reason": reason,
            "samples": self.samples,
            "exit_code": end.get("exit_code"),
            "signal": end.get("signal"),
            "totals": {"wall_s": end.get("wall_s", round(self.now_s(), 6)), **totals(tree, rusage)},
            "cpu_source": "rusage" if rusage else "proc",
            "orphans": orphans(tree, end.get("orphans"), owned=self.config["owned"]),
            "flags": sorted(self.flags),
            "gaps": self.schedule.gaps,
            "lateness_s": self.schedule.lateness(),
            "intervals": self.schedule.intervals,
            "sampler": {
                "cpu_s": round(time.process_time(), 6),
                "peak_rss_bytes": _peak_rss_bytes(),
                "pss_cpu_s": round(tree.pss_cpu_s, 6),
            },
            "lost": self.writer.lost,
        }


def _asleep_s() -> float:
    """How long the machine has been suspended since it started, in seconds; 0 where that cannot be told."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def _boot() -> str | None:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return None


def _peak_rss_bytes() -> int | None:
    try:
        with open("/proc/self/status", "rb") as file:
            text = file.read()
        return int(text[text.index(b"VmHWM:") + 6 :].split(None, 1)[0]) * 1024
    except (OSError, ValueError):
        return None
