"""Workers: what xdist's workers are told by their controller, and what it takes up from them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gating.testing.partition import Wanted

if TYPE_CHECKING:
    from gating.testing.dependencies import Dependencies
    from gating.testing.partition import Partition

__all__ = ["Workers", "introduce", "told"]

_MODULES, _NEED_SET, _PID = "gating", "gating_need_set", "gating_pid"


class Workers:
    """The controller's plugin object; its hooks are called where xdist is there.

    Only a controller knows what a hidden dependency brings, and only a worker which need-sets there are. `ended` are
    the workers that are over by their names, each with its process id, None for one that ended without a word.
    """

    def __init__(self, dependencies: Dependencies, partition: Partition | None) -> None:
        self._dependencies = dependencies
        self._partition = partition
        self.ended: dict[str, int | None] = {}

    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[_MODULES] = {name: list(own) for name, own in self._dependencies.modules.items()}
        if self._partition is not None:
            node.workerinput[_NEED_SET] = self._partition.wanted.as_dict()

    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})
        self.ended[node.gateway.id] = output.get(_PID)
        if self._partition is not None:
            self._partition.take(output)


def introduce(output: dict[str, Any]) -> None:
    """Let a worker tell its controller, once it ends in good order, which process it was."""
    output[_PID] = os.getpid()


def told(given: Mapping[str, Any]) -> tuple[dict[str, list[str]], Wanted | None]:
    """What a worker was told: the import names of dependencies, and the need-set to run, None for all tests."""
    wanted = given.get(_NEED_SET)
    return given.get(_MODULES, {}), None if wanted is None else Wanted.of(wanted)
