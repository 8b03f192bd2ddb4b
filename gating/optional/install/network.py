"""Network: whether the hosts that an installer would ask can be reached, found out while other things are done.

A connection is opened and closed; nothing is sent. A refusal, an unknown name or a missing route is an answer at
once; only silence takes time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

__all__ = ["Reach", "target_of"]

SILENCE = 3.0  # seconds without an answer that mean there is none; a slow name server and a far host take about one
NOTICE = 0.25  # seconds after which somebody who watches is told what is waited for
_PORTS = {"http": 80, "ssh": 22}


class Reach:
    """Whether any of some URLs can be reached; asked from the moment that it is made."""

    def __init__(self, urls: Sequence[str], env: Mapping[str, str], *, proxy: str | None = None) -> None:
        found = (target_of(url, env, proxy=proxy) for url in urls)
        self.targets = tuple(dict.fromkeys(one for one in found if one is not None))
        self._started = time.monotonic()
        self._changed = threading.Condition()
        self._failures: dict[tuple[str, int], str] = {}
        self._reached = False
        for target in self.targets:
            # a name server that is silent would hold a process's end; nobody waits for a daemon
            threading.Thread(target=self._ask, args=(target,), daemon=True).start()

    def why_not(self, notice: Callable[[str], None] = lambda _text: None) -> str | None:
        """Why none can be reached, None where one can, or where there is none to ask.

        `notice` is told once where it takes longer than a moment.
        """
        if not self.targets:
            return None
        if not self._answered(NOTICE):
            notice(f"{self._named(self.targets)}: no answer yet; waiting up to {SILENCE:g} s")
        if self._answered(SILENCE) and self._reached:
            return None
        silent = [target for target in self.targets if target not in self._failures]
        told = [f"{self._named([target])}: {why}" for target, why in self._failures.items()]
        return "; ".join([*told, *([f"{self._named(silent)}: no answer within {SILENCE:g} s"] if silent else [])])

    def _answered(self, seconds: float) -> bool:
        left = seconds - (time.monotonic() - self._started)
        with self._changed:
            return self._changed.wait_for(
                lambda: self._reached or len(self._failures) == len(self.targets), max(0.0, left)
            )

    def _ask(self, target: tuple[str, int]) -> None:
        import socket

        failure = None
        try:
            socket.create_connection(target, timeout=SILENCE).close()
        except (OSError, UnicodeError) as problem:  # a name may be none that can be asked for
            failure = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
        with self._changed:
            if failure is None:
                self._reached = True
            else:
                self._failures[target] = failure
            self._changed.notify_all()

    @staticmethod
    def _named(targets: Sequence[tuple[str, int]]) -> str:
        return ", ".join(f"{host}:{port}" for host, port in targets)


def target_of(url: str, env: Mapping[str, str], *, proxy: str | None = None) -> tuple[str, int] | None:
    """The host and port that is connected to for a URL: its own, or those of the proxy that is used for it.

    `proxy` is one that is configured beside the variables, and wins over them. None where the URL names no host.
    """
    own = _host_of(url)
    if own is None:
        return None
    scheme = _scheme(url)
    used = proxy or next(
        (
            text
            for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
            if (text := env.get(name))
        ),
        None,
    )
    if used is None or (proxy is None and _bypassed(own[0], env)):
        return own
    return _host_of(used if "://" in used else f"http://{used}") or own


def _bypassed(host: str, env: Mapping[str, str]) -> bool:
    """Whether `no_proxy` names the host, or a domain that it is of."""
    listed = [one.strip().lower().lstrip(".") for one in (env.get("no_proxy") or env.get("NO_PROXY") or "").split(",")]
    return any(one in {"*", host} or host.endswith(f".{one}") for one in listed if one)


def _host_of(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return (host, port or _PORTS.get(_scheme(url), 443)) if host else None


def _scheme(url: str) -> str:
    """`https` of `git+https://…`."""
    return url.partition(":")[0].rpartition("+")[2].lower()
