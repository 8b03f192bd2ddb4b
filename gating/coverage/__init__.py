"""Coverage: what a test run covers, what absences put out of its reach, and whether anything was lost."""

from __future__ import annotations
