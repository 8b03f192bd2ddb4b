"""Tools: which candidates there are, which one counts, does it run, which version, how to get it."""

from __future__ import annotations
