"""Checks: the capabilities brought together into one report for each command, and recorded as a run."""

from __future__ import annotations
