"""Which readers serve here: the process tree, the machine, the control group, the GPUs.

A reader never raises for what it cannot read: the value is None, and `missing` says what can never be known here,
and why.
"""

from __future__ import annotations

from gating.metrics.sampler.tree import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Protocol

    from gating.metrics.sampler.events import Events

    class TreeReader(Protocol):
        """What the watched processes use; see `gating.metrics.sampler.tree.Tree` for each."""

        root_started: int | None
        ignored_children: bool
        pss_cpu_s: float

        def watch(self, pid: int, *, owned: bool, reaper: int | None = None, mark: str | None = None) -> bool: ...
        def alive(self) -> tuple[bool, int]: ...
        def sample(self, now_s: float) -> dict[str, Any]: ...
        def totals(self) -> dict[str, Any]: ...
        def beside_root(self) -> tuple[float, float]: ...
        def close(self) -> None: ...

    class Reader(Protocol):
        """Anything else that is sampled; its facts go into the header, each sample's values beside the tree's."""

        def facts(self) -> Any: ...
        def sample(self) -> Any: ...
        def close(self) -> None: ...


__all__ = ["Readers", "choose"]


class Readers:
    """The readers of one recording; one that is None has nothing to read here."""

    def __init__(self, tree: TreeReader, source: str) -> None:
        self.tree = tree
        self.source = source  # proc, psutil or stdlib
        self.host: Reader | None = None
        self.cgroup: Reader | None = None
        self.gpus: Reader | None = None
        self.missing: dict[str, str] = {}  # the key of what is never known here, and why


def choose(config: Mapping[str, Any], events: Events) -> Readers:  # noqa: ARG001 - there is one choice so far
    """The readers that serve best here, or those that the configuration's `source` names."""
    return Readers(Tree(events), "proc")
