"""The pytest door: a test run that a gated command started knows its place in the tree of runs."""

from __future__ import annotations
