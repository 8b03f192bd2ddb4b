"""Remedy: the command that makes an optional dependency usable, for whoever asks from where."""

from __future__ import annotations

import os

from gating.optional.availability import Availability
from gating.toolchain.host import Host
from gating.toolchain.remedy import for_distribution
from gating.verdict import Remedy

__all__ = ["remedy_for"]


def remedy_for(one: Availability) -> Remedy:
    """The remedy of one that is not as it was asked for."""
    host = Host.of(os.environ, python=one.python or None)
    return for_distribution(one.distribution, host, python=one.python, wanted=one.wanted, words=one.asked.remedy)
